import Access
import Journal
import Postgres
import Values

extension Runner {
    /// The command's work; under an idempotency key its first answer, however often it is asked for.
    static func perform<Command: UnitCommand>(
        _ command: Command, _ db: Connection, _ context: CommandContext
    ) throws -> Output {
        guard Command.access == .write, let key = context.options.idempotencyKey else {
            return try command.perform(db, context)
        }
        // The caller is asked for before the answer is given again: whoever was suspended since gets none.
        let account = context.actorEmail == nil ? nil : try context.actor(db).account.rawValue
        let answer = try Idempotency.once(
            db, key: key, account: account, request: Array(request(command).utf8)
        ) { try command.perform(db, context).stored }
        guard let output = Output(stored: answer.response) else {
            throw Failure(
                .refused, "key_reused",
                "The idempotency key '\(key)' holds an answer of another program. Use a new key.")
        }
        return output
    }

    /// What was asked, in one form: the command with its arguments and the texts it has read, without the options that
    /// only say how the answer looks.
    static func request(_ command: some UnitCommand) -> String {
        let arguments = Mirror(reflecting: command).children.filter { $0.label != "_global" }.map { child in
            "\(child.label ?? "")=\(String(reflecting: child.value))"
        }
        return ([String(reflecting: type(of: command))] + arguments).joined(separator: "\n")
    }
}
