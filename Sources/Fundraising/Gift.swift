public import Postgres
public import Values

/// One intended act of giving. Its money is entries; what it is worth today is their sum.
public struct Gift: Sendable, Hashable {
    /// By which way it came, which decides what its receipt says.
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case card, check, cash, wire, daf, ira, stock
        case inKind = "in_kind"
        case employerMatch = "employer_match"
        case bequest
        case grantPayment = "grant_payment"
    }

    /// Derived from the entries, never stored.
    public enum Status: String, Sendable, CaseIterable, PostgresCodable {
        case pending, received, disputed, refunded
        case partlyRefunded = "partly_refunded"
    }

    public let id: ID<Gift>
    public let kind: Kind
    public let status: Status
    /// Nil when nobody said who gave.
    public let donor: ID<Donor>?
    public let intended: Money
    /// Charges, and what was given back of them; the gift's net is the difference.
    public let gross: Money
    public let refunds: Money
    public let givenAt: Timestamp
    /// The day it counts for, in the publication's zone, decided once.
    public let taxDate: LocalDate
    public let campaign: Slug?
    public let appeal: Slug?
    public let article: Int64?
    public let method: String
    public let isAnonymous: Bool
    public let isLive: Bool
    public let source: String
    public let externalID: String

    static let columns: StaticString = """
        g.id, g.kind, m.status, g.donor_id, g.currency, g.intended_minor, m.gross_minor, m.refunds_minor, g.given_at, \
        g.tax_date, c.slug, a.slug, g.article_id, g.method, g.anonymous, g.live, g.source, g.external_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        status = try row.next()
        donor = try row.next()
        let currency = try row.next(Currency.self)
        intended = Money(minor: try row.next(), currency: currency)
        gross = Money(minor: try row.next(), currency: currency)
        refunds = Money(minor: try row.next(), currency: currency)
        givenAt = try row.next()
        taxDate = try row.next()
        campaign = try row.next()
        appeal = try row.next()
        article = try row.next()
        method = try row.next()
        isAnonymous = try row.next()
        isLive = try row.next()
        source = try row.next()
        externalID = try row.next()
    }
}

/// A fact about a gift's money, as it was recorded.
public struct Entry: Sendable, Hashable {
    public let id: ID<Entry>
    /// `charge`, `refund`, … as in `fundraising.entry`.
    public let kind: String
    /// Signed: in is positive, out is negative.
    public let amount: Money
    public let occurredAt: Timestamp
    public let recordedAt: Timestamp
    public let postingDate: LocalDate
    public let processor: String
    public let externalID: String

    static let columns: StaticString = """
        e.id, e.kind, e.currency, e.amount_minor, e.occurred_at, e.recorded_at, e.posting_date, e.processor, \
        e.external_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        occurredAt = try row.next()
        recordedAt = try row.next()
        postingDate = try row.next()
        processor = try row.next()
        externalID = try row.next()
    }
}
