/// An instant, to the microsecond, as PostgreSQL's timestamptz has it. Which day or hour that is depends on a `Zone`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Seconds since 1970-01-01T00:00:00Z. What is further away than can be said (292,000 years) is held at the edge:
    /// the number may come from a stranger, and must not stop the process.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Reads "2025-12-31T14:00:00+01:00". The offset (or Z) is required: a time without one is a different instant to
    /// every reader. Seconds may be left out, a fraction may have up to nine digits (cut after the sixth), and a space
    /// may stand for the T.
    public init(iso8601 text: some StringProtocol) throws(ValueError) {
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "time", value: String(text), reason: reason)
        }
        var reader = DigitReader(text)
        guard let (year, month, day) = reader.day(), reader.skip("Tt "), let (seconds, fraction) = reader.timeOfDay()
        else { throw refused("write a time as 2025-12-31T14:00:00+01:00") }
        guard let offset = reader.offset(), reader.isAtEnd else {
            throw refused("it needs an offset such as +01:00 or Z at its end")
        }
        guard LocalDate.exists(year, month, day) else { throw refused("there is no such day") }
        let date = LocalDate(uncheckedYear: year, month: month, day: day)
        let whole = Int64(date.daysSince1970) * 86_400 + Int64(seconds - offset)
        microseconds = whole * 1_000_000 + Int64(fraction)
    }

    /// Whole seconds since 1970, rounded towards the past.
    public var seconds: Int64 { microseconds.flooredQuotient(by: 1_000_000) }

    /// Held at the edge of what can be said, as `init(seconds:)` does.
    public func adding(seconds: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(Timestamp(seconds: seconds).microseconds)
        return Timestamp(microseconds: overflow ? (seconds < 0 ? .min : .max) : sum)
    }

    /// "2025-12-31T14:00:00+01:00", with a fraction only when there is one.
    public func iso8601(in zone: Zone) -> String {
        let offset = zone.offset(at: self)
        let wall = LocalDateTime(wallSeconds: seconds + Int64(offset))
        let remainder = microseconds % 1_000_000
        let fraction = remainder < 0 ? remainder + 1_000_000 : remainder
        var text = wall.description
        if fraction != 0 {
            var digits = fraction.padded(to: 6)
            while digits.hasSuffix("0") { digits.removeLast() }
            text += "." + digits
        }
        return text + Zone.offsetText(offset)
    }

    /// The same in UTC: "2025-12-31T13:00:00Z".
    public var description: String {
        let text = iso8601(in: .utc)
        return text.dropLast("+00:00".count) + "Z"
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}
