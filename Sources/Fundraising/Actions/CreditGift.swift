public import Access
internal import Journal
public import Postgres
public import Values

/// Notes that somebody had a part in a gift without giving it. It counts for donors and never in money.
public struct CreditGift {
    public enum Role: String, Sendable, CaseIterable, PostgresCodable {
        case advisor, spouse, employer, honoree
    }

    let gift: ID<Gift>
    let donor: ID<Donor>
    let role: Role
    let isTakenBack: Bool
    let actor: Actor

    public init(_ gift: ID<Gift>, to donor: ID<Donor>, as role: Role, isTakenBack: Bool = false, by actor: Actor) {
        self.gift = gift
        self.donor = donor
        self.role = role
        self.isTakenBack = isTakenBack
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `unknownDonor`, `donorErased`,
    ///   `alreadyCredited`, `notCredited`.
    public func perform(_ db: Connection) throws {
        try actor.require(.giftRecord)
        _ = try Gift.find(db, gift)
        if isTakenBack {
            let query: SQL = """
                DELETE FROM fundraising.soft_credit WHERE gift_id = \(gift) AND donor_id = \(donor) AND role = \(role)
                """
            guard try db.run(query) > 0 else { throw FundraisingError.notCredited(gift) }
        } else {
            try DonorRecord.require(db, donor)
            do {
                try db.run(
                    """
                    INSERT INTO fundraising.soft_credit (gift_id, donor_id, role, recorded_by) \
                    VALUES (\(gift), \(donor), \(role), \(actor.account))
                    """)
            } catch let error as PostgresError {
                throw error.orFundraisingError(["soft_credit_once": .alreadyCredited(gift)])
            }
        }
        try Audit.append(
            db, Subject(.gift, gift.rawValue), isTakenBack ? "credit.removed" : "credit.added", by: actor.origin,
            facts: ["donor": .integer(donor.rawValue), "role": .string(role.rawValue)])
    }
}

/// Notes that somebody thanked for a gift.
public struct ThankForGift {
    let gift: ID<Gift>
    let actor: Actor

    public init(_ gift: ID<Gift>, by actor: Actor) {
        self.gift = gift
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `alreadyThanked`.
    public func perform(_ db: Connection) throws {
        try actor.require(.donorManage)
        _ = try Gift.find(db, gift)
        do {
            try db.run(
                "INSERT INTO fundraising.thanks (gift_id, thanked_by) VALUES (\(gift), \(actor.account))")
        } catch let error as PostgresError {
            throw error.orFundraisingError(["thanks_pkey": .alreadyThanked(gift)])
        }
        try Audit.append(db, Subject(.gift, gift.rawValue), "gift.thanked", by: actor.origin)
    }
}

/// A gift somebody ought to thank for, or did.
public struct Thanks: Sendable, Hashable {
    public let gift: ID<Gift>
    public let donor: ID<Donor>
    public let name: String?
    public let kind: Gift.Kind
    public let net: Money
    public let taxDate: LocalDate
    public let thankedAt: Timestamp?
    public let thankedBy: String?

    /// Gifts of `least` and more in its currency, net, by date. Nobody is thanked who wants neither post nor mail nor
    /// calls, or who was erased.
    public static func list(
        _ db: Connection, least: Money, isOpen: Bool, after: ID<Gift>? = nil, limit: Int
    ) throws -> [Thanks] {
        var query: SQL = """
            SELECT g.id, coalesce(a.survivor_id, g.donor_id), i.name, g.kind, g.currency, m.net_minor, g.tax_date, \
            t.thanked_at, u.email FROM fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id \
            LEFT JOIN fundraising.absorbed a ON a.donor_id = g.donor_id \
            JOIN fundraising.donor d ON d.id = coalesce(a.survivor_id, g.donor_id) AND d.erased_at IS NULL \
            LEFT JOIN fundraising.donor_identity i ON i.donor_id = d.id \
            LEFT JOIN fundraising.thanks t ON t.gift_id = g.id LEFT JOIN access.account u ON u.id = t.thanked_by \
            WHERE g.live AND g.currency = \(least.currency.code) AND g.intended_minor >= \(least.minor) \
            AND m.net_minor >= \(least.minor) \
            AND NOT (coalesce(i.no_post, false) AND coalesce(i.no_mail, false) AND coalesce(i.no_phone, false))
            """
        if isOpen { query += " AND t.gift_id IS NULL" }
        if let after { query += " AND g.id > \(after)" }
        return try db.rows(query + " ORDER BY g.id LIMIT \(limit)") { row in
            let (gift, donor, name) = (
                try row.next(ID<Gift>.self), try row.next(ID<Donor>.self), try row.next(String?.self)
            )
            let kind = try row.next(Gift.Kind.self)
            let currency = try row.next(Currency.self)
            return Thanks(
                gift: gift, donor: donor, name: name, kind: kind, net: Money(minor: try row.next(), currency: currency),
                taxDate: try row.next(), thankedAt: try row.next(), thankedBy: try row.next())
        }
    }
}
