public import Access
internal import Journal
public import Postgres
internal import Values

/// Locks a payout that agrees with its lines and with the books: from then on neither it nor its lines can change.
public struct LockPayout {
    let payout: Payouts.Reference
    let actor: Actor

    public init(_ payout: Payouts.Reference, by actor: Actor) {
        self.payout = payout
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownPayout`, `payoutLocked`, `payoutDiffers`.
    public func perform(_ db: Connection) throws -> Payout {
        try actor.require(.payoutLock)
        let found = try Payouts.find(db, payout)
        guard found.lockedAt == nil else { throw FundraisingError.payoutLocked(found.externalID) }
        guard found.objections.isEmpty else { throw FundraisingError.payoutDiffers(found.externalID) }
        do {
            try db.run(
                """
                INSERT INTO fundraising.payout_lock (payout_id, locked_by) VALUES (\(found.id), \(actor.account))
                """)
        } catch let error as PostgresError {
            // Somebody was faster, with a lock or with a line.
            throw error.orFundraisingError([
                "payout_lock_pkey": .payoutLocked(found.externalID),
                "payout_lock_sums": .payoutDiffers(found.externalID),
            ])
        }
        try Audit.append(
            db, Subject(.payout, found.id.rawValue), "payout.locked", by: actor.origin,
            facts: ["amount_minor": .integer(found.amount.minor), "lines": .integer(Int64(found.lines))])
        return try Payouts.find(db, payout)
    }
}
