import ArgumentParser
import Fundraising

/// The root of the grammar.
struct Masthead: ParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(
        commandName: "masthead", abstract: "Runs a reader-funded publication.",
        discussion: """
            Moves drafts through review, publishes articles, takes and reports donations, counts page views.

            Example:
              masthead db init
              masthead account add --email ada@example.org --name Ada --role admin
              masthead article list --format jsonl

            Exit codes: masthead help exit-codes
            """,
        version: version, subcommands: Commands.nouns)
}

/// From words to a command. The noun and the verb are found in the table, and only that leaf is parsed: asking the
/// root costs five times as much, which the shell would feel. What the leaf doesn't understand goes to the root after
/// all, for its help and its messages.
enum Grammar {
    /// What the words ask for.
    enum Meaning {
        case command(any Leaf)
        /// A help text, a version, a completion script.
        case text(String)
    }

    /// Reads one command line, without the program's name. Throws `Failure` 64.
    static func meaning(of words: [String]) throws(Failure) -> Meaning {
        let words = globalsLast(words)
        if let noun = words.first, Commands.keepsNumbersOut.contains(noun) {
            // Before anything is parsed: a parser's message repeats the value it didn't like.
            for word in words.dropFirst() {
                if let number = Confidential.found(in: word) { throw .confidential(number, in: "What was typed") }
            }
        }
        if words == ["help", "exit-codes"] { return .text(ExitCode.help) }
        if let (type, rest) = leaf(words), let command = try? type.parseAsRoot(rest), let leaf = command as? any Leaf {
            // A failed parse isn't lost: the root parses the same words below and says what was wrong.
            return .command(leaf)
        }
        try checkNames(words)
        return try askRoot(words)
    }

    private static func leaf(_ words: [String]) -> (any Leaf.Type, [String])? {
        guard let (entry, names) = Commands.follow(words), case .leaf(let type) = entry else { return nil }
        return (type, Array(words.dropFirst(names)))
    }

    private static func askRoot(_ words: [String]) throws(Failure) -> Meaning {
        do {
            var command = try Masthead.parseAsRoot(words)
            if let leaf = command as? any Leaf { return .command(leaf) }
            if let noun = Commands.noun(parsedTo: type(of: command)) {
                throw Failure(
                    .usage, "usage", "Say what to do with '\(noun.name)'.",
                    details: Masthead.helpMessage(for: noun.type))
            }
            try command.run()
            return .text("")
        } catch let failure as Failure {
            throw failure
        } catch {
            let text = Masthead.fullMessage(for: error)
            guard Masthead.exitCode(for: error).rawValue != 0 else { return .text(text + "\n") }
            let message = Masthead.message(for: error)
            let details = text.split(separator: "\n").dropFirst(message.split(separator: "\n").count)
            throw Failure(.usage, "usage", message, details: details.joined(separator: "\n"))
        }
    }

    /// A mistyped noun or verb gets the nearest one, before the parser calls it an unexpected argument.
    private static func checkNames(_ words: [String]) throws(Failure) {
        var words = words[...]
        if words.first == "help" { words = words.dropFirst() }
        guard let noun = words.first, !noun.hasPrefix("-"), noun != "help" else { return }
        guard let (entry, names) = Commands.follow(Array(words)) else {
            throw unknown(noun, "command", among: Array(Commands.nounsByName.keys), see: "masthead --help")
        }
        guard case .verbs(let verbs) = entry, let verb = words.dropFirst(names).first, !verb.hasPrefix("-")
        else { return }
        let path = words.prefix(names).joined(separator: " ")
        throw unknown(verb, "verb of '\(path)'", among: Array(verbs.keys), see: "masthead \(path) --help")
    }

    private static func unknown(_ word: String, _ kind: String, among names: [String], see: String) -> Failure {
        let near = Suggestion.near(word, among: names)
        let hint = near.isEmpty ? "" : " Did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?"
        return Failure(.usage, "usage", "'\(word)' isn't a \(kind).\(hint) See '\(see)'.")
    }

    /// `masthead --as E article list` is `masthead article list --as E`: the leaf knows these options.
    private static func globalsLast(_ words: [String]) -> [String] {
        var rest = words[...]
        var moved: [String] = []
        while let word = rest.first {
            if GlobalOptions.flags.contains(word) || GlobalOptions.valued.contains(where: { word.hasPrefix($0 + "=") })
            {
                moved.append(word)
                rest = rest.dropFirst()
            } else if GlobalOptions.valued.contains(word), rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard !moved.isEmpty, let found = Commands.follow(Array(rest)) else { return words }
        // A word that is none of the verbs stays where it is, to be named.
        let names = if case .verbs = found.entry { found.names + 1 } else { found.names }
        return rest.prefix(names) + moved + rest.dropFirst(names)
    }
}

/// Finds what a mistyped word may have been.
enum Suggestion {
    /// Up to three names at most two slips away (a letter wrong, missing, too many, or two swapped), nearest first.
    static func near(_ word: String, among names: [String]) -> [String] {
        let reach = word.count <= 3 ? 1 : 2
        return names.map { (name: $0, slips: slips(Array(word), Array($0))) }
            .filter { $0.slips <= reach || ($0.name.hasPrefix(word) && word.count >= 3) }
            .sorted { ($0.slips, $0.name) < ($1.slips, $1.name) }
            .prefix(3).map(\.name)
    }

    /// The optimal string alignment distance.
    private static func slips(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count { rows[i][0] = i }
        for j in 0...b.count { rows[0][j] = j }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        for i in 1...a.count {
            for j in 1...b.count {
                let change = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
                }
            }
        }
        return rows[a.count][b.count]
    }
}
