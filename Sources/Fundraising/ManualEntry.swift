internal import Access
internal import Postgres
internal import Values

/// Money that somebody typed in: one entry, which makes its transfer itself.
struct ManualEntry {
    enum Kind {
        case charge, refund
        /// A correction: more came, or less.
        case raise, lower
        case writeOff

        /// As in `fundraising.entry`.
        fileprivate var name: String {
            switch self {
            case .charge: "charge"
            case .refund: "refund"
            case .raise, .lower: "adjustment"
            case .writeOff: "write_off"
            }
        }

        fileprivate var isIn: Bool { self == .charge || self == .raise }
    }

    /// What a manual entry has instead of a processor.
    static let processor = "manual"

    let kind: Kind
    let gift: Int64
    let amount: Money
    let occurredAt: Timestamp
    let externalID: String
    let actor: Actor

    /// - Returns: the entry's number.
    /// - Throws: ``FundraisingError/refundAboveCharge``.
    func make(_ db: Connection) throws -> Int64 {
        do {
            let signed = kind.isIn ? amount.minor : -amount.minor
            return try db.one(
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, recorded_by) SELECT \(gift), \(kind.name), \(signed), \
                \(amount.currency.code), \(occurredAt), greatest(fundraising.open_books(), \
                (\(occurredAt)::timestamptz AT TIME ZONE access.publication_zone())::date), \
                \(Self.processor), \(externalID), \(actor.account) RETURNING id
                """
            ) { try $0.next(Int64.self) }
        } catch let error as PostgresError {
            throw error.orFundraisingError()
        }
    }
}
