import Foundation

/// A `masthead shell --status` that is spoken to line by line.
final class ShellProcess: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var pending: [UInt8] = []

    init(_ masthead: String, _ environment: [String: String]) throws {
        process.executableURL = URL(fileURLWithPath: masthead)
        process.arguments = ["shell", "--status", "--no-header"]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        try process.run()
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends one command and gives the first field of its answer.
    func ask(_ command: String) throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))
        var first: String?
        while true {
            let line = try line()
            if line.hasPrefix("ok\t") { return first ?? "" }
            if line.hasPrefix("error\t") { throw CommandFailed(description: "\(command): \(line)") }
            first = first ?? line.split(separator: "\t", omittingEmptySubsequences: false).first.map(String.init)
        }
    }

    private func line() throws -> String {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                return line
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw CommandFailed(description: "the shell ended") }
            pending += more
        }
    }
}
