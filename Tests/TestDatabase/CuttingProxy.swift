import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Stands between a client and the server on a socket of its own, and cuts the line at a given moment.
public final class CuttingProxy: Sendable {
    public enum Cut: Sendable {
        /// The server never hears of it.
        case beforeForwarding
        /// The server does it, the client never hears.
        case beforeAnswering
    }

    /// The folder to connect to instead of the server's.
    public let folder: String
    private let server: String
    private let text: [UInt8]
    private let earlier: [UInt8]
    private let cut: Cut
    private let armed = Mutex(true)

    /// - Parameters:
    ///   - text: what the client sends that triggers the cut, once.
    ///   - earlier: only when it has sent this before on the same connection; empty for at once.
    public init(to server: TestServer, cuttingAt text: String, after earlier: String = "", _ cut: Cut) throws {
        surviveBrokenPipes()
        folder = FileManager.default.temporaryDirectory.appending(path: "mh-proxy-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.server = server.folder + "/.s.PGSQL.5432"
        self.text = Array(text.utf8)
        self.earlier = Array(earlier.utf8)
        self.cut = cut
        let listener = try Self.withAddress(folder + "/.s.PGSQL.5432") { bind($0, $1, $2) }
        guard listen(listener, 16) == 0 else { throw TestServer.Failure(description: "listen: \(errno)") }
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func serve(_ client: Int32) {
        guard let upstream = try? Self.withAddress(server, { connect($0, $1, $2) }) else { return _ = close(client) }
        defer {
            close(client)
            close(upstream)
        }
        var isDeaf = false
        var isReady = earlier.isEmpty
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var ends = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: upstream, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&ends, 2, -1) > 0 else { return }
            if ends[0].revents != 0 {
                let count = read(client, &buffer, buffer.count)
                guard count > 0 else { return }
                isReady = isReady || buffer[..<count].contains(earlier)
                if isReady, buffer[..<count].contains(text), armed.withLock({ take(&$0) }) {
                    if cut == .beforeForwarding { return }
                    isDeaf = true
                }
                guard write(upstream, buffer, count) == count else { return }
            }
            if ends[1].revents != 0 {
                let count = read(upstream, &buffer, buffer.count)
                // The server has answered, so it has done what it was told; now the line is cut.
                guard count > 0, !isDeaf, write(client, buffer, count) == count else { return }
            }
        }
    }

    private func take(_ armed: inout Bool) -> Bool {
        defer { armed = false }
        return armed
    }

    private static func withAddress(
        _ path: String, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, size) }
        }
        guard result == 0 else { throw TestServer.Failure(description: "socket \(path): \(errno)") }
        return descriptor
    }
}
