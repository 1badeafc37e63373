import Synchronization
import Terminal
import TestDatabase
import Values

@testable import Admin

/// A command line in the test's own process: arguments in, exit code and both streams out.
struct Console: Sendable {
    var environment: [String: String] = [:]
    /// Non-nil makes the output a terminal of so many columns.
    var columns: Int?
    /// Where relative paths begin; nowhere unless a test has a folder of its own.
    var folder = "/proc/nowhere"
    var now = Timestamp(seconds: 1_764_590_400)  // 2025-12-01T12:00:00Z

    struct Ran: Equatable, Sendable {
        var exit: Int32
        var out: String
        var err: String
    }

    init(environment: [String: String] = [:], columns: Int? = nil) {
        self.environment = environment
        self.columns = columns
    }

    /// The command line of a test's database.
    init(_ database: TestDatabase, as actor: String? = nil) {
        environment = [
            "MASTHEAD_DATABASE_URL": database.appURL, "MASTHEAD_DATABASE_OWNER_URL": database.ownerURL,
            "MASTHEAD_SHARE": packageFolder,
            // Nothing of the person's own who runs the tests.
            "MASTHEAD_HOME": "/nowhere/masthead", "TMPDIR": "/proc/nowhere",
        ]
        environment["MASTHEAD_AS"] = actor
    }

    func run(_ arguments: String..., input: String = "") async -> Ran {
        await run(arguments, input: Array(input.utf8))
    }

    /// Standard input comes in small pieces, so that nothing may count on a line arriving whole.
    func run(_ arguments: [String], input: [UInt8], piece: Int = 1_000) async -> Ran {
        let streams = Streams(input)
        var surroundings = Surroundings(
            environment: environment,
            read: { limit throws(StreamError) in streams.read(min(limit, piece)) },
            write: { bytes throws(StreamError) in streams.out.withLock { $0 += bytes } },
            writeMessage: { bytes throws(StreamError) in streams.err.withLock { $0 += bytes } },
            outputIsTerminal: columns != nil, columns: columns, now: { [now] in now }, systemUser: "tester")
        surroundings.folder = folder
        let exit = await Admin.run(arguments, in: surroundings)
        return Ran(
            exit: exit, out: String(decoding: streams.out.withLock { $0 }, as: UTF8.self),
            err: String(decoding: streams.err.withLock { $0 }, as: UTF8.self))
    }
}

private final class Streams: Sendable {
    let out = Mutex<[UInt8]>([])
    let err = Mutex<[UInt8]>([])
    private let input: Mutex<ArraySlice<UInt8>>

    init(_ input: [UInt8]) { self.input = Mutex(input[...]) }

    func read(_ limit: Int) -> [UInt8] {
        input.withLock { rest in
            let piece = Array(rest.prefix(limit))
            rest = rest.dropFirst(limit)
            return piece
        }
    }
}
