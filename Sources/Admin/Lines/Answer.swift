/// The lines with which `shell --status` ends the answer to a command.
///
/// After every command comes exactly one status line: `ok<TAB>n`, where n is the number of lines printed for the
/// command before it (a TSV header counts), or `error<TAB>CODE<TAB>word<TAB>message`. A reader takes lines until one
/// begins with `ok<TAB>` or `error<TAB>`. That is safe because no other line can begin so: JSON lines begin with `{`,
/// a table and a document have no tabs (there they are `\t`), CSV isn't allowed (its cells may hold line ends), and a
/// TSV line that would begin so has its first letter written as `\u{6f}` or `\u{65}`, which reading back undoes like
/// every other escape.
enum Answer {
    /// The status line of a command that did its work and printed `lines` lines.
    static func ok(lines: Int) -> String { "ok\t\(lines)\n" }

    /// The status line of a command that failed.
    static func error(_ failure: Failure) -> String {
        "error\t\(failure.exit.rawValue)\t\(failure.word)\t\(Escape.escaped(failure.message))\n"
    }

    /// `line` unless it reads like a status line; then the same line with its first letter escaped.
    static func guarded(_ line: String) -> String {
        for word in ["ok", "error"] where line == word || line.utf8.starts(with: (word + "\t").utf8) {
            guard let first = line.unicodeScalars.first else { continue }
            return Escape.codePoint(first) + line.dropFirst()
        }
        return line
    }
}
