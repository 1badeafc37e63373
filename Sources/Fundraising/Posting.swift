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
        ///
        /// - Parameter held: where the money lies until it is paid out or deposited.
        fileprivate func movement(_ held: String) -> (debit: String, credit: String, isIn: Bool) {
            switch self {
            case .charge: (held, "contributions", true)
            case .refund: ("contributions", held, false)
            case .refundFailed: (held, "contributions", true)
            case .disputeWithdrawn: ("contributions_disputed", held, false)
            case .disputeReinstated: (held, "contributions_disputed", true)
            case .fee: ("fees", held, false)
            case .feeRefund: (held, "fees", true)
            case .payout: ("bank", held, false)
            case .payoutFailed: (held, "bank", true)
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
    /// Where the money lies, as in `fundraising.account_code`.
    var held = "clearing"

    /// Makes the entry unless it is there. True when it was made.
    ///
    /// - Throws: `FundraisingError.refundAboveCharge`, ``EffectProblem/doubtful(_:)`` for an amount that isn't positive,
    ///   or a second charge of one gift.
    func make(_ db: Connection, by origin: Origin) throws -> Bool {
        guard amount.minor > 0 else { throw EffectProblem.doubtful("an amount of \(amount)") }
        let (debit, credit, isIn) = kind.movement(held)
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
                SELECT \(gift), \(kind.rawValue), \(isIn ? amount.minor : -amount.minor), \(amount.currency.code), \
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
        try db.run(
            """
            INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency) \
            VALUES (\(entry), 1, \(debit), \(credit), \(amount.minor), \(amount.currency.code))
            """)
        if let gift {
            var facts: [String: JSON] = ["entry": .integer(entry)]
            facts["event"] = inbox.map { .integer($0) }
            facts["import"] = file.map { .integer($0) }
            try Audit.append(db, Subject(.gift, gift), "entry.posted", by: origin, facts: facts)
        }
        return true
    }
}
