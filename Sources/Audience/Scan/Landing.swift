/// Where the view came from, as the bytes under which it is counted: a letter for the kind, then the name.
///
/// Asked in this order: `utm_source`, then `source` or `ref`, then a click id, then a referrer that isn't the site
/// itself, else direct (no bytes at all). Names are folded to lower case. What a link with `utm_source` says in its other
/// tags follows the name, each behind a separator, as far as the last that says something.
struct Landing: ~Copyable {
    private var output = Slab<UInt8>(capacity: 256)

    /// A name longer than this isn't one.
    static let maximumBytes = 100

    /// Between the name and the tags; a name can't hold it.
    static let separator: UInt8 = 0x1f

    /// What a link says beside `utm_source`, in the order in which it is kept.
    static let tags: [StaticString] = ["utm_medium", "utm_campaign", "utm_term", "utm_content"]

    /// Click ids and whose they are; from the advertisers' public documentation.
    private static let clickIds: [(StaticString, StaticString)] = [
        ("gclid", "google ads"), ("gbraid", "google ads"), ("wbraid", "google ads"), ("dclid", "google ads"),
        ("fbclid", "facebook"), ("msclkid", "microsoft ads"), ("twclid", "x"), ("ttclid", "tiktok"),
        ("li_fat_id", "linkedin"), ("yclid", "yandex"), ("igshid", "instagram"), ("mc_cid", "newsletter"),
    ]

    /// The source of a view; valid until the next call.
    @inline(__always)
    mutating func source(query: ByteRange, referrer: ByteRange, site: ByteRange) -> ByteRange {
        if query.count > 3, query.find(0x3d) > 0, named(query) {
            return ByteRange(UnsafePointer(output.base), output.count)
        }
        let host = Landing.host(referrer)
        if host.count == 0 { return .empty }
        let own = Landing.withoutWWW(site)
        if host.count == own.count, Landing.equalsFolded(host, own) { return .empty }
        output.removeAll()
        output.append(0x68)
        append(host)
        return ByteRange(UnsafePointer(output.base), output.count)
    }

    /// The host of `scheme://host[:port]/…` without www.
    @inline(__always)
    static func host(_ referrer: ByteRange) -> ByteRange {
        if referrer.count < 8 { return .empty }
        let colon = referrer.prefix(min(referrer.count, 16)).find(0x3a)
        guard colon > 0, colon &+ 3 < referrer.count, referrer[colon &+ 1] == 0x2f, referrer[colon &+ 2] == 0x2f else {
            return .empty
        }
        let rest = referrer.from(colon &+ 3)
        var end = 0
        while end < rest.count, rest[end] != 0x2f, rest[end] != 0x3a, rest[end] != 0x3f, rest[end] != 0x23 { end &+= 1 }
        return withoutWWW(rest.prefix(end))
    }

    @inline(__always)
    static func withoutWWW(_ host: ByteRange) -> ByteRange {
        host.count > 4 && host[3] == 0x2e && host.hasPrefixFolded("www.") ? host.from(4) : host
    }

    static func equalsFolded(_ left: ByteRange, _ right: ByteRange) -> Bool {
        for index in 0..<left.count where ByteRange.folded(left[index]) != ByteRange.folded(right[index]) {
            return false
        }
        return true
    }

    @inline(never)
    private mutating func named(_ query: ByteRange) -> Bool {
        let tagged = Landing.value("utm_source", query)
        if tagged.count > 0, keep(0x75, tagged) {
            keepTags(query)
            return true
        }
        for name: StaticString in ["source", "ref"] {
            let value = Landing.value(name, query)
            if value.count > 0 { return keep(0x72, value) }
        }
        guard let (_, owner) = Landing.click(query) else { return false }
        return keep(0x63, ByteRange(owner.utf8Start, owner.utf8CodeUnitCount))
    }

    /// The parameter of the first click id in a query, and whose it is.
    private static func click(_ query: ByteRange) -> (name: StaticString, owner: StaticString)? {
        for (name, owner) in clickIds where value(name, query).count > 0 { return (name, owner) }
        return nil
    }

    /// The parameter of the first click id in a query.
    static func clickId(_ query: ByteRange) -> StaticString? { click(query)?.name }

    private mutating func keep(_ kind: UInt8, _ name: ByteRange) -> Bool {
        output.removeAll()
        output.append(kind)
        appendDecoded(name)
        return output.count > 1
    }

    private mutating func keepTags(_ query: ByteRange) {
        var end = output.count
        for tag in Landing.tags {
            output.append(Landing.separator)
            let before = output.count
            appendDecoded(Landing.value(tag, query))
            if output.count > before { end = output.count }
        }
        output.truncate(to: end)
    }

    /// A host as it is written, folded.
    private mutating func append(_ host: ByteRange) {
        for index in 0..<min(host.count, Landing.maximumBytes) { append(host[index]) }
    }

    /// The value of a parameter, folded: `+` and `%20` are spaces, and an escaped letter is the letter. What is escaped
    /// and isn't ASCII stays as it is written.
    private mutating func appendDecoded(_ value: ByteRange) {
        let limit = output.count + Landing.maximumBytes
        var index = 0
        while index < value.count, output.count < limit {
            let byte = value[index]
            if byte == 0x25, index + 2 < value.count, let high = ContentKey.hex(value[index + 1]),
                let low = ContentKey.hex(value[index + 2]), 0x20...0x7e ~= high << 4 | low
            {
                append(high << 4 | low)
                index += 3
            } else {
                append(byte == 0x2b ? 0x20 : byte)
                index += 1
            }
        }
    }

    /// Whatever could break a line or isn't ASCII becomes a question mark.
    private mutating func append(_ byte: UInt8) {
        output.append(0x20...0x7e ~= byte ? ByteRange.folded(byte) : 0x3f)
    }

    /// The value of a parameter in a query, as it is written; empty when there is none.
    static func value(_ name: StaticString, _ query: ByteRange) -> ByteRange {
        var rest = query
        while true {
            let ampersand = rest.find(0x26)
            let pair = ampersand < 0 ? rest : rest.prefix(ampersand)
            let length = name.utf8CodeUnitCount
            if pair.count > length + 1, pair[length] == 0x3d, pair.hasPrefixFolded(name) {
                return pair.from(length + 1)
            }
            if ampersand < 0 { return .empty }
            rest = rest.from(ampersand + 1)
        }
    }
}
