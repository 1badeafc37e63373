/// Reads the fixed-width numbers that dates and times are written in, ASCII digits only.
struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Exactly so many digits, or nil and nothing is consumed.
    mutating func number(digits: Int) -> Int? {
        guard bytes.count - position >= digits else { return nil }
        var number = 0
        for byte in bytes[position..<(position + digits)] {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        position += digits
        return number
    }

    /// As many digits as there are (at most `limit`), with how many there were; nil when there is none.
    mutating func number(upTo limit: Int) -> (value: Int, digits: Int)? {
        let count = bytes[position...].prefix(limit).prefix(while: { (0x30...0x39).contains($0) }).count
        guard count > 0, let value = number(digits: count) else { return nil }
        return (value, count)
    }

    /// Steps over one of these characters when it comes next.
    mutating func skip(_ characters: String) -> Bool {
        guard let next, characters.utf8.contains(next) else { return false }
        position += 1
        return true
    }

    /// Steps over this byte when it comes next.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    /// A day as "2025-12-31". Nil when it isn't written so; whether there is such a day is `LocalDate`'s to say.
    mutating func day() -> (year: Int, month: Int, day: Int)? {
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
            let day = number(digits: 2)
        else { return nil }
        return (year, month, day)
    }

    /// A distance from UTC in seconds: "Z", "+01", "+0100", "+01:00", "+01:00:30" (some zones had seconds once).
    mutating func offset() -> Int? {
        if skip("Zz") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2) else { return nil }
        var seconds = hours * 3_600
        for unit in [60, 1] {
            let hasColon = skip(":")
            guard let part = number(digits: 2) else {
                if hasColon { return nil }
                break
            }
            guard part < 60 else { return nil }
            seconds += part * unit
        }
        // No place has ever been further than this from UTC (PostgreSQL draws the line there too).
        guard seconds < 16 * 3_600 else { return nil }
        return sign * seconds
    }

    /// A time of day as seconds after midnight and microseconds: "17:00", "17:00:30", "17:00:30.25".
    mutating func timeOfDay() -> (seconds: Int, microseconds: Int)? {
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60 else {
            return nil
        }
        let seconds = hour * 3_600 + minute * 60
        guard skip(":") else { return (seconds, 0) }
        guard let second = number(digits: 2), second < 60 else { return nil }
        guard skip(".") else { return (seconds + second, 0) }
        guard let (fraction, digits) = number(upTo: 9) else { return nil }
        // Nanoseconds are cut, not rounded: rounding up could move an event into the next year.
        var microseconds = fraction
        for _ in digits..<max(digits, 6) { microseconds *= 10 }
        for _ in 6..<max(digits, 6) { microseconds /= 10 }
        return (seconds + second, microseconds)
    }
}
