import Admin
import Terminal

ThisProcess.survivesBrokenPipe()
let code = await Admin.run(
    Array(CommandLine.arguments.dropFirst()), in: .process(environment: ThisProcess.environment))
ThisProcess.exit(code)
