public import Values

/// What a collector was told, as it stands in a spool.
///
/// In a file, little-endian: the payload's length (4 bytes), CRC-32C of all that follows (4), sequence (8), time in
/// microseconds since 1970 (8), payload.
public struct SpoolRecord: Sendable, Equatable {
    /// 1, 2, … through all segments of a spool, without a gap.
    public let sequence: UInt64
    public let at: Timestamp
    public let payload: [UInt8]

    static let headerBytes = 24
    /// Longest payload; a page view is a few hundred bytes.
    public static let payloadLimit = 64 * 1024

    init(sequence: UInt64, at: Timestamp, payload: [UInt8]) {
        self.sequence = sequence
        self.at = at
        self.payload = payload
    }

    var encoded: [UInt8] {
        let body = bytes(sequence) + bytes(UInt64(bitPattern: at.microseconds)) + payload
        let length = bytes(UInt32(payload.count))
        return length + bytes(CRC32C.checksum(length + body)) + body
    }

    private func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// How many bytes the record that begins here takes; nil when its header isn't whole or names a length that none has.
    static func size(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= headerBytes else { return nil }
        let length = number(bytes.prefix(4))
        return length <= payloadLimit ? headerBytes + Int(length) : nil
    }

    /// The record that these bytes are, no more and no less; nil when they are damaged.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard SpoolRecord.size(bytes) == bytes.count else { return nil }
        let body = bytes.dropFirst(8)
        guard UInt64(CRC32C.checksum(bytes.prefix(4) + body)) == SpoolRecord.number(bytes.dropFirst(4).prefix(4)) else {
            return nil
        }
        sequence = SpoolRecord.number(body.prefix(8))
        at = Timestamp(microseconds: Int64(bitPattern: SpoolRecord.number(body.dropFirst(8).prefix(8))))
        payload = Array(body.dropFirst(16))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
