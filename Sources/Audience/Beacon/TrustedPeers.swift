public import Values

/// Proxies of our own, whose word on where a request came from is believed. Anybody else's is somebody's invention.
public struct TrustedPeers: Sendable {
    private struct Block: Sendable {
        let family: UInt64
        /// The leading bits, moved to the right.
        let prefix: UInt64
        let shift: UInt64

        func contains(_ address: Address) -> Bool {
            address.family == family && (shift == 64 ? 0 : address.value >> shift) == prefix
        }
    }

    private let blocks: [Block]

    /// Whether nobody is trusted.
    public var isEmpty: Bool { blocks.isEmpty }

    public static let none = TrustedPeers(blocks: [])

    private init(blocks: [Block]) { self.blocks = blocks }

    /// - Parameter texts: addresses and blocks as `10.0.0.0/8`; of IPv6 no more than 64 bits tell blocks apart.
    public init(_ texts: [String]) throws(ValueError) {
        var blocks: [Block] = []
        for text in texts {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let address = TrustedPeers.address(parts[0])
            let width: UInt64 = address.family == 4 ? 32 : 64
            guard address.family != 0, let bits = parts.count == 2 ? UInt64(parts[1]) : 128, bits <= 128,
                address.family == 6 || bits <= 32 || parts.count == 1
            else {
                throw ValueError(kind: "proxy", value: text, reason: "an address, or a block such as 10.0.0.0/8")
            }
            let shift = width - min(bits, width)
            blocks.append(
                Block(family: address.family, prefix: shift == 64 ? 0 : address.value >> shift, shift: shift))
        }
        self.init(blocks: blocks)
    }

    /// Where a request came from: the right-most hop that is none of ours. A peer that isn't trusted is that itself,
    /// whatever it says.
    public func client(peer: String, forwarded: String?) -> String {
        guard let forwarded else { return peer }
        return Array(peer.utf8).withUnsafeBufferPointer { peer in
            Array(forwarded.utf8).withUnsafeBufferPointer {
                client(peer: ByteRange(peer), forwarded: ByteRange($0)).text
            }
        }
    }

    /// The same over bytes; the answer lies in one of the two.
    ///
    /// Hops are read from the right, where our own proxies wrote them. One that is no address (`unknown`, a name that
    /// hides one) says nothing, and who passed it on is as far as we know.
    func client(peer: ByteRange, forwarded: ByteRange) -> ByteRange {
        guard trusts(peer) else { return peer }
        var client = peer
        var end = forwarded.count
        for _ in 0..<TrustedPeers.maximumHops where end > 0 {
            var begin = end
            while begin > 0, forwarded[begin - 1] != 0x2c { begin -= 1 }
            let hop = TrustedPeers.withoutPort(TrustedPeers.trimmed(ByteRange(forwarded.start + begin, end - begin)))
            end = begin - 1
            if hop.count == 0 { continue }
            guard TrustedPeers.address(hop).family != 0 else { break }
            client = hop
            if !trusts(hop) { break }
        }
        return client
    }

    /// Nobody has more proxies of their own one behind another.
    private static let maximumHops = 64

    func trusts(_ peer: ByteRange) -> Bool {
        let address = TrustedPeers.address(peer)
        return blocks.contains { $0.contains(address) }
    }

    private static func address(_ text: some StringProtocol) -> Address {
        Array(text.utf8).withUnsafeBufferPointer { address(ByteRange($0)) }
    }

    /// The key is for what is no address, and that is trusted by nobody.
    private static func address(_ text: ByteRange) -> Address { Address(text, key: HashKey(low: 0, high: 0)) }

    private static func trimmed(_ text: ByteRange) -> ByteRange {
        var text = text
        while text.count > 0, text[0] == 0x20 || text[0] == 0x09 { text = text.from(1) }
        while text.count > 0, text[text.count - 1] == 0x20 || text[text.count - 1] == 0x09 { text.count -= 1 }
        return text
    }

    /// `192.0.2.1:4711` and `[2001:db8::1]:4711` without the port.
    private static func withoutPort(_ text: ByteRange) -> ByteRange {
        if text.count > 0, text[0] == 0x5b {
            let end = text.find(0x5d)
            return end < 0 ? text : ByteRange(text.start + 1, end - 1)
        }
        let colon = text.find(0x3a)
        return colon >= 0 && text.find(0x3a, from: colon + 1) < 0 ? text.prefix(colon) : text
    }
}

/// By which rule a line's address was taken.
public enum AddressRule: String, Sendable {
    /// The peer, whom we have no reason to ask further.
    case peer
    /// A trusted proxy said whose request it passed on.
    case forwarded
    /// A trusted proxy that named nobody but proxies.
    case proxy
}
