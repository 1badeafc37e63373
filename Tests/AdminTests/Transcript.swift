import Foundation

/// A session at the terminal as a text: command lines and what they answer, which a test runs and compares.
///
///     $ masthead section add politics --name Politics
///     slug      name
///     politics  Politics
///     $ masthead section ad   # exit 64
///     masthead: 'ad' isn't a verb of 'section'. …
///
/// A line that begins with `$ ` is a command; lines after it that begin with `> ` go on with it (a here-document). What
/// follows is the expected output, stdout before stderr. `…` stands for anything within a line, and alone on a line for
/// any lines. A command that must fail says so with `# exit CODE`. Lines before the first command are comments.
struct Transcript {
    struct Step: Equatable {
        /// The line of the text the command stands on, from 1.
        let line: Int
        /// The command line, with its here-documents, without `# exit`.
        let command: String
        let exit: Int32
        let expected: [String]
    }

    struct Answer {
        let exit: Int32
        let output: String
    }

    /// Text that isn't a command or its output: comments, or the prose around a README's blocks.
    private enum Part {
        case prose([String])
        case step(Step)
    }

    private let parts: [Part]
    let steps: [Step]

    /// A transcript file, all of which is the session.
    init(_ text: String) {
        var reader = StepReader()
        reader.read(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), from: 1)
        self.init(reader.parts)
    }

    /// A Markdown file, whose ` ```console ` blocks are the session.
    init(markdown text: String) {
        var reader = StepReader()
        var block: (start: Int, lines: [String])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let open = block {
                if line == "```" {
                    reader.read(open.lines, from: open.start)
                    reader.prose(String(line))
                    block = nil
                } else {
                    block?.lines.append(String(line))
                }
            } else {
                reader.prose(String(line))
                if line == "```console" { block = (index + 2, []) }
            }
        }
        self.init(reader.parts)
    }

    private init(_ parts: [Part]) {
        self.parts = parts
        steps = parts.compactMap { if case .step(let step) = $0 { step } else { nil } }
    }

    /// The text again, with these answers where the expected ones don't match.
    func rewritten(_ answers: [Answer]) -> String {
        var rest = answers[...]
        var lines: [String] = []
        for part in parts {
            switch part {
            case .prose(let prose): lines += prose
            case .step(let step):
                let answer = rest.popFirst()
                let exit = answer?.exit ?? step.exit
                let command = step.command.split(separator: "\n", omittingEmptySubsequences: false)
                lines.append("$ " + command[0] + (exit == 0 ? "" : "   # exit \(exit)"))
                lines += command.dropFirst().map { "> " + $0 }
                lines += answer.map { Self.matches($0, step) ? step.expected : Self.lines($0.output) } ?? step.expected
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What differs between the answer and the expectation, as lines with `-` and `+`; nil when nothing does.
    static func difference(_ answer: Answer, _ step: Step) -> String? {
        if matches(answer, step) { return nil }
        var report = ["line \(step.line): $ \(step.command)"]
        if answer.exit != step.exit { report.append("exit code \(answer.exit) instead of \(step.exit)") }
        let got = lines(answer.output)
        for change in got.difference(from: step.expected).sorted(by: { position($0) < position($1) }) {
            switch change {
            case .remove(_, let line, _): report.append("- " + line)
            case .insert(_, let line, _): report.append("+ " + line)
            }
        }
        return report.joined(separator: "\n")
    }

    private static func position(_ change: CollectionDifference<String>.Change) -> (Int, Int) {
        switch change {
        case .remove(let offset, _, _): (offset, 0)
        case .insert(let offset, _, _): (offset, 1)
        }
    }

    private static func matches(_ answer: Answer, _ step: Step) -> Bool {
        answer.exit == step.exit && matches(lines(answer.output)[...], step.expected[...])
    }

    private static func lines(_ output: String) -> [String] {
        var lines = output.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines.map(String.init)
    }

    private static func matches(_ got: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
        guard let pattern = expected.first else { return got.isEmpty }
        if pattern == "…" {
            return (got.startIndex...got.endIndex).contains { matches(got[$0...], expected.dropFirst()) }
        }
        guard let line = got.first, matches(line: line, pattern) else { return false }
        return matches(got.dropFirst(), expected.dropFirst())
    }

    /// Whether `line` reads like `pattern`, in which `…` stands for anything.
    static func matches(line: String, _ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return line == pattern }
        guard line.hasPrefix(pieces[0]) else { return false }
        var rest = line.dropFirst(pieces[0].count)
        for piece in pieces.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(pieces[pieces.count - 1])
    }

    private struct StepReader {
        var parts: [Part] = []

        mutating func prose(_ line: String) { parts.append(.prose([line])) }

        mutating func read(_ lines: [String], from number: Int) {
            var open: (line: Int, command: [String], exit: Int32, expected: [String])?
            func finished() -> Part? {
                open.map {
                    .step(
                        Step(
                            line: $0.line, command: $0.command.joined(separator: "\n"), exit: $0.exit,
                            expected: $0.expected))
                }
            }
            for (index, line) in lines.enumerated() {
                if line.hasPrefix("$ ") {
                    if let part = finished() { parts.append(part) }
                    let (command, exit) = Self.command(line.dropFirst(2))
                    open = (number + index, [command], exit, [])
                } else if open == nil {
                    prose(line)
                } else if line.hasPrefix("> "), open?.expected.isEmpty == true {
                    open?.command.append(String(line.dropFirst(2)))
                } else {
                    open?.expected.append(line)
                }
            }
            // The file's last line end isn't a line of output.
            let endsText = open?.expected.last == ""
            if endsText { open?.expected.removeLast() }
            if let part = finished() { parts.append(part) }
            if endsText { prose("") }
        }

        private static func command(_ line: Substring) -> (String, Int32) {
            guard let mark = line.firstRange(of: "# exit "), let exit = Int32(line[mark.upperBound...]) else {
                return (String(line), 0)
            }
            return (line[..<mark.lowerBound].trimmingCharacters(in: .whitespaces), exit)
        }
    }
}
