public import Values

/// A time as people write it: an instant with its offset, or a day or wall time in the publication's zone.
public enum WrittenTime {
    /// Before and after these a year is a slip of the hand, and PostgreSQL's and ISO's four digits are not left.
    static let years = 1900...2199

    public static func instant(_ text: String, in zone: Zone) throws(ValueError) -> Timestamp {
        let instant = try parse(text, in: zone)
        guard years.contains(zone.date(at: instant).year) else {
            throw ValueError(
                kind: "time", value: text,
                reason: "the year is not between \(years.lowerBound) and \(years.upperBound)")
        }
        return instant
    }

    private static func parse(_ text: String, in zone: Zone) throws(ValueError) -> Timestamp {
        if text.utf8.count == 10 { return zone.startOfDay(try LocalDate(text)) }
        if hasOffset(text) { return try Timestamp(iso8601: text) }
        switch zone.resolve(try LocalDateTime(text)) {
        case .unique(let instant): return instant
        // The hour that came twice: nobody wrote which, and both are of the same day.
        case .ambiguous(let earlier, _): return earlier
        case .nonexistent:
            throw ValueError(
                kind: "time", value: text, reason: "the clocks of \(zone) skipped it; write it with its offset")
        }
    }

    private static func hasOffset(_ text: String) -> Bool {
        let time = text.utf8.dropFirst(11)
        return time.last == UInt8(ascii: "Z") || time.last == UInt8(ascii: "z") || time.contains(UInt8(ascii: "+"))
            || time.contains(UInt8(ascii: "-"))
    }
}
