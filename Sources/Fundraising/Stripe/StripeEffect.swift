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

    var booking: Booking {
        Booking(
            db: db, processor: StripeEvent.processor, isLive: event.isLive, source: .event(inbox), origin: origin)
    }

    func claim(_ names: [String?]) throws -> ProcessorReferences { try booking.claim(names) }
    func wake(_ references: ProcessorReferences) throws { try booking.wake(references) }

    func attribute(_ gift: Int64, to giver: PaymentGiver, _ references: inout ProcessorReferences) throws {
        try booking.attribute(gift, to: giver, &references)
    }

    func donor(_ giver: PaymentGiver, _ references: ProcessorReferences) throws -> Int64? {
        try booking.donor(giver, references)
    }

    @discardableResult
    func post(
        _ kind: Posting.Kind, _ amount: Money, gift: Int64?, at time: Timestamp, id: String, phase: String = ""
    ) throws -> Bool {
        try booking.post(kind, amount, gift: gift, at: time, id: id, phase: phase)
    }

    func pay(_ payment: StripePayment) throws {
        let amount = try StripeAmount(db, payment.currency).money(payment.amount)
        let paid = try booking.pay(payment.said(as: amount))
        // The processor's fee, where the event writes it out; mostly it comes with the payout.
        guard let transaction = object.object("balance_transaction"), let id = transaction.id,
            let fee = transaction.integer("fee"), fee > 0
        else { return }
        let charged = try StripeAmount(db, transaction.text("currency")).money(fee)
        try post(.fee, charged, gift: paid.gift, at: payment.at, id: id)
    }

    func money(_ field: String) throws -> Money {
        guard let amount = object.integer(field) else { throw EffectProblem.unreadable("it has no \(field)") }
        return try StripeAmount(db, object.text("currency")).money(amount)
    }

    /// The gift, or the reason to wait for it.
    func gift(_ references: ProcessorReferences, of names: [String?]) throws -> Int64 {
        let names = names.compactMap { $0 }
        guard !names.isEmpty else { throw EffectProblem.unreadable("it names no payment") }
        if let gift = try references.gift(of: names) { return gift }
        throw EffectProblem.waiting(for: names, "its payment isn't known yet")
    }
}
