import Terminal

/// A file that somebody named on the line.
enum GivenFile {
    /// The file's bytes; of a longer file than `limit` the first `limit` + 1 or more, so that its reader sees that it is
    /// too long.
    static func bytes(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
        do {
            let file = try InputFile(path: path)
            var bytes: [UInt8] = []
            while bytes.count <= limit {
                let chunk = try file.read(atMost: min(1 << 20, limit + 1 - bytes.count))
                if chunk.isEmpty { break }
                bytes += chunk
            }
            return bytes
        } catch {
            throw Failure(unreadable: path, error)
        }
    }
}

extension Failure {
    /// A file that can't be read: 66 when there is none, 65 when the system refuses it.
    init(unreadable path: String, _ error: StreamError) {
        self.init(
            error.isMissing ? .notFound : .badData, "unreadable", "'\(Escape.escaped(path))' can't be read (\(error)).")
    }
}
