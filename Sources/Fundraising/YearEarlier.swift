public import Postgres
public import Values

/// What came in the same days a year earlier, to be set beside the lines of a report by period.
public struct YearEarlier: Sendable {
    public struct Sum: Sendable, Hashable {
        public let gifts: Int
        public let net: Money
    }

    private struct Series: Hashable {
        let part: String?
        let currency: Currency
    }

    private let report: DonationReport
    private let today: LocalDate
    private let history: [Series: History]

    /// Days in their order, each with all that came up to it: what came between two of them is a difference.
    private struct History {
        var days: [LocalDate] = []
        var gifts: [Int] = [0]
        var minor: [Int128] = [0]

        mutating func append(_ day: LocalDate, _ line: DonationReport.Line) {
            days.append(day)
            gifts.append((gifts.last ?? 0) + line.gifts)
            minor.append((minor.last ?? 0) + Int128(line.net.minor))
        }

        /// The number of days before this one.
        func count(before day: LocalDate) -> Int {
            var (low, high) = (0, days.count)
            while low < high {
                let middle = (low + high) / 2
                if days[middle] < day { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    /// - Parameters:
    ///   - report: by day, month or year; of any other nothing is known.
    ///   - today: a period that isn't over is set beside the same days of the year before.
    /// - Throws: `FundraisingError.totalTooLarge`.
    public init(_ report: DonationReport, today: LocalDate, _ db: Connection) throws {
        self.report = report
        self.today = today
        let daily = DonationReport(
            by: .day, basis: report.basis, from: report.from.map(Self.earlier),
            // A month's last day may lie three days later than the same day of the shorter month.
            to: report.to.map { Self.earlier($0).adding(days: 3) }, split: report.split)
        var history: [Series: History] = [:]
        for line in try daily.lines(db) {
            guard case .period(let day) = line.key else { continue }
            history[Series(part: line.part, currency: line.currency), default: History()].append(day.firstDay, line)
        }
        self.history = history
    }

    /// The days that a line's period is set beside: the first and the last. The whole period where it was counted whole,
    /// else up to the same date; of 29 February the 28th.
    public func days(beside key: DonationReport.Line.Key) -> ClosedRange<LocalDate>? {
        let (first, last): (LocalDate, LocalDate)
        switch key {
        case .period(let period): (first, last) = (period.firstDay, period.lastDay)
        case .year(let year): (first, last) = (year.firstDay, year.lastDay)
        case .name: return nil
        }
        let begins = max(first, report.from ?? first)
        var ends = min(last, report.to ?? last)
        if (begins...max(begins, ends)).contains(today) { ends = min(ends, today) }
        guard begins <= ends else { return nil }
        let isWhole = ends == last && first != last
        let earlierEnd = isWhole ? Self.earlier(ends.adding(days: 1)).adding(days: -1) : Self.earlier(ends)
        return Self.earlier(begins)...max(Self.earlier(begins), earlierEnd)
    }

    /// - Throws: `FundraisingError.totalTooLarge`.
    public func sum(beside line: DonationReport.Line) throws -> Sum? {
        guard let range = days(beside: line.key) else { return nil }
        let history = history[Series(part: line.part, currency: line.currency)] ?? History()
        let begin = history.count(before: range.lowerBound)
        let end = history.count(before: range.upperBound.adding(days: 1))
        guard let minor = Int64(exactly: history.minor[end] - history.minor[begin]) else {
            throw FundraisingError.totalTooLarge
        }
        return Sum(
            gifts: history.gifts[end] - history.gifts[begin], net: Money(minor: minor, currency: line.currency))
    }

    private static func earlier(_ day: LocalDate) -> LocalDate { day.adding(months: -12) }
}
