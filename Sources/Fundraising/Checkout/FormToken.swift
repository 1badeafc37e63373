internal import Sodium
public import Values

/// What a donation form carries, so that only forms of ours that were opened lately are taken, and each once: the second
/// it was made, a random number, and HMAC-SHA-256 over both under our key.
public struct FormToken: Sendable, Hashable, CustomStringConvertible {
    /// The random number is what is remembered once the form was sent.
    public let nonce: [UInt8]
    public let madeAt: Timestamp
    private let code: [UInt8]

    /// In bytes: nobody guesses 128 bits.
    public static let nonceLength = 16

    /// Makes one.
    ///
    /// - Parameters:
    ///   - nonce: ``nonceLength`` random bytes.
    ///   - key: 32 bytes or more, kept out of the database.
    public init(nonce: [UInt8], madeAt: Timestamp, key: [UInt8]) {
        precondition(
            nonce.count == Self.nonceLength && key.count >= 32, "a form's token takes 16 bytes and a key of 32")
        self.nonce = nonce
        self.madeAt = Timestamp(seconds: madeAt.microseconds / 1_000_000)
        code = Self.code(nonce, self.madeAt, key)
    }

    /// Reads one that came back: nil unless it is one of ours, to the letter.
    public init?(_ text: String, key: [UInt8]) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, text.utf8.count <= 200, let seconds = Int64(parts[0]), String(seconds) == parts[0],
            (0...253_402_300_799).contains(seconds), let nonce = Hex.bytes(parts[1]), nonce.count == Self.nonceLength,
            let code = Hex.bytes(parts[2]), code.count == SHA256.length
        else { return nil }
        let madeAt = Timestamp(seconds: seconds)
        guard Sodium.equal(Self.code(nonce, madeAt, key), code) else { return nil }
        (self.nonce, self.madeAt, self.code) = (nonce, madeAt, code)
    }

    /// For the form's hidden field.
    public var description: String {
        "\(madeAt.microseconds / 1_000_000).\(Hex.text(nonce)).\(Hex.text(code))"
    }

    private static func code(_ nonce: [UInt8], _ madeAt: Timestamp, _ key: [UInt8]) -> [UInt8] {
        HMACSHA256.code(for: Array("form \(madeAt.microseconds / 1_000_000) ".utf8) + nonce, key: key)
    }
}
