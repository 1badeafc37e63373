public import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A message sent by NOTIFY.
public struct Notification: Sendable, Equatable {
    public let channel: String
    public let payload: String
}

/// What a listener hears.
public enum ListenEvent: Sendable {
    /// Listening from here on. What was sent before, or while the connection was lost, isn't heard: look at the tables.
    case listening
    case notification(Notification)
    /// The connection is lost, or messages came faster than they were read: some are missing.
    case lost(String)
}

extension Database {
    /// Listens on channels with a connection and a thread of its own, and reconnects for as long as the stream is read.
    /// Needs a direct connection: a pooler in transaction mode passes no notification on.
    ///
    /// At most `bufferLimit` events wait to be read; past that the oldest are dropped and `.lost` is told.
    public static func listen(
        _ configuration: Configuration, channels: [String], bufferLimit: Int = 10_000, logger: Logger
    ) throws -> AsyncStream<ListenEvent> {
        let listener = try Listener(configuration, channels: channels, logger: logger)
        let (stream, continuation) = AsyncStream.makeStream(
            of: ListenEvent.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        continuation.onTermination = { _ in listener.stop() }
        SessionThread.detach { listener.run(continuation) }
        return stream
    }
}

/// The thread behind `Database.listen`. Its descriptors are set once, in `init`.
private final class Listener: Sendable {
    private let configuration: Database.Configuration
    private let channels: [String]
    private let logger: Logger
    /// Closing the writing end wakes the thread, which then ends.
    private let reading: Int32
    private let writing: Int32

    init(_ configuration: Database.Configuration, channels: [String], logger: Logger) throws {
        self.configuration = configuration
        self.channels = channels
        self.logger = logger
        var pipe: [Int32] = [0, 0]
        guard Self.makePipe(&pipe) == 0 else { throw PostgresError.connection("no pipe: errno \(errno)") }
        reading = pipe[0]
        writing = pipe[1]
    }

    deinit {
        close(reading)
    }

    private static func makePipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

    func stop() {
        close(writing)
    }

    func run(_ events: AsyncStream<ListenEvent>.Continuation) {
        var pause: Int32 = 50
        while true {
            do {
                let connection = try Connection(configuration, logger: logger)
                for channel in channels {
                    try connection.script("LISTEN \(connection.quoted(identifier: channel))")
                }
                pause = 50
                events.yield(.listening)
                if try !hear(connection, events) { return }
            } catch {
                events.yield(.lost("\(error)"))
                logger.warning("the listening connection is lost", metadata: ["error": "\(error)"])
            }
            // Half at least, the rest by chance: a restarted server isn't stormed by every node at once.
            if isStopped(within: Int32.random(in: pause / 2...pause)) { return }
            pause = min(pause * 2, 5_000)
        }
    }

    /// Passes notifications on until the stream ends (false) or the connection fails (throws).
    private func hear(_ connection: Connection, _ events: AsyncStream<ListenEvent>.Continuation) throws -> Bool {
        while true {
            var descriptors = [
                pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
                pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&descriptors, 2, -1)
            if ready < 0 && errno != EINTR { throw PostgresError.connection("poll failed: errno \(errno)") }
            if descriptors[1].revents != 0 { return false }
            for notification in try connection.takeNotifications() {
                if case .dropped = events.yield(.notification(notification)) {
                    events.yield(.lost("events came faster than they were read"))
                }
            }
        }
    }

    private func isStopped(within milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, milliseconds) > 0
    }
}
