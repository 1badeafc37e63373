/// Brings a request target into the one form under which its views are counted.
///
/// Scheme and host of an absolute target, query and fragment fall away; unreserved characters are decoded, everything
/// else that isn't plain is percent-encoded with capital digits; runs of slashes become one and a trailing slash
/// goes. `\xHH`, `\"` and `\\`, as servers escape what would break their log, are the bytes they stand for. The result is
/// ASCII, so invalid UTF-8 can't reach the database, and `/a%2Fb` stays another page than `/a/b` (RFC 3986, 2.3, 6.2.2).
struct ContentKey: ~Copyable {
    private var output = Slab<UInt8>(capacity: 4096)

    /// Longer keys are counted together: nobody's article has such an address.
    static let maximumBytes = 1_000

    /// The path part of a target: up to the query or the fragment, and without scheme and host.
    @inline(__always)
    static func path(_ target: ByteRange) -> ByteRange {
        var start = 0
        if target[0] != 0x2f { start = authorityEnd(target) }
        if start < 0 { return ByteRange(target.start, 0) }
        let mark = target.find(0x3f, from: start)
        var end = mark < 0 ? target.count : mark
        let hash = ByteRange(target.start, end).find(0x23, from: start)
        if hash >= 0 { end = hash }
        return ByteRange(target.start + start, end &- start)
    }

    /// The query of a target, without its question mark and without the fragment.
    static func query(_ target: ByteRange) -> ByteRange {
        let mark = target.find(0x3f)
        if mark < 0 { return .empty }
        let query = target.from(mark + 1)
        let hash = query.find(0x23)
        return hash < 0 ? query : query.prefix(hash)
    }

    /// Where the path of `http://host/path` begins; the end when there is no path; -1 for a target that is neither.
    private static func authorityEnd(_ target: ByteRange) -> Int {
        let scheme: Int
        if target.hasPrefixFolded("http://") {
            scheme = 7
        } else if target.hasPrefixFolded("https://") {
            scheme = 8
        } else {
            return -1
        }
        for index in scheme..<target.count where [0x2f, 0x3f, 0x23].contains(target[index]) { return index }
        return target.count
    }

    /// The key of a path; valid until the next call.
    mutating func normalised(_ path: ByteRange) -> ByteRange {
        output.removeAll()
        output.append(0x2f)
        var index = 0
        while index < path.count {
            let (byte, length, escaped) = ContentKey.byte(path, index)
            index += length
            if escaped {
                // A percent-encoded byte: only unreserved ones lose their encoding, so that %2F stays %2F.
                if ContentKey.isUnreserved(byte) { output.append(byte) } else { encode(byte) }
            } else if byte == 0x2f {
                if output[output.count - 1] != 0x2f { output.append(byte) }
            } else if ContentKey.isPlain(byte) {
                output.append(byte)
            } else {
                encode(byte)
            }
        }
        var count = output.count
        if count > 1, output[count - 1] == 0x2f { count -= 1 }
        return ByteRange(UnsafePointer(output.base), count)
    }

    /// The byte that stands at `index`, how many bytes it took, and whether it was percent-encoded.
    private static func byte(_ path: ByteRange, _ index: Int) -> (UInt8, Int, Bool) {
        let byte = path[index]
        if byte == 0x25, index + 2 < path.count, let high = hex(path[index + 1]), let low = hex(path[index + 2]) {
            return (high << 4 | low, 3, true)
        }
        guard byte == 0x5c, index + 1 < path.count else { return (byte, 1, false) }
        if path[index + 1] == 0x78, index + 3 < path.count, let high = hex(path[index + 2]),
            let low = hex(path[index + 3])
        {
            return (high << 4 | low, 4, false)
        }
        return path[index + 1] == 0x22 || path[index + 1] == 0x5c ? (path[index + 1], 2, false) : (byte, 1, false)
    }

    private mutating func encode(_ byte: UInt8) {
        output.append(0x25)
        for nibble in [byte >> 4, byte & 15] { output.append(nibble < 10 ? 0x30 + nibble : 0x37 + nibble) }
    }

    static func hex(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte - 0x30 }
        let folded = ByteRange.folded(byte)
        return folded &- 0x61 < 6 ? folded - 0x57 : nil
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        ByteRange.folded(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2d || byte == 0x2e || byte == 0x5f
            || byte == 0x7e
    }

    /// Unreserved, a sub-delimiter, a colon or an at sign: what may stand in a path as it is. A lone percent sign may not.
    private static func isPlain(_ byte: UInt8) -> Bool {
        if isUnreserved(byte) { return true }
        switch byte {
        case 0x21, 0x24, 0x26...0x2c, 0x3a, 0x3b, 0x3d, 0x40: return true
        default: return false
        }
    }
}
