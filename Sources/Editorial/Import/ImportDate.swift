internal import Values

/// When something was published, as a front matter or a file name says it.
enum ImportDate: Equatable {
    /// Only the day is known.
    case day(LocalDate)
    /// A clock without offset: the publication's.
    case wall(LocalDateTime)
    /// An instant, and the day on the clock that wrote it.
    case instant(Timestamp, written: LocalDate)

    /// Reads the forms of YAML 1.1's timestamp and ISO 8601: "2015-01-08", "2015-06-11 11:30:00 -4",
    /// "2014-03-21T12:00:00-04:00", "2016-02-01T09:00Z".
    init(_ text: String) throws(ValueError) {
        let date = try LocalDate(text.prefix(10))
        let rest = String(text.dropFirst(10))
        guard let first = rest.first else {
            self = .day(date)
            return
        }
        guard first == "T" || first == "t" || first.isWhitespace else {
            throw ValueError(kind: "date", value: text, reason: "write it as 2025-12-31 or 2025-12-31T14:00:00+01:00")
        }
        let clock = rest.dropFirst().trimmedFront()
        let end = clock.firstIndex { "+-Zz ".contains($0) } ?? clock.endIndex
        let time = clock[..<end]
        let offset = clock[end...].trimmedFront()
        guard !offset.isEmpty else {
            self = .wall(try LocalDateTime("\(date) \(time)"))
            return
        }
        self = .instant(try Timestamp(iso8601: "\(date)T\(time)\(Self.padded(offset))"), written: date)
    }

    /// "-4", "-0400" and "-04" as "-04:00".
    private static func padded(_ offset: Substring) -> String {
        guard let sign = offset.first, sign == "+" || sign == "-" else { return String(offset) }
        let parts = offset.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first else { return String(offset) }
        let (hours, minutes): (Substring, Substring) =
            parts.count > 1 ? (first, parts[1]) : first.count == 4 ? (first.prefix(2), first.suffix(2)) : (first, "00")
        return "\(sign)\(hours.count == 1 ? "0" : "")\(hours):\(minutes)"
    }

    /// The day a file name begins with: "2014-12-10-title.md".
    init?(fileName: String) {
        guard fileName.dropFirst(10).first == "-", let date = try? LocalDate(fileName.prefix(10)) else {
            return nil  // A name without a date is no error: the front matter may have one.
        }
        self = .day(date)
    }

    /// The day it was written under, which its path has.
    var writtenDay: LocalDate {
        switch self {
        case .day(let date): date
        case .wall(let wall): wall.date
        case .instant(_, let date): date
        }
    }

    /// A day is its midnight in the publication's zone. A wall time that never was, or was twice, is the earlier
    /// reading: nothing else in the file tells.
    func instant(in zone: Zone) -> Timestamp {
        switch self {
        case .day(let date): zone.startOfDay(date)
        case .instant(let instant, _): instant
        case .wall(let wall):
            switch zone.resolve(wall) {
            case .unique(let instant): instant
            case .ambiguous(let earlier, _): earlier
            case .nonexistent(let before, _): before
            }
        }
    }
}

extension Substring {
    fileprivate func trimmedFront() -> Substring { drop { $0.isWhitespace } }
}
