#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file system as the embedded cluster needs it: never through a symbolic link, and with errors that name the path.
enum Files {
    enum Kind: Equatable {
        case folder, file, link, other
    }

    struct Status {
        let kind: Kind
        let owner: uid_t
        let group: gid_t
        /// The permission bits alone.
        let mode: mode_t
    }

    /// What lies at the path, without following a link there; nil when nothing does.
    static func status(_ path: String) throws(ClusterError) -> Status? {
        var entry = stat()
        guard lstat(path, &entry) == 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        let kind: Kind =
            switch entry.st_mode & S_IFMT {
            case S_IFDIR: .folder
            case S_IFREG: .file
            case S_IFLNK: .link
            default: .other
            }
        return Status(kind: kind, owner: entry.st_uid, group: entry.st_gid, mode: entry.st_mode & 0o7777)
    }

    /// What the path leads to, links followed.
    static func target(_ path: String) throws(ClusterError) -> Status? {
        var entry = stat()
        guard stat(path, &entry) == 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        let kind: Kind = entry.st_mode & S_IFMT == S_IFDIR ? .folder : .other
        return Status(kind: kind, owner: entry.st_uid, group: entry.st_gid, mode: entry.st_mode & 0o7777)
    }

    /// Makes a folder; true when it wasn't there. Its mode is as given whatever the umask says.
    static func makeFolder(_ path: String, mode: mode_t) throws(ClusterError) -> Bool {
        guard mkdir(path, mode) == 0 else {
            if errno == EEXIST { return false }
            throw failure(path)
        }
        guard chmod(path, mode) == 0 else { throw failure(path) }
        return true
    }

    /// Makes a folder and those above it that are missing.
    static func makeFolders(_ path: String, mode: mode_t) throws(ClusterError) {
        if try target(path) != nil { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolders(String(path[..<slash]), mode: 0o755)
        }
        _ = try makeFolder(path, mode: mode)
    }

    static func give(_ path: String, to user: ServerUser) throws(ClusterError) {
        guard lchown(path, user.id, user.group) == 0 else { throw failure(path) }
    }

    static func rename(_ from: String, to path: String) throws(ClusterError) {
        #if canImport(Darwin)
            let result = Darwin.rename(from, path)
        #else
            let result = Glibc.rename(from, path)
        #endif
        guard result == 0 else { throw failure(path) }
    }

    /// The file's bytes from `offset`, at most `limit`; nil when there is no such file. A link is refused.
    static func read(_ path: String, from offset: Int = 0, limit: Int = 65_536) throws(ClusterError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = pread(descriptor, &bytes, limit, off_t(offset))
        guard count >= 0 else { throw failure(path) }
        return Array(bytes.prefix(count))
    }

    static func size(_ path: String) -> Int {
        var entry = stat()
        return lstat(path, &entry) == 0 ? Int(entry.st_size) : 0
    }

    /// Writes a small file whole or not at all: beside it first, on disk, then under its name.
    static func write(_ text: String, to path: String) throws(ClusterError) {
        let draft = path + ".new"
        // Never into a file that is there already: it may be another name of one that isn't ours.
        try remove(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(draft) }
        let bytes = Array(text.utf8)
        #if canImport(Darwin)
            let written = Darwin.write(descriptor, bytes, bytes.count)
        #else
            let written = Glibc.write(descriptor, bytes, bytes.count)
        #endif
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        let error = isWhole ? nil : failure(draft)
        close(descriptor)
        if let error { throw error }
        try rename(draft, to: path)
    }

    static func remove(_ path: String) throws(ClusterError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// Brings a folder's or file's state to disk.
    static func sync(_ path: String) throws(ClusterError) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    /// The names in a folder; none when it isn't there.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes a user who isn't root may still write on that disk.
    static func freeBytes(_ path: String) throws(ClusterError) -> UInt64 {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { throw failure(path) }
        return UInt64(disk.f_bavail) * UInt64(disk.f_frsize)
    }

    /// The error the last system call left, told of that path.
    static func failure(_ path: String) -> ClusterError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .diskFull(path: path) }
        if code == ELOOP { return .unusable(path: path, reason: "it is a symbolic link") }
        return .unusable(path: path, reason: strerror(code).map { String(cString: $0) } ?? "error \(code)")
    }
}
