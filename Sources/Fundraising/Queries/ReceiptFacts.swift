internal import Postgres
internal import Values

/// What a receipt of a gift is made from.
struct ReceiptFacts {
    let gift: ID<Gift>
    let kind: Gift.Kind
    let status: Gift.Status
    let donor: ID<Donor>?
    let net: Money
    let gross: Money
    let benefit: Money
    let taxDate: LocalDate
    let isLive: Bool
    /// Shares and things as the gift's own row describes them.
    let description: String?
    let today: LocalDate

    /// Takes the numbers of the gift's year and then the gift itself for the rest of the transaction: no refund comes
    /// between what is read here and what is issued.
    static func locked(_ db: Connection, _ gift: ID<Gift>, series: String) throws -> ReceiptFacts {
        let year = try db.value(
            "SELECT extract(year FROM tax_date)::bigint FROM fundraising.gift WHERE id = \(gift)", as: Int.self)
        guard let year else { throw FundraisingError.unknownGift(gift) }
        try db.run("SELECT fundraising.lock_receipt_series(\(series), \(year)::integer)")
        try db.run("SELECT FROM fundraising.gift WHERE id = \(gift) FOR NO KEY UPDATE")
        return try db.one(
            """
            SELECT g.id, g.kind, m.status, g.donor_id, g.currency, m.net_minor, m.gross_minor, g.benefit_minor, \
            g.tax_date, g.live, coalesce(to_jsonb(g) ->> 'description', to_jsonb(g) ->> 'shares'), \
            to_jsonb(g) ->> 'symbol', (now() AT TIME ZONE access.publication_zone())::date \
            FROM fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id WHERE g.id = \(gift)
            """
        ) { try ReceiptFacts(&$0) }
    }

    private init(_ row: inout Row) throws {
        gift = try row.next()
        kind = try row.next()
        status = try row.next()
        donor = try row.next()
        let currency = try row.next(Currency.self)
        net = Money(minor: try row.next(), currency: currency)
        gross = Money(minor: try row.next(), currency: currency)
        benefit = Money(minor: try row.next(), currency: currency)
        taxDate = try row.next()
        isLive = try row.next()
        let words = try row.next(String?.self)
        let symbol = try row.next(String?.self)
        description = symbol.map { "\(Self.shares(words ?? "")) shares of \($0)" } ?? words
        today = try row.next()
    }

    /// "10.000000" is 10 shares.
    private static func shares(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let short = String(text.reversed().drop { $0 == "0" }.reversed())
        return short.hasSuffix(".") ? String(short.dropLast()) : short
    }

    /// - Throws: why this gift can't be receipted, whatever is asked for.
    func requireReceived() throws(FundraisingError) {
        guard isLive else { throw .receipt(.testGift(gift)) }
        guard status != .disputed else { throw .receipt(.disputed(gift)) }
        let isThing = (kind == .stock || kind == .inKind) && gross.minor == 0
        guard net.minor > 0 || isThing else { throw .receipt(.nothingReceived(gift)) }
    }
}
