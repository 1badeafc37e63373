internal import Journal
internal import Postgres
internal import Values

/// An entry to be made once: by its money's own identity. Its transfer it makes itself, in the database.
struct Posting {
    /// As in `fundraising.entry`.
    enum Kind: String {
        case charge, refund, fee, payout
        case refundFailed = "refund_failed"
        case disputeWithdrawn = "dispute_withdrawn"
        case disputeReinstated = "dispute_reinstated"
        case feeRefund = "fee_refund"
        case payoutFailed = "payout_failed"

        /// Whether the money comes in (positive) or goes out.
        fileprivate var isIn: Bool {
            switch self {
            case .charge, .refundFailed, .disputeReinstated, .feeRefund, .payoutFailed: true
            case .refund, .disputeWithdrawn, .fee, .payout: false
            }
        }
    }

    /// What told us of it.
    enum Source {
        /// An event in the inbox.
        case event(Int64)
        /// A line of an imported file.
        case line(Int, ofFile: Int64)
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
    var processor = StripeEvent.processor
    let source: Source

    /// Makes the entry unless it is there. True when it was made.
    ///
    /// - Throws: `FundraisingError.refundAboveCharge`, ``EffectProblem/doubtful(_:)`` for an amount that isn't positive,
    ///   or a second charge of one gift.
    func make(_ db: Connection, by origin: Origin) throws -> Bool {
        guard amount.minor > 0 else { throw EffectProblem.doubtful("an amount of \(amount)") }
        let (inbox, file, line): (Int64?, Int64?, Int?) =
            switch source {
            case .event(let inbox): (inbox, nil, nil)
            case .line(let line, let file): (nil, file, line)
            }
        let entry: Int64?
        do {
            entry = try db.row(
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, phase, live, inbox_id, import_file_id, import_line) \
                SELECT \(gift), \(kind.rawValue), \(kind.isIn ? amount.minor : -amount.minor), \(amount.currency.code), \
                \(occurredAt), greatest(fundraising.open_books(), \
                (\(occurredAt)::timestamptz AT TIME ZONE access.publication_zone())::date), \
                \(processor), \(externalID), \(phase), \(isLive), \(inbox), \(file), \(line) \
                ON CONFLICT ON CONSTRAINT entry_once DO NOTHING RETURNING id
                """
            ) { try $0.next(Int64.self) }
        } catch let error as PostgresError where error.constraint == "entry_one_charge" {
            throw EffectProblem.doubtful("its gift is charged already, under another id")
        } catch let error as PostgresError {
            throw error.orFundraisingError()
        }
        guard let entry else { return false }
        if let gift {
            var facts: [String: JSON] = ["entry": .integer(entry)]
            facts["event"] = inbox.map { .integer($0) }
            facts["import"] = file.map { .integer($0) }
            try Audit.append(db, Subject(.gift, gift), "entry.posted", by: origin, facts: facts)
        }
        return true
    }
}
