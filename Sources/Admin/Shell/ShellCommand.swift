import ArgumentParser
import Terminal

/// `masthead shell [FILE]`
struct ShellCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "shell", "Runs commands from a prompt, a file or a pipe, one a line.",
        more: """
            Lines are cut into words as a POSIX shell does, with '…', "…", \\ and # comments; nothing expands. A long \
            text goes below the line that needs it:

              article save 12 --title Rain --body <<END
              It rained.
              END

            With --status every command answers its lines and then ok<TAB>n (n lines before it, headers included) or \
            error<TAB>CODE<TAB>word<TAB>message; no other line begins so: a TSV line that would has its first letter \
            written as \\u{6f} or \\u{65}. Blank lines and comments answer nothing. `exit` ends.

            The exit code is that of the first command that failed.
            """, example: "masthead shell --status --format jsonl < commands.txt")
    static let needsDatabase = false

    @Argument(help: "Commands to run; standard input unless given.", completion: .file()) var file: String?
    @Flag(help: "End every answer with a line that says how it went.") var status = false
    @Flag(help: "Stop at the first error.") var stopOnError = false
    @Flag(help: "Run all commands in one transaction: all or nothing. Answers come after COMMIT.")
    var transaction = false
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        var context = context
        context.runner.inputIsCommands = file == nil
        var shell = Shell(
            context: context, reader: try reader(context), status: status, stopOnError: stopOnError,
            prompts: file == nil && context.surroundings.inputIsTerminal)
        if transaction { try await shell.runTransaction() } else { try await shell.run() }
        // Said already, line by line; only the code is left.
        if let failure = shell.firstFailure { throw Failure(failure, "shell", "") }
        return .none
    }

    private func reader(_ context: CommandContext) throws -> ShellReader {
        guard let file else { return ShellReader(context.surroundings.read) }
        do throws(StreamError) {
            let input = try InputFile(path: file)
            return ShellReader { limit throws(StreamError) in try input.read(atMost: limit) }
        } catch {
            throw Failure(unreadable: file, error)
        }
    }
}
