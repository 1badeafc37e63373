/// Pages that people asked for and that weren't there, with the page that sent them. Bounded: past `limit` of them the
/// rest is counted together.
struct MissingPages: ~Copyable {
    private var names: Interner
    private var counts: CellTable
    private var keys = ContentKey()
    private var output = Slab<UInt8>(capacity: 1_024)

    static let limit = 20_000
    /// Longer addresses of pages that sent somebody are cut.
    static let maximumReferrer = 300

    init(key: HashKey) {
        names = Interner(key: key, limit: MissingPages.limit)
        counts = CellTable(key: key)
    }

    /// - Parameter key: the path in its one form.
    @inline(never)
    mutating func add(_ key: ByteRange, referrer: ByteRange, bucket: UInt32) {
        output.removeAll()
        if key.count <= ContentKey.maximumBytes {
            output.append(key.start, count: key.count)
            output.append(0)
            append(referrer)
        }
        let number = names.intern(ByteRange(UnsafePointer(output.base), output.count))
        counts.add(UInt64(bucket) << 32 | UInt64(number))
    }

    /// Host and path of a referrer: what follows the path may say who somebody is.
    private mutating func append(_ referrer: ByteRange) {
        let host = Landing.host(referrer)
        if host.count == 0 { return }
        for index in 0..<host.count {
            let byte = host[index]
            guard byte > 0x20, byte < 0x7f, byte != 0x5c, byte != 0x22 else { return }
        }
        let begin = output.count
        for index in 0..<host.count {
            let byte = host[index]
            output.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
        let offset = host.start - referrer.start + host.count
        let rest = referrer.from(offset)
        var slash = 0
        while slash < rest.count, rest[slash] != 0x2f, rest[slash] != 0x3f, rest[slash] != 0x23 { slash += 1 }
        let path = rest.from(slash)
        if path.count > 0, path[0] == 0x2f {
            let key = keys.normalised(ContentKey.path(path))
            if key.count > 1 { output.append(key.start, count: key.count) }
        }
        output.truncate(to: min(output.count, begin + MissingPages.maximumReferrer))
    }

    /// Bucket, path, referrer and how often.
    func forEach(_ body: (UInt32, String, String, Int) -> Void) {
        counts.forEach { key, count in
            let number = UInt32(truncatingIfNeeded: key)
            let name = number == Interner.overflow ? ByteRange.empty : names.key(number)
            let end = name.find(0)
            let (path, referrer) =
                end < 0 ? (ScanPlan.otherKey, "") : (name.prefix(end).text, name.from(end + 1).text)
            body(UInt32(key >> 32), path, referrer, Int(count))
        }
    }
}
