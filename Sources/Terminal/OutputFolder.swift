#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder that files are written into, and nowhere else: no name and no symbolic link in it leads out.
///
/// A file appears whole or not at all. Names are parts joined by `/`.
public final class OutputFolder: Sendable {
    private let descriptor: Int32

    /// Opens the folder, making it when it isn't there (its parent has to be).
    public init(path: String) throws(StreamError) {
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw StreamError(operation: "create", code: errno) }
        let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw StreamError(operation: "open", code: errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// The file's bytes; nil when there is none. A link, a folder or a device is an error, as is a file longer than
    /// `limit`.
    public func read(_ name: String, limit: Int = 64 << 20) throws(StreamError) -> [UInt8]? {
        guard let (folder, file) = try inside(name, making: false) else { return nil }
        defer { close(folder) }
        let opened = openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else {
            if errno == ENOENT { return nil }
            throw StreamError(operation: "open", code: errno)
        }
        defer { close(opened) }
        var bytes: [UInt8] = []
        while true {
            let chunk = try readBytes(from: opened, atMost: 1 << 18)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            guard bytes.count <= limit else { throw StreamError(operation: "read", code: EFBIG) }
        }
    }

    /// Writes the file, in place of one that is there: on the disk and whole when this returns.
    public func write(_ bytes: [UInt8], to name: String) throws(StreamError) {
        guard let (folder, file) = try inside(name, making: true) else {
            throw StreamError(operation: "create", code: ENOENT)
        }
        defer { close(folder) }
        // One process writes a folder at a time; a name left by one that was killed is written over.
        let draft = ".\(file.utf8.count > 200 ? "long" : file).part"
        let opened = openat(folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw StreamError(operation: "create", code: errno) }
        do throws(StreamError) {
            defer { close(opened) }
            try writeBytes(bytes, to: opened)
            guard fsync(opened) == 0 else { throw StreamError(operation: "fsync", code: errno) }
        } catch {
            unlinkat(folder, draft, 0)
            throw error
        }
        guard renameat(folder, draft, folder, file) == 0 else {
            let code = errno
            unlinkat(folder, draft, 0)
            throw StreamError(operation: "create", code: code)
        }
    }

    /// Takes the file away; one that isn't there is no error.
    public func remove(_ name: String) throws(StreamError) {
        guard let (folder, file) = try inside(name, making: false) else { return }
        defer { close(folder) }
        if unlinkat(folder, file, 0) != 0, errno != ENOENT { throw StreamError(operation: "remove", code: errno) }
    }

    /// Lets the names reach the disk, too.
    public func synchronize() throws(StreamError) {
        guard fsync(descriptor) == 0 else { throw StreamError(operation: "fsync", code: errno) }
    }

    /// The folder a name lies in, open, and the name's last part; nil when a folder on the way isn't there.
    private func inside(_ name: String, making: Bool) throws(StreamError) -> (folder: Int32, file: String)? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let file = parts.last,
            parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) })
        else { throw StreamError(operation: "open", code: EINVAL) }
        var folder = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw StreamError(operation: "open", code: errno) }
        for part in parts.dropLast() {
            if making, mkdirat(folder, part, 0o755) != 0, errno != EEXIST {
                let code = errno
                close(folder)
                throw StreamError(operation: "create", code: code)
            }
            let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(folder)
            guard next >= 0 else {
                if code == ENOENT, !making { return nil }
                throw StreamError(operation: "open", code: code)
            }
            folder = next
        }
        return (folder, file)
    }
}
