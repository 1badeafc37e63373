import Access
import ArgumentParser
import Fundraising
import Newsroom
import Postgres
import Values

/// `--year`: a year as 2026, or one of the organisation's own as fiscal:2026; `tax` or `fiscal` alone for the present
/// one.
struct YearOption: Sendable {
    let calendar: ReportYear.Calendar
    /// Nil for the present one.
    let number: Int?

    static let help: ArgumentHelp =
        "2026, or fiscal:2026 for the organisation's own year; tax or fiscal for the present one."

    init(_ text: String) throws {
        func refused() -> ValueError {
            ValueError(kind: "year", value: text, reason: "write 2026, fiscal:2026, tax or fiscal")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let calendar = parts.first.flatMap { ReportYear.Calendar(rawValue: $0) }
        guard parts.count <= 2, let last = parts.last, parts.count == 1 || calendar != nil else { throw refused() }
        self.calendar = calendar ?? .tax
        if parts.count == 1, calendar != nil {
            number = nil
        } else {
            guard last.utf8.count == 4, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let year = Int(last),
                year > 1
            else { throw refused() }
            number = year
        }
    }

    func year(_ context: CommandContext) throws -> ReportYear {
        let start = try context.newsroom.settings.fiscalYearStart
        guard let number else {
            return try ReportYear(calendar, containing: context.zone.date(at: context.now), startMonth: start)
        }
        return try ReportYear(number, calendar, startMonth: start)
    }
}

extension SmallSums {
    /// Which lines of a report are kept from somebody. Where the lines are the parts of a whole that another report
    /// tells, so are those that would give one away by subtraction.
    ///
    /// - Parameter whole: what a line is a part of: its currency, and its period where there are several.
    static func kept<Line, Whole: Hashable>(
        from actor: Actor, _ lines: [Line], isSplit: Bool, whole: (Line) -> Whole, gifts: (Line) -> Int,
        isNothing: (Line) -> Bool
    ) -> Set<Int> {
        var kept: Set<Int> = []
        for (_, own) in Dictionary(grouping: lines.indices, by: { whole(lines[$0]) }) {
            let parts = own.map { (gifts: gifts(lines[$0]), isNothing: isNothing(lines[$0])) }
            if isSplit {
                kept.formUnion(Self.kept(from: actor, parts).map { own[$0] })
            } else {
                kept.formUnion(
                    zip(own, parts).filter { areKept(from: actor, gifts: $0.1.gifts, isNothing: $0.1.isNothing) }
                        .map(\.0))
            }
        }
        return kept
    }
}

extension Field {
    /// A percentage that may not be there.
    static func percent(_ ratio: Ratio) -> Field { ratio.percentText.map { .number($0) } ?? .null }

    /// Money, or nothing where it is kept from whoever asks.
    static func money(_ money: Money?) -> Field { money.map { .money($0) } ?? .null }
}
