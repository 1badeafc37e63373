public import Values

/// The neighbourhood an internet address belongs to: IPv4 by its first 24 bits, IPv6 by its first 56. Whoever has one
/// address of such a block usually has, or can have, all of them.
public struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    /// Three bytes of an IPv4 address, seven of an IPv6.
    public let prefix: [UInt8]

    /// - Parameter text: an address as a socket or a trusted proxy gives it, without a port.
    /// - Throws: `ValueError` for what is none. The value isn't repeated: it names somebody.
    public init(_ text: some StringProtocol) throws(ValueError) {
        guard let bytes = Self.v4(text) ?? Self.v6(text) else {
            throw ValueError(kind: "address", value: "…", reason: "it is no IPv4 or IPv6 address")
        }
        // An IPv4 address in the clothes of an IPv6 (RFC 4291, 2.5.5.2) is what it is.
        if bytes.count == 16, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            prefix = Array(bytes[12..<15])
        } else {
            prefix = Array(bytes.prefix(bytes.count == 4 ? 3 : 7))
        }
    }

    public var description: String {
        prefix.count == 3 ? prefix.map(String.init).joined(separator: ".") + ".0/24" : Self.hex(prefix) + "/56"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func v4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // Some read a leading zero as octal: then it says two things, and is refused.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part == "0" || part.first != "0", let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func v6(_ text: some StringProtocol) -> [UInt8]? {
        // A zone (fe80::1%eth0) says by which cable it came.
        let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard address.contains(":"), address.utf8.count <= 45 else { return nil }
        guard let gap = address.firstRange(of: "::") else {
            return groups(address).flatMap { $0.count == 16 ? $0 : nil }
        }
        let (front, back) = (address[..<gap.lowerBound], address[gap.upperBound...])
        guard !back.contains("::"), let head = groups(front, endsAsV4: false), let tail = groups(back),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    /// Groups with colons between, the last of which may be written as an IPv4 address; none is nothing.
    private static func groups(_ text: some StringProtocol, endsAsV4: Bool = true) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            if endsAsV4, place == parts.count - 1, part.contains(".") {
                guard let last = v4(part) else { return nil }
                bytes += last
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0.isHexDigit }),
                let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
        }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        (48...57).contains(self) || (65...70).contains(self) || (97...102).contains(self)
    }
}
