internal import FoundationEssentials

/// What a spool is known by, wherever its folder lies: drawn when it was made, and kept beside its segments.
enum SpoolIdentity {
    private static let textBytes = 37

    private static func path(_ folder: String) -> String { folder + "/spool.id" }

    /// The identity; nil when there is none, or a writer died over it before anybody could know it.
    static func read(_ folder: String) throws(SpoolError) -> UUID? {
        guard try Descriptor.names(in: folder).contains("spool.id") else { return nil }
        let descriptor = try Descriptor(path(folder), for: .read)
        defer { descriptor.closeNow() }
        let text = String(decoding: try descriptor.read(from: 0, textBytes), as: UTF8.self)
        return text.hasSuffix("\n") ? UUID(uuidString: String(text.dropLast())) : nil
    }

    /// Gives a spool its identity where it has none; on the disk when this returns. Only the writer calls it.
    static func ensure(_ folder: String, draw: () -> UUID) throws(SpoolError) {
        if try read(folder) != nil { return }
        let isTorn = try Descriptor.names(in: folder).contains("spool.id")
        let descriptor = try Descriptor(path(folder), for: isTorn ? .write : .create)
        defer { descriptor.closeNow() }
        try descriptor.cut(at: 0)
        try descriptor.write(Array((draw().uuidString + "\n").utf8), at: 0)
        try descriptor.flush()
        try Descriptor.flush(folder: folder)
    }
}
