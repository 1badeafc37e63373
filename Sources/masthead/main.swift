import Admin
import Terminal

ThisProcess.survivesBrokenPipe()
let code = await Admin.run(ThisProcess.arguments, in: .process(environment: ThisProcess.environment))
ThisProcess.exit(code)
