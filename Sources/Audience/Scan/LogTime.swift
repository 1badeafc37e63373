/// Reads `17/May/2015:10:05:03 +0000`, keeping the minute it read last: in a log most lines share it.
struct LogTime {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var colon: UInt8 = 0
    private var zone: UInt64 = 0
    private var minute: Int64 = 0

    /// How many bytes stand between the brackets.
    static let length = 26
    /// Years outside are taken for damage, not for dates.
    static let years = 1990...2200

    /// Seconds since 1970, or `.min` for a date that doesn't exist.
    @inline(__always)
    mutating func seconds(_ text: ByteRange) -> Int64 {
        // dd/Mon/yyyy:HH:MM:SS +zzzz: 0..<17 is the minute, 18..<20 the seconds, 20..<26 the offset.
        if text.word(at: 0) != first || text.word(at: 8) != second || text[16] != colon
            || (text.word(at: 18) & 0xffff_ffff_ffff_0000) != zone
        {
            guard let read = LogTime.minute(text) else { return .min }
            minute = read
            first = text.word(at: 0)
            second = text.word(at: 8)
            colon = text[16]
            zone = text.word(at: 18) & 0xffff_ffff_ffff_0000
        }
        guard text[17] == 0x3a else { return .min }
        let seconds = LogTime.two(text, 18)
        guard seconds >= 0, seconds < 60 else { return .min }
        return minute &+ Int64(seconds)
    }

    /// The instant at which the minute began.
    private static func minute(_ text: ByteRange) -> Int64? {
        guard text[2] == 0x2f, text[6] == 0x2f, text[11] == 0x3a, text[14] == 0x3a, text[20] == 0x20 else { return nil }
        let day = two(text, 0)
        let year = two(text, 7) * 100 + two(text, 9)
        let hour = two(text, 12)
        let minutes = two(text, 15)
        guard let month = month(text), year >= 0, two(text, 9) >= 0, years.contains(year) else { return nil }
        guard day >= 1, day <= length(month, year), (0..<24).contains(hour), (0..<60).contains(minutes) else {
            return nil
        }
        let zoneHour = two(text, 22)
        let zoneMinutes = two(text, 24)
        // No place on earth is further than fourteen hours from Greenwich.
        guard (0...14).contains(zoneHour), (0..<60).contains(zoneMinutes) else { return nil }
        let sign: Int64
        switch text[21] {
        case 0x2b: sign = 1
        case 0x2d: sign = -1
        default: return nil
        }
        let local = Int64(days(year, month, day)) * 86_400 + Int64(hour * 3600 + minutes * 60)
        return local - sign * Int64(zoneHour * 3600 + zoneMinutes * 60)
    }

    @inline(__always)
    private static func two(_ text: ByteRange, _ offset: Int) -> Int {
        let tens = text[offset] &- 0x30
        let ones = text[offset + 1] &- 0x30
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : -1
    }

    private static let months: [UInt32] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
        "dec",
    ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

    private static func month(_ text: ByteRange) -> Int? {
        let name = (3..<6).reduce(UInt32(0)) { $0 << 8 | UInt32(ByteRange.folded(text[$1])) }
        return months.firstIndex(of: name).map { $0 + 1 }
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
