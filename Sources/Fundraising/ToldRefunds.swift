internal import Postgres
internal import Values

/// Refunds of which a file tells only the sum so far, and the processor names each later, or named it before.
extension Booking {
    /// Makes up what a file says went back so far against what the books have.
    ///
    /// - Parameters:
    ///   - total: given back of the payment when the file was written.
    ///   - until: when the last of it went back; now where the file doesn't say.
    /// Where a refund failed, the processor's own events tell the gift's refunds, and a file's sum may be from before or
    /// after that: it is left to them.
    ///
    /// - Returns: whether there was anything to make up. Less than the books have is an older file, and nothing.
    func refunded(_ total: Money, of payment: Payment, gift: Int64, until: Timestamp?) throws -> Bool {
        let (known, hasFailed, now) = try db.one(
            """
            SELECT coalesce(-sum(e.amount_minor), 0)::bigint, coalesce(bool_or(e.kind = 'refund_failed'), false), now() \
            FROM fundraising.entry e WHERE e.gift_id = \(gift) AND e.kind IN ('refund', 'refund_failed')
            """
        ) { (try $0.next(Int64.self), try $0.next(Bool.self), try $0.next(Timestamp.self)) }
        guard total.minor > known, !hasFailed else { return false }
        // The sum so far names it: the next one has another.
        return try post(
            .refund, Money(minor: total.minor - known, currency: total.currency), gift: gift, at: until ?? now,
            id: payment.identity, phase: "told \(total.minor)")
    }

    /// A file may tell a time to the minute.
    private static let slackSeconds: Int64 = 60

    /// Whether a refund that the processor names is part of a sum that a file told; it is written down as such. Call it
    /// with the gift's names claimed.
    func isTold(refund id: String, _ amount: Money, of gift: Int64, at time: Timestamp) throws -> Bool {
        let (isNamed, isBooked, left) = try db.one(
            """
            SELECT EXISTS (SELECT FROM fundraising.told_refund t WHERE t.processor = \(processor) \
            AND t.external_id = \(id)), EXISTS (SELECT FROM fundraising.entry e WHERE e.processor = \(processor) \
            AND e.processor_account = '' AND e.kind = 'refund' AND e.external_id = \(id) AND e.phase = ''), \
            coalesce((SELECT -sum(e.amount_minor) FROM fundraising.entry e WHERE e.gift_id = \(gift) \
            AND e.kind = 'refund' AND e.processor = \(processor) AND e.phase LIKE 'told %' \
            AND e.occurred_at >= \(time.adding(seconds: -Self.slackSeconds))), 0)::bigint \
            - coalesce((SELECT sum(t.amount_minor) FROM fundraising.told_refund t WHERE t.gift_id = \(gift)), 0)::bigint
            """
        ) { (try $0.next(Bool.self), try $0.next(Bool.self), try $0.next(Int64.self)) }
        if isNamed { return true }
        if isBooked { return false }
        guard left >= amount.minor else { return false }
        try db.run(
            """
            INSERT INTO fundraising.told_refund (processor, external_id, gift_id, amount_minor) \
            VALUES (\(processor), \(id), \(gift), \(amount.minor))
            """)
        return true
    }
}
