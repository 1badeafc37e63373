public import Access
internal import Journal
public import Postgres
public import Values

/// Records that something offered wasn't taken: by which policy, why, and how it went back. It is no gift and in no
/// total.
public struct DeclineGift {
    /// What was offered.
    public struct Offer: Sendable {
        public var kind: Gift.Kind
        public var amount: Money
        public var donor: ID<Donor>?
        /// Today when nobody says.
        public var offeredOn: LocalDate?

        public init(kind: Gift.Kind, amount: Money, donor: ID<Donor>? = nil, offeredOn: LocalDate? = nil) {
            self.kind = kind
            self.amount = amount
            self.donor = donor
            self.offeredOn = offeredOn
        }
    }

    let offer: Offer
    let policy: String
    let reason: String
    let returned: String
    let actor: Actor

    public init(_ offer: Offer, policy: String, reason: String, returned: String, by actor: Actor) {
        self.offer = offer
        self.policy = policy
        self.reason = reason
        self.returned = returned
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `amountNotPositive`, `confidential`;
    ///   `ValueError`.
    public func perform(_ db: Connection) throws -> DeclinedGift {
        try actor.require(.giftRecord)
        let policy = try TypedText(policy, "policy", longest: TypedText.name).text
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        let returned = try TypedText(returned, "returned", longest: TypedText.name).text
        guard offer.amount.minor >= 0 else { throw FundraisingError.amountNotPositive(offer.amount) }
        let donor = try (offer.donor.map(Giver.known) ?? .nobody).donor(db)
        let id = try db.one(
            """
            INSERT INTO fundraising.declined_gift (donor_id, kind, amount_minor, currency, offered_on, policy, reason, \
            returned, declined_by) SELECT \(donor), \(offer.kind), \(offer.amount.minor), \
            \(offer.amount.currency.code), coalesce(\(offer.offeredOn)::date, \
            (now() AT TIME ZONE access.publication_zone())::date), \(policy), \(reason), \(returned), \
            \(actor.account) RETURNING id
            """
        ) { try $0.next(ID<DeclinedGift>.self) }
        try Audit.append(
            db, Subject(.declinedGift, id.rawValue), "gift.declined", by: actor.origin,
            facts: [
                "amount_minor": .integer(offer.amount.minor), "currency": .string(offer.amount.currency.code),
                "kind": .string(offer.kind.rawValue),
            ])
        return try DeclinedGift.find(db, id)
    }
}

/// Something that was offered and not taken.
public struct DeclinedGift: Sendable, Hashable {
    public let id: ID<DeclinedGift>
    public let donor: ID<Donor>?
    public let kind: Gift.Kind
    public let amount: Money
    public let offeredOn: LocalDate
    public let policy: String
    /// Nil once it was erased, as `returned`.
    public let reason: String?
    public let returned: String?
    public let declinedAt: Timestamp

    static let columns: StaticString = """
        x.id, x.donor_id, x.kind, x.currency, x.amount_minor, x.offered_on, x.policy, x.reason, x.returned, \
        x.declined_at
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        donor = try row.next()
        kind = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        offeredOn = try row.next()
        policy = try row.next()
        reason = try row.next()
        returned = try row.next()
        declinedAt = try row.next()
    }

    static func find(_ db: Connection, _ id: ID<DeclinedGift>) throws -> DeclinedGift {
        try db.one("SELECT \(raw: columns) FROM fundraising.declined_gift x WHERE x.id = \(id)") {
            try DeclinedGift(&$0)
        }
    }

    /// The latest first, from below the one already seen.
    public static func list(
        _ db: Connection, before: ID<DeclinedGift>? = nil, limit: Int
    ) throws -> [DeclinedGift] {
        var query: SQL = "SELECT \(raw: columns) FROM fundraising.declined_gift x WHERE true"
        if let before { query += " AND x.id < \(before)" }
        return try db.rows(query + " ORDER BY x.id DESC LIMIT \(limit)") { try DeclinedGift(&$0) }
    }
}
