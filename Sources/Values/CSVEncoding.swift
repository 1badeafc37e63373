/// Brings the bytes of a CSV file to UTF-8 without a byte order mark.
enum CSVEncoding {
    static func utf8(_ bytes: [UInt8]) throws(CSVError) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
        if bytes.starts(with: [0xFF, 0xFE]) { return try fromUTF16(bytes.dropFirst(2), low: 0, high: 1) }
        if bytes.starts(with: [0xFE, 0xFF]) { return try fromUTF16(bytes.dropFirst(2), low: 1, high: 0) }
        return bytes
    }

    /// `low` and `high`: where in a pair the low and the high byte stand.
    private static func fromUTF16(_ bytes: ArraySlice<UInt8>, low: Int, high: Int) throws(CSVError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        for pair in stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2) {
            units.append(UInt16(bytes[pair + high]) << 8 | UInt16(bytes[pair + low]))
        }
        var decoder = UTF16()
        var iterator = units.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): output += UTF8.encode(scalar).map { Array($0) } ?? []
            case .emptyInput:
                guard bytes.count.isMultiple(of: 2) else {
                    throw CSVError(line: line(after: output), reason: "the UTF-16 text ends in the middle of a letter")
                }
                return output
            case .error: throw CSVError(line: line(after: output), reason: "not valid UTF-16")
            }
        }
    }

    private static func line(after text: [UInt8]) -> Int {
        var line = 1
        var previous: UInt8 = 0
        for byte in text {
            if byte == 0x0D || (byte == 0x0A && previous != 0x0D) { line += 1 }
            previous = byte
        }
        return line
    }
}
