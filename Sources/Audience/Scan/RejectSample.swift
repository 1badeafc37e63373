/// What may be kept of a line that wasn't understood: enough to see why, nothing that says who.
enum RejectSample {
    static let maximumBytes = 200

    /// The line with address, user, agent, referrer and query replaced, at most 200 printable bytes.
    ///
    /// A line that isn't understood can't be trusted to have its address where one belongs. So nothing of it is kept but
    /// its punctuation, the names of methods and protocols, and the shape of the rest: every letter is an `a`, every
    /// digit a `0`.
    static func redacted(_ line: ByteRange) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(maximumBytes)
        for index in 0..<min(line.count, maximumBytes) {
            let byte = line[index]
            switch byte {
            case 0x30...0x39: output.append(0x30)
            case 0x41...0x5a, 0x61...0x7a: output.append(0x61)
            case 0x20...0x7e: output.append(byte)
            default: output.append(0x3f)
            }
        }
        return output
    }
}
