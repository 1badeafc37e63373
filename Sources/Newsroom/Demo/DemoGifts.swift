public import Values

/// Two years of gifts to a made newsroom, as the CSV that `donations import --from gifts` reads; the same for the same
/// seed. Some donors give every month, some at the end of the year, a few take it back.
public struct DemoGifts: Sendable {
    let from: LocalDate
    let days: Int
    let zone: Zone
    /// The campaign of the last December, if one is named.
    let campaign: Slug?
    /// What a gift may have been moved by.
    let articles: [Slug]
    private var random: SeededRandom

    public init(from: LocalDate, days: Int, zone: Zone, campaign: Slug?, articles: [Slug], seed: UInt64) {
        self.from = from
        self.days = days
        self.zone = zone
        self.campaign = campaign
        self.articles = articles
        random = SeededRandom(seed: seed)
    }

    public static let header =
        "external_id,donor_email,donor_name,given_at,amount,currency,method,campaign,appeal,article,"
        + "refunded_amount,refunded_at"

    /// The whole file, header first.
    public mutating func csv() -> String {
        var lines = [Self.header]
        for day in 0..<days {
            let date = from.adding(days: day)
            for donor in 1...monthlyDonors(day) where donor % 28 == date.day % 28 && date.day <= 28 {
                lines.append(
                    row(lines.count, date, donor: donor, minor: Int64(500 * (1 + donor % 6)), inCampaign: false))
            }
            let isYearEnd = date.month == 12
            let inCampaign = isYearEnd && days - day <= 366
            let expected = (isYearEnd ? 3.0 + Double(date.day) / 6 : 0.8) * (1 + Double(day) / Double(days))
            for _ in 0..<Int(expected * Double.random(in: 0...2, using: &random)) {
                let donor = 200 + Int.random(in: 0..<400, using: &random)
                let choices: [Int64] = [1_000, 2_500, 2_500, 5_000, 5_000, 10_000, 25_000, 100_000]
                let minor = choices[Int.random(in: 0..<choices.count, using: &random)]
                lines.append(row(lines.count, date, donor: donor, minor: minor, inCampaign: inCampaign))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func monthlyDonors(_ day: Int) -> Int { 40 + day / 6 }

    private mutating func row(_ number: Int, _ date: LocalDate, donor: Int, minor: Int64, inCampaign: Bool) -> String {
        let instant = zone.startOfDay(date).adding(seconds: Int64.random(in: 3_600..<82_800, using: &random))
        let article =
            articles.isEmpty || Int.random(in: 0..<2, using: &random) == 0
            ? "" : articles[Int.random(in: 0..<articles.count, using: &random)].text
        let isRefunded = Int.random(in: 0..<60, using: &random) == 0
        let fields = [
            "demo-\(number)", "donor\(donor)@example.org", "Donor \(donor)", instant.iso8601(in: zone), amount(minor),
            "USD",
            donor % 5 == 0 ? "check" : "card", inCampaign ? campaign?.text ?? "" : "", "", article,
            isRefunded ? amount(minor) : "", isRefunded ? instant.adding(seconds: 9 * 86_400).iso8601(in: zone) : "",
        ]
        return fields.joined(separator: ",")
    }

    private func amount(_ minor: Int64) -> String {
        let cents = minor % 100
        return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
