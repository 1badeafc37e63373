/// How a command ended, after `sysexits.h`, so that a script can tell "try again" from "never".
///
/// The numbers are a promise; `masthead help exit-codes` prints this list.
enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    case usage = 64
    case badData = 65
    case notFound = 66
    case unavailable = 69
    case fault = 70
    case cannotWrite = 73
    case tryAgain = 75
    case refused = 76
    case notPermitted = 77
    case configuration = 78
    case outputClosed = 141

    /// One line for the list: what happened, and what that says about trying again.
    var meaning: String {
        switch self {
        case .ok: "done"
        case .usage: "the command isn't understood: see --help"
        case .badData: "a value or an input file is wrong; the message names the value, the file and the line"
        case .notFound: "what was named doesn't exist"
        case .unavailable: "the database can't be reached"
        case .fault: "a fault in masthead itself; please report it"
        case .cannotWrite: "the output or a file can't be written (disk full, no permission)"
        case .tryAgain: "somebody changed it meanwhile, or the server is busy: look and try again"
        case .refused: "a rule says no (not approved, stale approval, embargo, taken slug)"
        case .notPermitted: "the acting account may not do this, or nobody was named with --as"
        case .configuration: "a setting is wrong, or the database needs `masthead db init` or `db migrate`"
        case .outputClosed: "the reader of the output went away (as in `| head`)"
        }
    }

    /// The text of `masthead help exit-codes`.
    static var help: String {
        let lines = allCases.map { code in
            let number = String(code.rawValue)
            return String(repeating: " ", count: 5 - number.count) + number + "  " + code.meaning
        }
        return """
            EXIT CODES
            \(lines.joined(separator: "\n"))

            `masthead shell` ends with the code of the first command that failed. With --status every
            failed command answers error<TAB>CODE<TAB>word<TAB>message with the codes above.

            """
    }
}

/// An error as the person at the command line gets it.
struct Failure: Error, Sendable {
    let exit: ExitCode
    /// One stable word a script can compare: `not_found`, `slug_taken`.
    let word: String
    /// What was wrong, with which value, and what to do next; one or two sentences.
    let message: String
    /// More lines for a person (usage, a diff); not part of a status line.
    let details: String
    /// What is data all the same, printed before the failure is: the findings of a check that failed.
    let output: Output?

    init(_ exit: ExitCode, _ word: String, _ message: String, details: String = "", output: Output? = nil) {
        self.exit = exit
        self.word = word
        self.message = message
        self.details = details
        self.output = output
    }
}
