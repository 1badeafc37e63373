import Foundation

/// Lets a write to a program that has ended, or to a connection that was cut, be an error in one test instead of the end
/// of all of them. A handler and not SIG_IGN, which programs started from here would inherit.
func surviveBrokenPipes() { signal(SIGPIPE, { _ in }) }

/// A PostgreSQL server of the tests' own. It ends when the process does, however that ends (see server.sh).
public final class TestServer: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let input: FileHandle
    private let output: FileHandle
    /// Where its socket lies.
    public let folder: String

    /// - Parameter fsync: off for speed; on where a crash is the point.
    public init(fsync: Bool = false) throws {
        surviveBrokenPipes()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "server.sh").path
        let process = Process()
        let stdin = Pipe()
        let stdout = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [script, fsync ? "on" : "off"]
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        input = stdin.fileHandleForWriting
        output = stdout.fileHandleForReading
        folder = try Self.awaitReady(output)
    }

    public func stop(_ mode: String = "fast") throws { try command("stop \(mode)") }
    public func start() throws { try command("start") }
    public func restart(_ mode: String = "fast") throws { try command("restart \(mode)") }

    /// A libpq keyword string.
    public func url(database: String, user: String) -> String {
        "host=\(folder) dbname=\(database) user=\(user)"
    }

    private func command(_ line: String) throws {
        try input.write(contentsOf: Data((line + "\n").utf8))
        _ = try Self.awaitReady(output)
    }

    private static func awaitReady(_ output: FileHandle) throws -> String {
        var line = Data()
        while let byte = try output.read(upToCount: 1), byte != Data("\n".utf8) { line += byte }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 2, words[0] == "ready" else {
            throw Failure(description: "the test server did not start; is PostgreSQL 15 or later installed?")
        }
        return String(words[1])
    }
}
