/// Reads stored numbers, most significant byte first, and says when there are none left.
struct BigEndianReader {
    /// The bytes end before what was asked for.
    struct Short: Error {}

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func run(_ count: Int) throws(Short) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw Short() }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    mutating func take(_ count: Int) throws(Short) -> UInt64 {
        try run(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
