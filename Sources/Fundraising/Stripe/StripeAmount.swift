internal import Postgres
internal import Values

/// How Stripe counts a currency: it may have fewer or more decimals there than ISO 4217 gives it, or go in steps.
struct StripeAmount {
    private let currency: Currency
    private let exponent: Int
    private let step: Int64

    /// - Parameter code: as in the event, `usd`.
    /// - Throws: ``EffectProblem/doubtful(_:)`` for a currency we don't know how Stripe counts.
    init(_ db: Connection, _ code: String?) throws {
        guard let code, let currency = try? Currency(code) else {
            throw EffectProblem.doubtful("the currency '\(code ?? "")' is unknown")
        }
        let rule = try db.row(
            "SELECT processor_exponent, processor_step FROM fundraising.currency WHERE code = \(currency.code)"
        ) { row in (exponent: try row.next(Int?.self), step: try row.next(Int64.self)) }
        guard let rule, let exponent = rule.exponent else {
            throw EffectProblem.doubtful("how Stripe counts \(currency.code) isn't known")
        }
        self.currency = currency
        self.exponent = exponent
        step = rule.step
    }

    /// An amount of theirs as ours.
    ///
    /// - Throws: ``EffectProblem/doubtful(_:)`` when it can't be said exactly.
    func money(_ amount: Int64) throws(EffectProblem) -> Money {
        // Twelve digits are the most that Stripe charges, in any currency.
        guard amount <= 999_999_999_999 else { throw .doubtful("\(amount) of \(currency.code) is too much") }
        guard amount.isMultiple(of: step) else {
            throw .doubtful("\(amount) of \(currency.code) isn't a multiple of \(step)")
        }
        var minor = amount
        for _ in exponent..<max(exponent, currency.exponent) {
            let (product, overflow) = minor.multipliedReportingOverflow(by: 10)
            guard !overflow else { throw .doubtful("\(amount) of \(currency.code) is too much") }
            minor = product
        }
        for _ in currency.exponent..<max(exponent, currency.exponent) {
            guard minor.isMultiple(of: 10) else {
                throw .doubtful("\(amount) of \(currency.code) isn't a whole number of its smallest unit")
            }
            minor /= 10
        }
        return Money(minor: minor, currency: currency)
    }
}
