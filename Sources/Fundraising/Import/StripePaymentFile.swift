internal import Postgres
internal import Values

/// Stripe's payments export: one line for each payment that was tried.
///
/// Money lands under the payment's own id, where its events put it too. Fees aren't taken from here: they are named by
/// their balance transactions, which only events and the itemised payouts tell.
struct StripePaymentFile: RecordFormat {
    static let source = "stripe-payments"
    let columns: [RecordColumn] = [
        .required("id"), .required("Created date (UTC)", "Created (UTC)"), .required("Amount"),
        .required("Currency"), .required("Status"), .optional("Amount Refunded"), .optional("Captured"),
        .optional("Refunded date (UTC)"), .optional("Customer Email"), .optional("Customer ID"),
        .optional("Customer Name", "Card Name"), .optional("PaymentIntent ID", "Payment Intent ID"),
        .optional("Invoice ID"), .optional("Payment Source Type", "Payment Method Type"), .optional("Mode"),
    ]
    static let kinds = ["gifts", "refunds"]

    struct Line {
        let line: Int
        let payment: Payment
        let isLive: Bool
        /// Given back so far.
        let refunded: Money
        let refundedAt: Timestamp?
    }

    /// A payment that was refunded or is disputed was paid.
    private static let paid: Set<String> = [
        "paid", "succeeded", "refunded", "partially refunded", "partial refund", "partially_refunded", "disputed",
        "dispute won", "dispute lost", "early fraud warning",
    ]
    private static let unpaid: Set<String> = [
        "failed", "canceled", "cancelled", "incomplete", "blocked", "expired", "pending", "processing", "uncaptured",
    ]

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        guard let status = row.required("Status")?.lowercased() else { return nil }
        guard Self.paid.contains(status) else {
            if Self.unpaid.contains(status) || status.hasPrefix("requires") { return .skipped("status \(status)") }
            row.refuse(
                "Status", "whether that was paid isn't known; paid are \(Self.paid.sorted().joined(separator: ", "))")
            return nil
        }
        if let captured = row["Captured"]?.lowercased(), captured != "true" { return .skipped("not captured") }
        let isLive = mode(&row)
        let (id, intent, invoice) = (row.requiredID("id"), row.id("PaymentIntent ID"), row.id("Invoice ID"))
        let at = row.utc("Created date (UTC)")
        let giver = PaymentGiver(
            customer: row.id("Customer ID"), email: row.email("Customer Email"), name: row.name("Customer Name"))
        guard let currency = row.currency("Currency") else { return nil }
        let amount = row.amount("Amount", currency)
        if let amount, amount.minor <= 0 { row.refuse("Amount", "it must be more than nothing") }
        var refunded: Money? = Money(minor: 0, currency: currency)
        if row["Amount Refunded"] != nil { refunded = row.amount("Amount Refunded", currency) }
        if let refunded, let amount, refunded.minor < 0 || refunded.minor > amount.minor {
            row.refuse("Amount Refunded", "it isn't part of the \(amount) that were paid")
        }
        let refundedAt = row["Refunded date (UTC)"] == nil ? nil : row.utc("Refunded date (UTC)")
        guard row.mistakes.isEmpty, let isLive, let id, let at, let amount, let refunded else { return nil }
        let payment = Payment(
            identity: intent ?? id, names: [intent, id, invoice], amount: amount, at: at,
            method: row["Payment Source Type"]?.lowercased() ?? "card", giver: giver)
        return .item(
            Line(line: row.line, payment: payment, isLive: isLive, refunded: refunded, refundedAt: refundedAt))
    }

    private func mode(_ row: inout RecordRow) -> Bool? {
        switch row["Mode"]?.lowercased() {
        case nil, "live", "true": return true
        case "test", "false": return false
        default:
            row.refuse("Mode", "it is Live or Test")
            return nil
        }
    }

    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        for line in lines {
            let booking = desk.booking(of: StripeEvent.processor, isLive: line.isLive, line: line.line)
            guard let paid = try desk.pay(line.payment, booking, ofLine: line.line, amountColumn: "Amount") else {
                continue
            }
            do {
                if try booking.refunded(line.refunded, of: line.payment, gift: paid.gift, until: line.refundedAt) {
                    desk.count("refunds", ofLine: line.line)
                }
            } catch FundraisingError.refundAboveCharge {
                desk.refuse(
                    FileMistake(
                        line: line.line, column: "Amount Refunded", value: line.refunded.amountText,
                        reason: "more would be given back than was received"))
                // The statement that failed spoilt the transaction: the rest isn't tried.
                return
            }
        }
    }
}
