public import Postgres
internal import Values

extension JournalExport {
    /// By day; of a day first what came and went, by currency, then each payout; debits before credits.
    ///
    /// - Throws: `FundraisingError.totalTooLarge`.
    public func lines(_ db: Connection) throws -> [Line] {
        // A payout and one that failed are entries of their own, as they are on the bank's statement.
        try withinRange {
            try db.rows(
                """
                SELECT s.payout, s.day, s.currency, s.account::text, s.is_debit, sum(s.amount_minor)::bigint FROM (\
                SELECT CASE WHEN e.kind IN ('payout', 'payout_failed') THEN e.id END AS payout, \
                e.posting_date AS day, t.currency, a.account, a.is_debit, t.amount_minor \
                FROM fundraising.entry e JOIN fundraising.transfer t ON t.entry_id = e.id \
                CROSS JOIN LATERAL (VALUES (t.debit, true), (t.credit, false)) AS a (account, is_debit) \
                WHERE e.live AND e.posting_date BETWEEN \(from) AND \(to)) s GROUP BY 1, 2, 3, 4, 5 \
                ORDER BY 2, 1 NULLS FIRST, 3, 5 DESC, 4
                """
            ) { row in
                let payout = try row.next(Int64?.self)
                let day = try row.next(LocalDate.self)
                let currency = try row.next(Currency.self)
                let account = try row.next(String.self)
                let isDebit = try row.next(Bool.self)
                let stem = payout.map { "P\($0)" } ?? "D" + day.description.filter { $0 != "-" }
                return Line(
                    number: "\(stem)-\(currency.code)", day: day, account: accounts.names[account] ?? account,
                    side: isDebit ? .debit : .credit, amount: Money(minor: try row.next(), currency: currency),
                    memo: payout.map { "Payout, entry \($0)" } ?? "Gifts, refunds and fees of \(day)")
            }
        }
    }
}
