internal import Journal
internal import Postgres
internal import Values

/// One event being applied: what it may use, and the steps that several kinds of event share.
struct StripeEffect {
    let db: Connection
    let event: StripeEvent
    let inbox: Int64
    let origin: Origin

    var object: StripeObject { event.object }

    /// What it did, when it isn't plain from the books.
    enum Outcome {
        case applied
        case ignored(String)
    }

    /// - Throws: ``EffectProblem``; `FundraisingError.refundAboveCharge`. What was written so far has to be undone then.
    func apply() throws -> Outcome {
        switch event.type {
        case "payment_intent.succeeded": try pay(StripePayment(intent: object, event: event))
        case "charge.succeeded": try pay(StripePayment(charge: object, event: event))
        case "checkout.session.completed", "checkout.session.async_payment_succeeded": return try checkOut()
        case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated": return try refund()
        case "charge.refunded": try compareRefunds()
        case "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed": try moveDispute()
        case "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated": try disputeMoney()
        case "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed": try takeInvoice()
        case "invoice_payment.paid": try takeInvoicePayment()
        case let type where type.hasPrefix("customer.subscription."): return try takeSubscription()
        case "payout.paid", "payout.failed": return try payOut()
        default: return .ignored("events of this type change nothing here")
        }
        return .applied
    }

    // MARK: Steps

    func claim(_ names: [String?]) throws -> StripeReferences {
        try StripeReferences(db, names, isLive: event.isLive)
    }

    func money(_ field: String) throws -> Money {
        guard let amount = object.integer(field) else { throw EffectProblem.unreadable("it has no \(field)") }
        return try StripeAmount(db, object.text("currency")).money(amount)
    }

    /// The gift, or the reason to wait for it.
    func gift(_ references: StripeReferences, of names: [String?]) throws -> Int64 {
        let names = names.compactMap { $0 }
        guard !names.isEmpty else { throw EffectProblem.unreadable("it names no payment") }
        if let gift = try references.gift(of: names) { return gift }
        throw EffectProblem.waiting(for: names, "its payment isn't known yet")
    }

    /// What waits for any of these names is tried again. An event that somebody is applying just now holds one of these
    /// names' locks after us, and will see for itself.
    func wake(_ references: StripeReferences) throws {
        try db.run(
            """
            UPDATE fundraising.webhook_inbox SET state = 'new', reason = NULL WHERE id IN (\
            SELECT i.id FROM fundraising.webhook_inbox i WHERE i.state = 'parked' AND i.id <> \(inbox) \
            AND i.id IN (SELECT w.inbox_id FROM fundraising.webhook_wait w \
            WHERE w.external_id = ANY (\(references.ids))) ORDER BY i.id FOR UPDATE SKIP LOCKED)
            """)
    }

    @discardableResult
    func post(
        _ kind: Posting.Kind, _ amount: Money, gift: Int64?, at time: Timestamp, id: String, phase: String = ""
    ) throws -> Bool {
        try Posting(
            kind: kind, gift: gift, amount: amount, occurredAt: time, externalID: id, phase: phase,
            isLive: event.isLive, inbox: inbox
        ).make(db, by: origin)
    }
}
