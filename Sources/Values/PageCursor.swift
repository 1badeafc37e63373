/// Where a list went on to: the sort keys of the last row that was shown, as one word to hand back.
///
/// Paging by keys and not by row numbers: a row that is added or removed meanwhile neither repeats nor hides another.
/// Opaque to its reader, but not secret and not signed: what it holds is checked like any other input.
public struct PageCursor: Hashable, Sendable, CustomStringConvertible {
    public let keys: [String]

    public init(keys: [String]) {
        self.keys = keys
    }

    /// Reads what `text` wrote. Throws when it is anything else.
    public init(_ text: String) throws(ValueError) {
        func refused() -> ValueError {
            ValueError(kind: "page cursor", value: text, reason: "take it from the page before, unchanged")
        }
        guard text.utf8.count <= Self.longest, let bytes = Self.bytes(of: text) else { throw refused() }
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw refused() }
        guard let items = json.array, !items.isEmpty else { throw refused() }
        var keys: [String] = []
        for item in items {
            guard let key = item.string else { throw refused() }
            keys.append(key)
        }
        self.keys = keys
    }

    /// Letters, digits, - and _ (base64url without padding), fit for a command line and an address.
    public var text: String {
        let bytes = JSON.array(keys.map(JSON.string)).canonical()
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for byte in group { bits = bits << 8 | UInt32(byte) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0...group.count { text.append(Self.alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    public var description: String { text }

    private static let longest = 4_096
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func bytes(of text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // Left-over bits are zero in what we wrote: otherwise two texts would mean one cursor.
        guard count < 6, bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return bytes
    }
}
