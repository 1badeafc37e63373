public import Access
public import Postgres
public import Values

/// The gifts as a file that ``ImportGifts`` reads: importing it again changes nothing.
///
/// Of a gift that came from a gifts file each text is the one that was read then, because that is what another import is
/// held against; what was erased since stays out.
public struct GiftExport: Sendable {
    public var from: LocalDate?
    public var to: LocalDate?

    public init(from: LocalDate? = nil, to: LocalDate? = nil) {
        self.from = from
        self.to = to
    }

    public struct Line: Sendable, Hashable {
        /// `gifts` for one of a gifts file, else the processor or `manual`.
        public let source: String
        public let externalID: String
        public let email: String?
        public let name: String?
        public let givenAt: Timestamp
        public let amount: Money
        public let method: String
        public let campaign: String?
        public let appeal: String?
        public let article: String?
        /// Given back so far; nil when nothing was.
        public let refunded: Money?
        public let refundedAt: Timestamp?
    }

    /// A field as its file had it, else what the books have; nothing of a field that was erased.
    private static func text(_ column: String, or known: SQL) -> SQL {
        """
        CASE WHEN f.id IS NULL THEN \(known) WHEN array_position(f.columns, \(column)) IS NULL THEN NULL \
        ELSE r.fields[array_position(f.columns, \(column))] END
        """
    }

    private var condition: SQL {
        var condition: SQL = "g.live AND g.intended_minor > 0"
        if let from { condition += " AND g.tax_date >= \(from)" }
        if let to { condition += " AND g.tax_date <= \(to)" }
        return condition
    }

    /// How many of the gifts have money moved by disputes, corrections or write-offs, which a gifts file can't say.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public func changedOtherwise(_ db: Connection, for actor: Actor) throws -> Int {
        try actor.require(.giftRead)
        return try db.one(
            """
            SELECT count(*) FROM fundraising.gift g WHERE \(condition) AND EXISTS (SELECT FROM fundraising.entry e \
            WHERE e.gift_id = g.id AND e.kind IN ('dispute_withdrawn', 'dispute_reinstated', 'adjustment', 'write_off'))
            """
        ) { try $0.next(Int.self) }
    }

    /// By the day they count for. Gifts in test mode are no gifts.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public func lines(_ db: Connection, for actor: Actor) throws -> [Line] {
        try actor.require(.giftRead)
        try actor.require(.donorRead)
        return try db.rows(
            """
            SELECT g.source, g.external_id, \
            \(Self.text("donor_email", or: "m.text")), \
            \(Self.text("donor_name", or: "i.name")), g.given_at, g.currency, g.intended_minor, \
            CASE WHEN g.source = 'gifts' THEN g.method ELSE g.kind END, \(Self.text("campaign", or: "c.slug")), \
            \(Self.text("appeal", or: "a.slug")), \(Self.text("article", or: "g.article_id::text")), b.minor, b.at \
            FROM fundraising.gift g LEFT JOIN fundraising.donor_identity i ON i.donor_id = g.donor_id \
            LEFT JOIN fundraising.campaign c ON c.id = g.campaign_id LEFT JOIN fundraising.appeal a ON a.id = g.appeal_id \
            LEFT JOIN LATERAL (SELECT min(e.text) AS text FROM fundraising.donor_email e \
            WHERE e.donor_id = g.donor_id) m ON true LEFT JOIN fundraising.entry k ON k.gift_id = g.id AND k.kind = 'charge' AND g.source = 'gifts' \
            LEFT JOIN fundraising.import_file f ON f.id = k.import_file_id \
            LEFT JOIN fundraising.import_row r ON r.import_file_id = f.id AND r.line = k.import_line \
            CROSS JOIN LATERAL (SELECT coalesce(-sum(e.amount_minor), 0)::bigint AS minor, \
            coalesce(max(e.occurred_at) FILTER (WHERE e.processor = 'import'), max(e.occurred_at)) AS at \
            FROM fundraising.entry e WHERE e.gift_id = g.id AND e.kind IN ('refund', 'refund_failed')) b \
            WHERE \(condition) ORDER BY g.tax_date, g.id
            """
        ) { try Line(&$0) }
    }
}

extension GiftExport.Line {
    fileprivate init(_ row: inout Row) throws {
        source = try row.next()
        externalID = try row.next()
        email = try row.next()
        name = try row.next()
        givenAt = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        method = try row.next()
        campaign = try row.next()
        appeal = try row.next()
        article = try row.next()
        let (minor, at) = (try row.next(Int64.self), try row.next(Timestamp?.self))
        refunded = minor > 0 ? Money(minor: minor, currency: currency) : nil
        refundedAt = minor > 0 ? at : nil
    }
}
