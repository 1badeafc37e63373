internal import Access
internal import Postgres
internal import Values

/// Money that somebody typed in: one entry with its transfer, between the donors' account and where such gifts lie.
struct ManualEntry {
    enum Kind: String {
        case charge, refund
    }

    /// What a manual entry has instead of a processor.
    static let processor = "manual"

    let kind: Kind
    let gift: Int64
    let giftKind: Gift.Kind
    let amount: Money
    let occurredAt: Timestamp
    let externalID: String
    let actor: Actor

    /// - Returns: the entry's number.
    /// - Throws: ``FundraisingError/refundAboveCharge``.
    func make(_ db: Connection) throws -> Int64 {
        do {
            let signed = kind == .charge ? amount.minor : -amount.minor
            let entry = try db.one(
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, recorded_by) SELECT \(gift), \(kind.rawValue), \(signed), \
                \(amount.currency.code), \(occurredAt), greatest(fundraising.open_books(), \
                (\(occurredAt)::timestamptz AT TIME ZONE access.publication_zone())::date), \
                \(Self.processor), \(externalID), \(actor.account) RETURNING id
                """
            ) { try $0.next(Int64.self) }
            let lies: SQL = "fundraising.received_in(\(giftKind.rawValue))"
            let accounts: SQL = kind == .charge ? lies + ", 'contributions'" : "'contributions', " + lies
            try db.run(
                "INSERT INTO fundraising.transfer (entry_id, leg, debit, credit, amount_minor, currency) "
                    + "SELECT \(entry), 1, " + accounts + ", \(amount.minor), \(amount.currency.code)")
            return entry
        } catch let error as PostgresError {
            throw error.orFundraisingError()
        }
    }
}
