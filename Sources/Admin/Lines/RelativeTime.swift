import Values

/// Times as a person says them: `5 min ago`, `in 3 h`; a date once counting days stops helping.
enum RelativeTime {
    /// `time` seen from `now`; beyond 30 days the date in `zone`.
    static func text(_ time: Timestamp, now: Timestamp, zone: Zone) -> String {
        let difference = time.microseconds.subtractingReportingOverflow(now.microseconds)
        let seconds = difference.partialValue / 1_000_000
        guard !difference.overflow, abs(seconds) < 30 * 86_400 else { return zone.local(at: time).date.description }
        let amount =
            switch abs(seconds) {
            case 0..<60: ""
            case 60..<3_600: "\(abs(seconds) / 60) min"
            case 3_600..<86_400: "\(abs(seconds) / 3_600) h"
            case 86_400..<172_800: "1 day"
            default: "\(abs(seconds) / 86_400) days"
            }
        if amount.isEmpty { return "now" }
        return seconds < 0 ? "\(amount) ago" : "in \(amount)"
    }
}
