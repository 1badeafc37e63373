internal import Postgres
internal import Values

/// Money that goes back: refunds and disputes.
extension StripeEffect {
    /// A refund counts once under its own id; one that failed comes back under the same.
    func refund() throws -> Outcome {
        guard let id = object.id else { throw EffectProblem.unreadable("the refund has no id") }
        let status = object.text("status") ?? ""
        guard ["succeeded", "pending", "failed", "canceled"].contains(status) else {
            return .ignored("a refund that is '\(status)' moves no money yet")
        }
        let parents = [object.id("charge"), object.id("payment_intent")]
        var references = try claim(parents + [id])
        let gift = try gift(references, of: parents)
        try references.bind([id], gift: gift)
        let amount = try money("amount")
        let at = try object.time("created") ?? event.createdAt
        // A file may have told of it in a sum.
        if try !booking.isTold(refund: id, amount, of: gift, at: at) {
            try post(.refund, amount, gift: gift, at: at, id: id)
        }
        if status == "failed" || status == "canceled" {
            try post(.refundFailed, amount, gift: gift, at: event.createdAt, id: id)
        }
        try wake(references)
        return .applied
    }

    /// What the charge says was given back so far, held against what we know. It brings no money itself: refunds do,
    /// each under its id.
    func compareRefunds() throws {
        let names = [object.id, object.id("payment_intent")]
        let references = try claim(names)
        let gift = try gift(references, of: names)
        let told = try money("amount_refunded")
        let (known, before, hasTold) = try db.one(
            """
            SELECT coalesce(-sum(amount_minor), 0)::bigint, \
            coalesce(-sum(amount_minor) FILTER (WHERE occurred_at < \(event.createdAt)), 0)::bigint, \
            coalesce(bool_or(phase LIKE 'told %'), false) FROM fundraising.entry \
            WHERE gift_id = \(gift) AND kind IN ('refund', 'refund_failed')
            """
        ) { (try $0.next(Int64.self), try $0.next(Int64.self), try $0.next(Bool.self)) }
        guard told.minor <= known else {
            let missing = Money(minor: told.minor - known, currency: told.currency)
            throw EffectProblem.waiting(
                for: names.compactMap { $0 }, "refunds of \(missing) that it speaks of haven't come")
        }
        // A file's sum may have been taken for another refund than those that came under their own names.
        guard !hasTold || before <= told.minor else {
            let excess = Money(minor: before - told.minor, currency: told.currency)
            throw EffectProblem.waiting(
                for: names.compactMap { $0 }, "the books have \(excess) more given back than it says")
        }
    }

    // MARK: Disputes

    /// The further the later. What is over stays over.
    private static let ranks: [String: Int] = [
        "warning_needs_response": 1, "warning_under_review": 2, "needs_response": 3, "under_review": 4,
        "warning_closed": 9, "prevented": 9, "won": 9, "lost": 9,
    ]

    func moveDispute() throws {
        let (references, _) = try disputed()
        try wake(references)
    }

    func disputeMoney() throws {
        let (references, gift) = try disputed()
        guard let id = object.id else { throw EffectProblem.unreadable("the dispute has no id") }
        let amount = try money("amount")
        let isBack = event.type == "charge.dispute.funds_reinstated"
        let transactions = object.list("balance_transactions")
        let transaction = transactions.first { (($0.integer("amount") ?? 0) > 0) == isBack }
        let at = try transaction?.time("created") ?? event.createdAt
        try post(isBack ? .disputeReinstated : .disputeWithdrawn, amount, gift: gift, at: at, id: id)
        // Its fee is money of its own; of a won dispute it may come back.
        if let transaction, let fee = transaction.integer("fee"), fee != 0 {
            let amount = try StripeAmount(db, transaction.text("currency")).money(fee.magnitude.clamped)
            try post(fee > 0 ? .fee : .feeRefund, amount, gift: gift, at: at, id: id, phase: "dispute")
        }
        try wake(references)
    }

    /// Records where the dispute stands, and answers its gift.
    private func disputed() throws -> (ProcessorReferences, gift: Int64) {
        let parents = [object.id("charge"), object.id("payment_intent")]
        guard let id = object.id else { throw EffectProblem.unreadable("the dispute has no id") }
        var references = try claim(parents + [id])
        let gift = try gift(references, of: parents)
        try references.bind([id], gift: gift)
        let amount = try money("amount")
        let status = object.text("status") ?? "unknown"
        let due = try object.object("evidence_details")?.time("due_by")
        // Reasons differ from event to event; the one of the last status is the one that counts.
        try db.run(
            """
            INSERT INTO fundraising.dispute AS d (processor, external_id, gift_id, amount_minor, currency, status, rank, \
            reason, due_at, opened_at) VALUES (\(StripeEvent.processor), \(id), \(gift), \(amount.minor), \
            \(amount.currency.code), \(status), \(Self.ranks[status] ?? 0), \(object.text("reason")), \(due), \
            \(try object.time("created") ?? event.createdAt)) \
            ON CONFLICT ON CONSTRAINT dispute_pkey DO UPDATE SET status = EXCLUDED.status, rank = EXCLUDED.rank, \
            reason = EXCLUDED.reason, due_at = EXCLUDED.due_at WHERE d.rank < EXCLUDED.rank
            """)
        return (references, gift)
    }
}

extension UInt64 {
    /// The same number, or the largest an amount can be.
    fileprivate var clamped: Int64 { Int64(clamping: self) }
}
