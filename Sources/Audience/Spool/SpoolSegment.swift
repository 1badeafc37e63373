/// One file of a spool, named by the sequence of its first record. It begins with eight bytes that name its form.
struct SpoolSegment: Sendable, Equatable {
    static let magic = Array("MHSPOOL1".utf8)
    private static let suffix = ".spool"

    let folder: String
    let first: UInt64

    var path: String {
        let digits = "\(first)"
        return "\(folder)/\(String(repeating: "0", count: 20 - digits.count))\(digits)\(SpoolSegment.suffix)"
    }

    init(folder: String, first: UInt64) {
        self.folder = folder
        self.first = first
    }

    private init?(folder: String, name: String) {
        guard name.hasSuffix(SpoolSegment.suffix), let first = UInt64(name.dropLast(SpoolSegment.suffix.count)) else {
            return nil
        }
        self.init(folder: folder, first: first)
        guard path == "\(folder)/\(name)" else { return nil }
    }

    /// The segments of a folder in their order.
    static func all(in folder: String) throws(SpoolError) -> [SpoolSegment] {
        try Descriptor.names(in: folder).compactMap { SpoolSegment(folder: folder, name: $0) }
            .sorted { $0.first < $1.first }
    }

    /// What a segment holds from a place on.
    struct Contents {
        var records: [SpoolRecord] = []
        /// Behind the last whole record.
        var end: Int
    }

    /// Reads whole records from a place on, of which the first has this sequence, up to about so many bytes. Ends at
    /// the first bytes that are no whole record: the writer died over them, or is writing them now.
    func read(from place: Int, expecting sequence: UInt64, limit: Int) throws(SpoolError) -> Contents {
        let descriptor = try Descriptor(path, for: .read)
        defer { descriptor.closeNow() }
        // Room for one record at least.
        let bytes = try descriptor.read(
            from: place, max(limit, SpoolSegment.magic.count + SpoolRecord.headerBytes + SpoolRecord.payloadLimit))
        var contents = Contents(end: place)
        var rest = bytes[...]
        if place == 0 {
            guard rest.starts(with: SpoolSegment.magic) else { return contents }
            rest = rest.dropFirst(SpoolSegment.magic.count)
            contents.end = SpoolSegment.magic.count
        }
        while contents.records.isEmpty || contents.end - place < limit, let size = SpoolRecord.size(rest),
            size <= rest.count, let record = SpoolRecord(rest.prefix(size)),
            record.sequence == sequence + UInt64(contents.records.count)
        {
            contents.records.append(record)
            contents.end += size
            rest = rest.dropFirst(size)
        }
        return contents
    }
}
