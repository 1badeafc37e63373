internal import Values

/// The short names of time zones that PayPal prints. Those that mean several zones (IST, and CST outside America) aren't
/// guessed: CST is America's, because PayPal's is.
enum ZoneAbbreviation {
    /// Hours east of UTC.
    private static let hours: [String: Int] = [
        "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
        "EEST": 3, "MSK": 3, "JST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "PST": -8, "PDT": -7,
        "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "AKST": -9, "AKDT": -8, "HST": -10,
    ]

    /// The instant; nil for a zone that isn't known, or a time that its clocks skipped.
    static func instant(_ local: LocalDateTime, _ zone: String) -> Timestamp? {
        if let hours = hours[zone.uppercased()] {
            guard case .unique(let asUTC) = Zone.utc.resolve(local) else { return nil }
            return asUTC.adding(seconds: Int64(-hours * 3_600))
        }
        guard zone.contains("/"), let named = try? Zone.named(zone) else { return nil }
        switch named.resolve(local) {
        case .unique(let instant), .ambiguous(let instant, _): return instant
        case .nonexistent: return nil
        }
    }
}
