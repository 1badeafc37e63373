#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The folder the embedded server's socket lies in: its own, closed to everyone but its user, and outside the data
/// folder, whose path may be longer than a socket's may be.
struct SocketFolder: Equatable {
    let path: String

    /// One server lives in the folder, so its number needn't differ from anyone's.
    static let port = 5432
    /// `sun_path` has 104 bytes on macOS and 108 on Linux, the closing NUL included.
    static let pathLimit = 103

    static func socketPath(in folder: String) -> String { "\(folder)/.s.PGSQL.\(port)" }

    /// - Parameters:
    ///   - data: the data folder's path, which the folder's name is made from: two clusters of one user don't meet.
    ///   - environment: of the process: XDG_RUNTIME_DIR and TMPDIR count.
    init(data: String, user: ServerUser, environment: [String: String]) throws(ClusterError) {
        let base = try Self.base(user: user, environment: environment)
        path = "\(base)/masthead-\(user.name)-\(Self.fingerprint(data))"
        try Self.check(pathOf: path)
    }

    /// The folder a running server says it uses.
    init(running path: String) {
        self.path = path
    }

    private static func base(user: ServerUser, environment: [String: String]) throws(ClusterError) -> String {
        // Root's own runtime folder is for root alone, and the server isn't root.
        if geteuid() != user.id || user.id == 0 {
            if let run = try Files.target("/run"), run.kind == .folder, run.owner == 0 { return "/run" }
        } else if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/"),
            let status = try Files.target(runtime), status.kind == .folder, status.owner == user.id
        {
            return trimmed(runtime)
        }
        if let temporary = environment["TMPDIR"], temporary.hasPrefix("/") { return trimmed(temporary) }
        return "/tmp"
    }

    private static func trimmed(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    static func check(pathOf folder: String) throws(ClusterError) {
        let socket = socketPath(in: folder)
        guard socket.utf8.count <= pathLimit else { throw .socketPathTooLong(path: socket, limit: pathLimit) }
        // It goes through pg_ctl's shell and the server's list syntax.
        let plain = folder.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "/._-+@~".utf8.contains(byte)
        }
        guard plain else {
            throw .unusable(path: folder, reason: "a socket's path may only have letters, digits and ./_-+@~")
        }
    }

    /// Makes the folder, or takes the one that is there when it is ours alone.
    func make(for user: ServerUser) throws(ClusterError) {
        if try Files.makeFolder(path, mode: 0o700), geteuid() != user.id { try Files.give(path, to: user) }
        try check(for: user)
    }

    /// In a folder that anyone may write to, someone may have been first: then the socket would be theirs to replace.
    func check(for user: ServerUser) throws(ClusterError) {
        guard let status = try Files.status(path) else { throw .unusable(path: path, reason: "it isn't there") }
        guard status.kind == .folder else {
            throw .unusable(path: path, reason: status.kind == .link ? "it is a symbolic link" : "it is not a folder")
        }
        guard status.owner == user.id else {
            throw .unusable(path: path, reason: "it belongs to another user; remove it")
        }
        guard status.mode & 0o077 == 0 else {
            throw .unusable(path: path, reason: "others may enter it; remove it, or chmod it to 0700")
        }
    }

    /// Is somebody listening? A dead server may leave its socket file behind.
    var answers: Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(Self.socketPath(in: path).utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard bytes.count < target.count else { return false }
            target.copyBytes(from: bytes)
            return true
        }
        guard fits else { return false }
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    /// Twelve hexadecimal digits that differ for different paths (FNV-1a; a collision would only mean that a second
    /// server refuses to start).
    private static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(12))
    }
}
