#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An open file of a spool: the system's calls with their errors. Closed by hand, because its holders are values.
struct Descriptor: Sendable {
    let path: String
    private let number: Int32

    enum Use { case read, write, create, folder, lock }

    init(_ path: String, for use: Use) throws(SpoolError) {
        let flags: Int32 =
            switch use {
            case .read: O_RDONLY
            case .write: O_WRONLY
            case .create: O_WRONLY | O_CREAT | O_EXCL
            case .folder: O_RDONLY | O_DIRECTORY
            case .lock: O_RDWR | O_CREAT
            }
        self.path = path
        number = open(path, flags | O_CLOEXEC, 0o640)
        guard number >= 0 else { throw failure(errno) }
    }

    func closeNow() { close(number) }

    /// Up to so many bytes from a place on; fewer at the end.
    func read(from place: Int, _ limit: Int) throws(SpoolError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(number, buffer.baseAddress.map { $0 + count }, limit - count, off_t(place + count))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw failure(errno) }
            if read == 0 { break }
            count += read
        }
        return Array(bytes[0..<count])
    }

    func write(_ bytes: [UInt8], at place: Int) throws(SpoolError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(number, buffer.baseAddress.map { $0 + written }, bytes.count - written, off_t(place + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(count < 0 ? errno : ENOSPC) }
            written += count
        }
    }

    /// Puts what was written, and the length, on the disk.
    func flush() throws(SpoolError) {
        #if canImport(Darwin)
            let status = fcntl(number, F_FULLFSYNC)
        #else
            let status = fsync(number)
        #endif
        guard status == 0 else { throw failure(errno) }
    }

    func cut(at place: Int) throws(SpoolError) {
        guard ftruncate(number, off_t(place)) == 0 else { throw failure(errno) }
    }

    /// Held until it is closed, or the process ends however it ends. False when another has it.
    func lock() throws(SpoolError) -> Bool {
        if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw failure(errno) }
        return false
    }

    /// Lets the lock go, also where a child process that is about to begin another program still has this file open: to
    /// close it here alone would keep the lock until that child has begun.
    func unlockNow() {
        flock(number, LOCK_UN)
        close(number)
    }

    /// Puts the names in a folder on the disk.
    static func flush(folder: String) throws(SpoolError) {
        let descriptor = try Descriptor(folder, for: .folder)
        defer { descriptor.closeNow() }
        try descriptor.flush()
    }

    static func remove(_ path: String) throws(SpoolError) {
        guard unlink(path) == 0 else { throw SpoolError.of(path, errno) }
    }

    /// Seconds since 1970 at which a file was last written to.
    static func written(_ path: String) throws(SpoolError) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SpoolError.of(path, errno) }
        #if canImport(Darwin)
            return Int64(status.st_mtimespec.tv_sec)
        #else
            return Int64(status.st_mtim.tv_sec)
        #endif
    }

    /// Bytes of a file.
    static func size(_ path: String) throws(SpoolError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SpoolError.of(path, errno) }
        return Int(status.st_size)
    }

    /// Makes a folder where there is none; what it lies in has to be there.
    static func makeFolder(_ path: String) throws(SpoolError) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw SpoolError.of(path, errno) }
    }

    static func names(in folder: String) throws(SpoolError) -> [String] {
        guard let directory = opendir(folder) else { throw SpoolError.of(folder, errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    private func failure(_ code: Int32) -> SpoolError { SpoolError.of(path, code) }
}

extension SpoolError {
    fileprivate static func of(_ path: String, _ code: Int32) -> SpoolError {
        code == ENOSPC || code == EDQUOT
            ? .full(path: path) : .refused(path: path, reason: String(cString: strerror(code)))
    }
}
