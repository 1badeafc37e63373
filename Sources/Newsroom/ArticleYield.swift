import Audience
public import Fundraising
public import Postgres
public import Values

/// What an article brought beside how often it was viewed.
public struct ArticleYield: Sendable, Hashable {
    public let credit: CreditReport.Line
    /// Page views in the months of the report's year; nil where there were none, or nobody asked.
    public let views: Int64?

    /// Net for a thousand views, rounded once; nil without views.
    public var perThousand: Money? {
        guard let views, views > 0 else { return nil }
        let ratio = Ratio(Int128(credit.net.minor) * 1_000, of: Int128(views))
        return ratio.rounded.map { Money(minor: $0, currency: credit.currency) }
    }

    public init(credit: CreditReport.Line, views: Int64?) {
        self.credit = credit
        self.views = views
    }

    /// The report's lines, with views if they are asked for (of articles only).
    public static func lines(
        _ report: CreditReport, _ db: Connection, withViews: Bool
    ) throws -> [ArticleYield] {
        let credits = try report.lines(db)
        guard withViews, report.key == .article else { return credits.map { ArticleYield(credit: $0, views: nil) } }
        let top = TopReport(
            by: .article, limit: Self.most, from: Period(.month, containing: report.year.firstDay),
            to: Period(.month, containing: report.year.lastDay))
        let views = try Dictionary(top.lines(db).map { ($0.key, Int64($0.views)) }) { first, _ in first }
        return credits.map { credit in ArticleYield(credit: credit, views: credit.name.flatMap { views[$0] }) }
    }

    /// More articles than any magazine has.
    private static let most = 10_000_000
}
