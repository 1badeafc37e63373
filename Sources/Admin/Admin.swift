import Terminal

/// The command line of Masthead.
public enum Admin {
    /// Runs one command line and returns its exit code (`masthead help exit-codes`). Data goes to `write`, everything
    /// else to `writeMessage`.
    /// - Parameter arguments: the words after the program's name; nil when one of them isn't UTF-8.
    public static func run(_ arguments: [String]?, in surroundings: Surroundings) async -> Int32 {
        let runner = Runner(surroundings)
        do {
            guard let arguments else {
                throw Failure(.usage, "usage", "A word of the command line isn't UTF-8. Nothing was done.")
            }
            // Scripts ask this often, and the parser would first look at every command there is.
            if arguments == ["--version"] {
                try surroundings.emit(Masthead.version + "\n")
                return ExitCode.ok.rawValue
            }
            switch try Grammar.meaning(of: arguments) {
            case .text(let text): try surroundings.emit(text)
            case .command(let leaf):
                let (output, failure) = await runner.answer(to: leaf)
                try surroundings.emit(output.rendered(await runner.style(leaf.global)))
                if let failure { throw failure }
            }
            await runner.office.close()
            return ExitCode.ok.rawValue
        } catch {
            await runner.office.close()
            let failure = Failure(error)
            tell(failure, surroundings)
            return failure.exit.rawValue
        }
    }

    /// Writes a failure for a person. When the reader of the output went away there is nobody to tell.
    static func tell(_ failure: Failure, _ surroundings: Surroundings, line: Int? = nil) {
        guard failure.exit != .outputClosed, !failure.message.isEmpty else { return }
        let place = line.map { "line \($0): " } ?? ""
        // A line end in a message may come from somebody's text: what follows it can't pass for a message of ours.
        surroundings.tell("masthead: " + place + failure.message.replacing("\n", with: "\n  "))
        if !failure.details.isEmpty { surroundings.tell(failure.details) }
    }
}
