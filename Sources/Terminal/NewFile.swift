#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that wasn't there before, written to outlast a power cut.
public enum NewFile {
    /// Creates the file at `path` with these bytes, on the disk when this returns. Never replaces one that is there:
    /// the error's ``StreamError/isExisting`` says so. What fails half-way is taken away again.
    /// - Parameter isPrivate: nobody but the user may read it.
    public static func write(_ bytes: [UInt8], to path: String, isPrivate: Bool = false) throws(StreamError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isPrivate ? 0o600 : 0o644)
        guard descriptor >= 0 else { throw StreamError(operation: "create", code: errno) }
        do throws(StreamError) {
            try writeBytes(bytes, to: descriptor)
            guard fsync(descriptor) == 0 else { throw StreamError(operation: "fsync", code: errno) }
        } catch {
            close(descriptor)
            unlink(path)
            throw error
        }
        close(descriptor)
        try syncFolder(of: path)
    }

    /// The folder holds the file's name, so it has to reach the disk too.
    private static func syncFolder(of path: String) throws(StreamError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StreamError(operation: "open", code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StreamError(operation: "fsync", code: errno) }
    }
}
