public import Postgres
internal import Values

extension Budget {
    /// What holds now, by figure, period and currency.
    public static func load(_ db: Connection) throws -> Budget {
        Budget(
            try db.rows(
                """
                SELECT b.figure, b.starts, b.months::bigint, b.currency, b.amount_minor FROM fundraising.budget b \
                ORDER BY b.figure, b.starts, b.months DESC, b.currency
                """
            ) { row in
                let figure = try row.next(BudgetLine.Figure.self)
                let starts = try row.next(LocalDate.self)
                let months = try row.next(Int.self)
                let currency = try row.next(Currency.self)
                return BudgetLine(
                    figure, .init(starts: starts, months: months), Money(minor: try row.next(), currency: currency))
            })
    }
}
