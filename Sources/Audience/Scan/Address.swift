/// The part of an address by which a visitor is told apart: the whole of IPv4, the first 64 bits of IPv6 (the rest
/// changes by the day), anything else by a keyed hash of its text. `::ffff:1.2.3.4` is `1.2.3.4`.
struct Address: Hashable, BitwiseCopyable {
    var family: UInt64
    var value: UInt64

    @inline(__always)
    init(_ text: ByteRange, key: HashKey) {
        let four = Address.four(text)
        if four >= 0 {
            family = 4
            value = UInt64(four)
        } else {
            self = Address.rare(text, key: key)
        }
    }

    private init(family: UInt64, value: UInt64) {
        self.family = family
        self.value = value
    }

    @inline(never)
    private static func rare(_ text: ByteRange, key: HashKey) -> Address {
        var inner = text
        if text.count > 2, text[0] == 0x5b, text[text.count - 1] == 0x5d {
            inner = ByteRange(text.start + 1, text.count - 2)
        }
        if inner.find(0x3a) >= 0, let six = six(inner) { return six }
        return Address(family: 0, value: SipHash.hash(text, key: key))
    }

    /// A dotted quad as a number, or -1.
    @inline(__always)
    private static func four(_ text: ByteRange) -> Int64 {
        guard text.count >= 7, text.count <= 15 else { return -1 }
        var value: Int64 = 0
        var part: Int64 = -1
        var dots = 0
        for index in 0..<text.count {
            let byte = text[index]
            if byte &- 0x30 < 10 {
                part = max(part, 0) &* 10 &+ Int64(byte &- 0x30)
                if part > 255 { return -1 }
            } else if byte == 0x2e, part >= 0 {
                value = value << 8 | part
                part = -1
                dots &+= 1
            } else {
                return -1
            }
        }
        return dots == 3 && part >= 0 ? value << 8 | part : -1
    }

    private static func six(_ text: ByteRange) -> Address? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == 0x3a, text[1] == 0x3a {
            gap = 0
            index = 2
        }
        while index < text.count {
            let colon = text.find(0x3a, from: index)
            let end = colon < 0 ? text.count : colon
            let part = ByteRange(text.start + index, end - index)
            if colon < 0, part.find(0x2e) >= 0 {
                let quad = four(part)
                guard quad >= 0 else { return nil }
                groups += [UInt16(quad >> 16), UInt16(quad & 0xffff)]
            } else {
                guard part.count >= 1, part.count <= 4 else { return nil }
                var value: UInt16 = 0
                for offset in 0..<part.count {
                    guard let digit = ContentKey.hex(part[offset]) else { return nil }
                    value = value << 4 | UInt16(digit)
                }
                groups.append(value)
            }
            if colon < 0 { break }
            index = colon + 1
            if index < text.count, text[index] == 0x3a {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            } else if index == text.count {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        if groups[0..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xffff {
            return Address(family: 4, value: UInt64(groups[6]) << 16 | UInt64(groups[7]))
        }
        return Address(family: 6, value: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) })
    }
}
