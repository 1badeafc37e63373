internal import Journal
internal import Postgres
internal import Values

/// An entry to be made with its transfers, once: by its money's own identity.
struct Posting {
    /// As in `fundraising.entry`.
    enum Kind: String {
        case charge, refund, fee, payout
        case refundFailed = "refund_failed"
        case disputeWithdrawn = "dispute_withdrawn"
        case disputeReinstated = "dispute_reinstated"
        case feeRefund = "fee_refund"
        case payoutFailed = "payout_failed"

        /// Which accounts the money moves between, and whether it comes in (positive) or goes out.
        fileprivate var movement: (debit: String, credit: String, isIn: Bool) {
            switch self {
            case .charge: ("clearing", "contributions", true)
            case .refund: ("contributions", "clearing", false)
            case .refundFailed: ("clearing", "contributions", true)
            case .disputeWithdrawn: ("contributions_disputed", "clearing", false)
            case .disputeReinstated: ("clearing", "contributions_disputed", true)
            case .fee: ("fees", "clearing", false)
            case .feeRefund: ("clearing", "fees", true)
            case .payout: ("bank", "clearing", false)
            case .payoutFailed: ("clearing", "bank", true)
            }
        }
    }

    let kind: Kind
    /// Nil for money that belongs to no one gift.
    let gift: Int64?
    /// More than nothing; the kind says in which direction.
    let amount: Money
    let occurredAt: Timestamp
    let externalID: String
    var phase = ""
    let isLive: Bool
    let inbox: Int64

    /// Makes the entry unless it is there. True when it was made.
    ///
    /// - Throws: `FundraisingError.refundAboveCharge`, ``EffectProblem/doubtful(_:)`` for an amount that isn't positive,
    ///   or a second charge of one gift.
    func make(_ db: Connection, by origin: Origin) throws -> Bool {
        guard amount.minor > 0 else { throw EffectProblem.doubtful("an amount of \(amount)") }
        let (debit, credit, isIn) = kind.movement
        let entry: Int64?
        do {
            entry = try db.row(
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, phase, live, inbox_id) \
                SELECT \(gift), \(kind.rawValue), \(isIn ? amount.minor : -amount.minor), \(amount.currency.code), \
                \(occurredAt), greatest(fundraising.open_books(), \
                (\(occurredAt)::timestamptz AT TIME ZONE access.publication_zone())::date), \
                \(StripeReferences.processor), \(externalID), \(phase), \(isLive), \(inbox) \
                ON CONFLICT ON CONSTRAINT entry_once DO NOTHING RETURNING id
                """
            ) { try $0.next(Int64.self) }
        } catch let error as PostgresError where error.constraint == "entry_one_charge" {
            throw EffectProblem.doubtful("its gift is charged already, under another id")
        } catch let error as PostgresError {
            throw error.orFundraisingError()
        }
        guard let entry else { return false }
        try db.run(
            """
            INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency) \
            VALUES (\(entry), 1, \(debit), \(credit), \(amount.minor), \(amount.currency.code))
            """)
        if let gift {
            try Audit.append(
                db, Subject(.gift, gift), "entry.posted", by: origin,
                facts: ["entry": .integer(entry), "event": .integer(inbox)])
        }
        return true
    }
}
