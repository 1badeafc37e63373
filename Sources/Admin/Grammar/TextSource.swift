import ArgumentParser
import Terminal

/// Where a long text comes from: `--body FILE`, `--body -` for standard input, or a here-document in the shell.
///
/// Reading is a step of its own, because a transaction must not wait for a pipe: `try body?.read(context)` in
/// `prepare`, `try body?.text()` in `perform`.
struct TextSource: ExpressibleByArgument, Sendable {
    /// 8 MiB: four times the longest novel, and little enough to hold in memory many times over.
    static let limitBytes = 8 << 20

    private enum Origin: Sendable {
        case input
        case file(String)
        case content
    }

    private let origin: Origin
    private var loaded: String?

    /// `-` is standard input. What holds a line end is the text itself, which is how the shell hands over a
    /// here-document; anything else names a file.
    init?(argument: String) {
        if argument == "-" {
            origin = .input
        } else if argument.isEmpty || argument.utf8.contains(UInt8(ascii: "\n")) {
            origin = .content
            loaded = argument
        } else {
            origin = .file(argument)
        }
    }

    static var defaultCompletionKind: CompletionKind { .file() }

    /// Reads the file or standard input. A missing file is 66; too long or not UTF-8 is 65.
    mutating func read(_ context: CommandContext) throws {
        switch origin {
        case .content: return
        case .input:
            guard !context.runner.inputIsCommands else {
                throw Failure(
                    .usage, "input_taken",
                    "The commands come from standard input, so a text can't. Give a file, or a here-document (<<END).")
            }
            loaded = try Self.decode(
                readAll { limit throws(StreamError) in try context.surroundings.read(limit) }, name: "standard input")
        case .file(let path):
            do {
                let file = try InputFile(path: path)
                loaded = try Self.decode(
                    readAll { limit throws(StreamError) in try file.read(atMost: limit) }, name: path)
            } catch let error as StreamError {
                throw Failure(unreadable: path, error)
            }
        }
    }

    /// The file it came from; nil for a text that is nowhere else.
    var path: String? { if case .file(let path) = origin { path } else { nil } }

    /// The text that was read.
    func text() throws -> String {
        guard let loaded else { throw Failure(.fault, "fault", "A text was used before it was read.") }
        return loaded
    }

    private func readAll(_ read: (Int) throws(StreamError) -> [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try read(1 << 16)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            guard bytes.count <= Self.limitBytes else {
                throw Failure(.badData, "too_long", "The text is longer than \(Self.limitBytes >> 20) MiB.")
            }
        }
    }

    private static func decode(_ bytes: [UInt8], name: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.badData, "not_utf8", "\(name) isn't UTF-8 text. Convert it, for example with iconv.")
        }
        return text
    }
}
