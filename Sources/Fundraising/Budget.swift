public import Postgres
public import Values

/// What the organisation means to bring in, of one figure in one month or year.
public struct BudgetLine: Sendable, Hashable {
    /// What a report answers and a budget foresees.
    public enum Figure: String, Sendable, CaseIterable, PostgresCodable {
        case giftYear = "gift-year"
        case cash, gross
        /// What plans bring a month, at its end.
        case mrr

        public init(_ basis: DonationReport.Basis) {
            switch basis {
            case .giftYear: self = .giftYear
            case .cash: self = .cash
            case .gross: self = .gross
            }
        }
    }

    /// A month or twelve, from a month's first day.
    public struct Span: Sendable, Hashable, CustomStringConvertible {
        public let starts: LocalDate
        public let months: Int

        /// A month as `2026-03`, a year as `2026`, the organisation's own as `fiscal:2026`.
        ///
        /// - Parameter fiscalYearStart: 1 to 12, the month in which a fiscal year begins.
        public init(_ text: String, fiscalYearStart: Int) throws(ValueError) {
            let refused = ValueError(
                kind: "period", value: text, reason: "write a month as 2026-03, a year as 2026 or fiscal:2026")
            let fiscal = "fiscal:"
            if text.hasPrefix(fiscal) {
                let digits = text.dropFirst(fiscal.count)
                guard digits.utf8.count == 4, let number = Int(digits) else { throw refused }
                starts = try ReportYear(number, .fiscal, startMonth: fiscalYearStart).firstDay
                months = 12
                return
            }
            let period: Period
            do { period = try Period(text) } catch { throw refused }
            switch period.granularity {
            case .month: months = 1
            case .year: months = 12
            case .day, .hour: throw refused
            }
            starts = period.firstDay
        }

        init(starts: LocalDate, months: Int) {
            self.starts = starts
            self.months = months
        }

        /// A year that begins in another month than January is told by its months.
        public var description: String {
            let first = Period(.month, containing: starts)
            if months == 1 { return first.description }
            if starts.month == 1 { return "\(starts.year)" }
            return "\(first)/\(Period(.month, containing: starts.adding(months: months - 1)))"
        }
    }

    public let figure: Figure
    public let span: Span
    public let amount: Money

    public init(_ figure: Figure, _ span: Span, _ amount: Money) {
        self.figure = figure
        self.span = span
        self.amount = amount
    }
}

/// What is foreseen, to be set beside what came.
public struct Budget: Sendable {
    struct Key: Hashable {
        let figure: BudgetLine.Figure
        let span: BudgetLine.Span
        let currency: Currency
    }

    public let lines: [BudgetLine]
    private let amounts: [Key: Money]

    init(_ lines: [BudgetLine]) {
        self.lines = lines
        amounts = Dictionary(
            lines.map { (Key(figure: $0.figure, span: $0.span, currency: $0.amount.currency), $0.amount) }
        ) { first, _ in first }
    }

    /// Of a month, what was said of it. Of twelve months, what was said of them together, else their sum when every one
    /// of them has a budget; else nil. Of anything else nil.
    public func amount(_ figure: BudgetLine.Figure, from first: LocalDate, to last: LocalDate, _ currency: Currency)
        -> Money?
    {
        func said(_ starts: LocalDate, _ months: Int) -> Money? {
            amounts[Key(figure: figure, span: .init(starts: starts, months: months), currency: currency)]
        }
        guard first.day == 1 else { return nil }
        let end = last.adding(days: 1)
        if end == first.adding(months: 1) { return said(first, 1) }
        guard end == first.adding(months: 12) else { return nil }
        if let whole = said(first, 12) { return whole }
        let months = (0..<12).compactMap { said(first.adding(months: $0), 1) }
        guard months.count == 12 else { return nil }
        // A year's budget that doesn't fit isn't one.
        return try? months.dropFirst().reduce(months[0]) { try $0.adding($1) }
    }
}
