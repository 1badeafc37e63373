import Terminal

/// Commands from a stream of lines: comments skipped, lines joined, here-documents filled in.
struct ShellReader {
    /// One command, or what was wrong with its lines.
    struct Entry {
        /// The line it begins on, from 1.
        let line: Int
        let words: Result<[String], Failure>
    }

    private var lines: LineReader

    init(_ read: @escaping (Int) throws(StreamError) -> [UInt8]) { lines = LineReader(read) }

    /// Whether the next line can be had without waiting.
    var hasLine: Bool { lines.hasLine }

    /// The next command; nil at the end. `prompt` is called before each line with whether it goes on with a command.
    /// Throws only when the stream can't be read.
    mutating func next(prompt: (_ continues: Bool) -> Void) throws -> Entry? {
        while true {
            prompt(false)
            guard let first = try lines.next() else { return nil }
            let number = lines.number
            do {
                let words = try command(first, prompt)
                if !words.isEmpty { return Entry(line: number, words: .success(words)) }
            } catch let failure as Failure {
                return Entry(line: number, words: .failure(failure))
            }
        }
    }

    private mutating func command(_ first: LineReader.Line, _ prompt: (Bool) -> Void) throws -> [String] {
        var text = try Self.text(first)
        var cut = try ShellWords(text)
        while cut.continues {
            prompt(true)
            guard let more = try lines.next() else {
                throw Failure(.usage, "unfinished", "The last line ends in a backslash, and nothing follows.")
            }
            text.removeLast()
            text += try Self.text(more)
            guard text.utf8.count <= LineReader.limitBytes else { throw Self.tooLong }
            cut = try ShellWords(text)
        }
        return cut.filled(with: try hereDocuments(cut.hereDocuments, prompt))
    }

    /// The texts in order. A bad line in a text is reported only after its end, so that the rest of the text isn't
    /// taken for commands.
    private mutating func hereDocuments(
        _ documents: [ShellWords.HereDocument], _ prompt: (Bool) -> Void
    ) throws -> [String] {
        var texts: [String] = []
        var failure: Failure?
        for document in documents {
            let begun = lines.number
            var text = ""
            while true {
                prompt(true)
                guard let line = try lines.next() else {
                    throw Failure(
                        .badData, "unfinished",
                        "The here-document <<\(document.delimiter) of line \(begun) has no line '\(document.delimiter)'."
                    )
                }
                if line == .text(document.delimiter) { break }
                do throws(Failure) {
                    text += try Self.text(line) + "\n"
                    if text.utf8.count > TextSource.limitBytes {
                        text = ""
                        throw Failure(.badData, "too_long", "A here-document is longer than 8 MiB.")
                    }
                } catch {
                    failure = failure ?? error
                }
            }
            texts.append(text)
        }
        if let failure { throw failure }
        return texts
    }

    private static let tooLong = Failure(
        .badData, "too_long", "The line is longer than 1 MiB. Give long texts as here-documents or files.")

    private static func text(_ line: LineReader.Line) throws(Failure) -> String {
        switch line {
        case .text(let text): return text
        case .tooLong: throw tooLong
        case .notUTF8: throw Failure(.badData, "not_utf8", "The line isn't UTF-8 text.")
        }
    }
}
