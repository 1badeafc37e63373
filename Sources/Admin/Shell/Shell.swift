import Terminal

/// Runs command after command and writes their answers.
struct Shell {
    let context: CommandContext
    let status: Bool
    let stopOnError: Bool
    let prompts: Bool

    private var reader: ShellReader
    /// Printed and not yet written: one write for many answers, as long as nobody waits.
    private var pending = ""
    private(set) var firstFailure: ExitCode?

    /// Written out when it grows past this, however many commands are still at hand.
    private static let pendingLimitBytes = 1 << 16

    init(context: CommandContext, reader: ShellReader, status: Bool, stopOnError: Bool, prompts: Bool) {
        self.context = context
        self.reader = reader
        self.status = status
        self.stopOnError = stopOnError
        self.prompts = prompts
    }

    /// Reads and runs commands one by one until the end, `exit`, or the first error with `--stop-on-error`.
    mutating func run() async throws {
        while let entry = try next() {
            do {
                let words = try entry.words.get()
                if Self.isExit(words) { break }
                try await answer(words)
            } catch {
                fail(Failure(error), line: entry.line)
                if stopOnError { break }
            }
            if !reader.hasLine || pending.utf8.count > Self.pendingLimitBytes { try flush() }
        }
        try flush()
    }

    /// Reads all commands, runs them in one transaction, and answers when it is committed. The first error takes
    /// everything back, and every command answers with an error.
    mutating func runTransaction() async throws {
        var entries: [ShellReader.Entry] = []
        while let entry = try next() {
            if case .success(let words) = entry.words, Self.isExit(words) { break }
            entries.append(entry)
            guard entries.count <= ShellTransaction.limitCommands else {
                throw Failure(
                    .badData, "too_long",
                    "One transaction takes up to \(ShellTransaction.limitCommands) commands. Split the file.")
            }
        }
        let transaction = ShellTransaction(context: context, guarded: status)
        do {
            for text in try await transaction.run(entries.map(\.words)) { answer(text) }
        } catch let stopped as ShellTransaction.Stopped {
            for (index, entry) in entries.enumerated() {
                if index == stopped.index {
                    fail(stopped.failure, line: entry.line)
                } else if status {
                    fail(stopped.others(than: entries[stopped.index].line), line: entry.line)
                }
            }
        }
        try flush()
    }

    private mutating func next() throws -> ShellReader.Entry? {
        do {
            return try reader.next { continues in
                guard prompts else { return }
                // A prompt that can't be written is no reason to stop reading.
                try? context.surroundings.writeMessage(Array((continues ? "> " : "masthead> ").utf8))
            }
        } catch let error as StreamError {
            try flush()
            throw Failure(.badData, "unreadable", "The commands can't be read any further (\(error)).")
        }
    }

    private mutating func answer(_ words: [String]) async throws {
        switch try Self.meaning(of: words) {
        case .text(let text):
            answer(Output.document(text).rendered(await context.runner.style(context.options, guarded: status)))
        case .command(let leaf):
            let options = try Self.options(of: leaf, in: context, guarded: status)
            let (output, failure) = await context.runner.answer(to: leaf, defaults: context.options)
            let text = output.rendered(await context.runner.style(options, guarded: status))
            guard let failure else { return answer(text) }
            pending += text
            throw failure
        }
    }

    private mutating func answer(_ text: String) {
        pending += text
        if status { pending += Answer.ok(lines: text.utf8.count { $0 == 0x0a }) }
    }

    private mutating func fail(_ failure: Failure, line: Int) {
        firstFailure = firstFailure ?? failure.exit
        if status {
            pending += Answer.error(failure)
        } else {
            Admin.tell(failure, context.surroundings, line: prompts ? nil : line)
        }
    }

    private mutating func flush() throws {
        try context.surroundings.emit(pending)
        pending = ""
    }

    private static func isExit(_ words: [String]) -> Bool { words == ["exit"] || words == ["quit"] }

    /// What a command line means inside the shell. A line copied from a tutorial may begin with `masthead`.
    static func meaning(of words: [String]) throws(Failure) -> Grammar.Meaning {
        let meaning = try Grammar.meaning(of: words.first == "masthead" ? Array(words.dropFirst()) : words)
        if case .command(let leaf) = meaning, leaf is ShellCommand {
            throw Failure(.usage, "usage", "A shell inside the shell helps nobody.")
        }
        return meaning
    }

    /// The options of a line. CSV cells may hold line ends, so they can't be told from status lines.
    static func options(of leaf: any Leaf, in context: CommandContext, guarded: Bool) throws -> GlobalOptions {
        let options = leaf.global.over(context.options)
        if guarded, options.format == .csv {
            throw Failure(.usage, "usage", "csv and --status don't go together: a cell may hold line ends. Use tsv.")
        }
        return options
    }
}
