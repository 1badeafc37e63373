public import Values

/// What a campaign still needs, as of a day.
public struct CampaignPace: Sendable, Hashable {
    /// Goal less net; never less than nothing.
    public let left: Money
    /// From today to the campaign's last day, both counted; before it begins all its days, nil when it has no end.
    public let daysLeft: Int?
    /// What each of the days left has to bring, rounded up to the minor unit; nil when there is none left.
    public let neededPerDay: Money?
    /// How much of the campaign's time is over, in percent with one decimal, cut and not rounded; nil when it has no
    /// beginning or no end.
    public let timeText: String?
    /// How high the thermometer stands: 0 to 100, cut and not rounded.
    public let thermometer: Int
}

extension CampaignProgress {
    public func pace(on today: LocalDate) -> CampaignPace {
        let left = max(Int128(campaign.goal.minor) - Int128(net.minor), 0)
        let daysLeft = campaign.ends.map { ends in
            max(0, ends.daysSince1970 - max(today, campaign.starts ?? today).daysSince1970 + 1)
        }
        let needed = daysLeft.flatMap { days in
            days > 0 ? Int64(exactly: (left + Int128(days) - 1) / Int128(days)) : nil
        }
        let currency = campaign.goal.currency
        return CampaignPace(
            // Debts beyond the goal's own size are told as the largest amount there is.
            left: Money(minor: Int64(clamping: left), currency: currency), daysLeft: daysLeft,
            neededPerDay: needed.map { Money(minor: $0, currency: currency) }, timeText: timeText(today),
            thermometer: Int(min(max(Int128(net.minor), 0) * 100 / Int128(campaign.goal.minor), 100)))
    }

    private func timeText(_ today: LocalDate) -> String? {
        guard let starts = campaign.starts, let ends = campaign.ends else { return nil }
        let all = ends.daysSince1970 - starts.daysSince1970 + 1
        let over = min(max(today.daysSince1970 - starts.daysSince1970, 0), all)
        let tenths = over * 1_000 / all
        return "\(tenths / 10).\(tenths % 10)"
    }
}
