/// One line of the shell, cut into words as POSIX shells do it, without anything that expands: `$HOME`, `*` and
/// `` ` `` are only characters.
///
/// - Words are separated by spaces and tabs; `#` at the start of a word begins a comment.
/// - `'…'` keeps everything; `"…"` keeps everything but `\"`, `\\`, `\$` and `` \` ``, which lose their backslash;
///   outside quotes a backslash keeps the next character, and at the end of the line it joins the next line.
/// - `--option <<END` or `--option=<<END` (END may stand in quotes) takes the lines up to one that is exactly `END`;
///   `--option - <<END`, as it is written elsewhere, is the same.
struct ShellWords: Equatable {
    /// A text that follows on the lines below, for the option in `words[word]`.
    struct HereDocument: Equatable {
        let word: Int
        let delimiter: String
    }

    var words: [String] = []
    var hereDocuments: [HereDocument] = []
    /// The line ends in a backslash: the next one belongs to it.
    var continues = false

    /// Cuts `line`. Throws `Failure` 64 for a quote that isn't closed and a here-document that isn't one.
    init(_ line: String) throws(Failure) {
        var cutter = Cutter(rest: line.unicodeScalars[...])
        try cutter.cut()
        words = cutter.words
        hereDocuments = cutter.hereDocuments
        continues = cutter.continues
    }

    /// Puts the texts in their places, as `--option=text`, which an option takes whatever the text begins with.
    func filled(with texts: [String]) -> [String] {
        var filled = words
        for (document, text) in zip(hereDocuments, texts) { filled[document.word] += "=" + text }
        return filled
    }
}

private struct Cutter {
    var rest: Substring.UnicodeScalarView
    var words: [String] = []
    var hereDocuments: [ShellWords.HereDocument] = []
    var continues = false
    /// The word being read; nil between words, so that `''` is a word and nothing isn't.
    private var word: String?

    init(rest: Substring.UnicodeScalarView) { self.rest = rest }

    mutating func cut() throws(Failure) {
        while let scalar = rest.popFirst() {
            switch scalar {
            case " ", "\t": finishWord()
            case "#" where word == nil: return
            case "'": try single()
            case "\"": try double()
            case "\\":
                guard let next = rest.popFirst() else {
                    continues = true
                    return
                }
                append(next)
            case "<" where rest.first == "<":
                rest = rest.dropFirst()
                try hereDocument()
            case "\0": throw Failure(.badData, "bad_character", "The line holds a NUL character.")
            default: append(scalar)
            }
        }
        finishWord()
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if word == nil { word = "" }
        word?.unicodeScalars.append(scalar)
    }

    private mutating func finishWord() {
        if let word { words.append(word) }
        word = nil
    }

    private mutating func single() throws(Failure) {
        if word == nil { word = "" }
        while let scalar = rest.popFirst() {
            if scalar == "'" { return }
            append(scalar)
        }
        throw unclosed("'")
    }

    private mutating func double() throws(Failure) {
        if word == nil { word = "" }
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return }
            if scalar == "\\", let next = rest.first, ["\"", "\\", "$", "`"].contains(next) {
                rest = rest.dropFirst()
                append(next)
            } else {
                append(scalar)
            }
        }
        throw unclosed("\"")
    }

    private func unclosed(_ quote: String) -> Failure {
        Failure(
            .usage, "unclosed_quote",
            "A \(quote) isn't closed on its line. Close it, or give a text of several lines as a here-document (<<END)."
        )
    }

    private mutating func hereDocument() throws(Failure) {
        if word?.hasPrefix("--") == true, word?.hasSuffix("=") == true {
            word?.removeLast()
            finishWord()
        }
        // Elsewhere `-` means standard input, which a here-document is: taken for a mistake, its lines would be commands.
        if word == nil, words.last == "-", words.dropLast().last?.hasPrefix("--") == true { words.removeLast() }
        guard word == nil, let option = words.last, option.hasPrefix("--"), !option.contains("=") else {
            throw Failure(
                .usage, "here_document", "A here-document stands after an option: --body <<END. Quote '<<' to mean it.")
        }
        while rest.first == " " || rest.first == "\t" { rest = rest.dropFirst() }
        let quote = rest.first.flatMap { $0 == "'" || $0 == "\"" ? $0 : nil }
        if quote != nil { rest = rest.dropFirst() }
        var delimiter = ""
        while let scalar = rest.first,
            scalar == "_" || (scalar.isASCII && scalar.properties.isAlphabetic)
                || ("0"..."9").contains(scalar)
        {
            delimiter.unicodeScalars.append(scalar)
            rest = rest.dropFirst()
        }
        if let quote, rest.popFirst() != quote { throw unclosed(String(quote)) }
        let ends = rest.first == nil || rest.first == " " || rest.first == "\t"
        guard !delimiter.isEmpty, ends else {
            throw Failure(.usage, "here_document", "After << stands a word of letters, digits and _ , as in <<END.")
        }
        hereDocuments.append(.init(word: words.count - 1, delimiter: delimiter))
    }
}
