/// Finds what looks like a card number: 13 to 19 digits with a right check digit (ISO/IEC 7812-1, Luhn), written
/// together or in groups with a space or hyphen between. Such a text is refused and never repeated: once it is in the
/// database, every backup of it falls under the card industry's rules.
enum CardNumber {
    private static let lengths = 13...19

    static func isContained(in text: String) -> Bool {
        var digits: [UInt8] = []
        var gap = false
        for byte in text.utf8 {
            if (0x30...0x39).contains(byte) {
                digits.append(byte - 0x30)
                gap = false
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-"), !gap, !digits.isEmpty {
                gap = true
            } else {
                if isCard(digits) { return true }
                digits.removeAll(keepingCapacity: true)
                gap = false
            }
        }
        return isCard(digits)
    }

    private static func isCard(_ digits: [UInt8]) -> Bool {
        guard lengths.contains(digits.count), digits.contains(where: { $0 != 0 }) else { return false }
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit)
            sum += place.isMultiple(of: 2) ? value : (value > 4 ? 2 * value - 9 : 2 * value)
        }
        return sum.isMultiple(of: 10)
    }
}
