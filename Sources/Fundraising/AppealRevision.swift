public import Postgres
public import Values

/// A text of an appeal as it was saved, with the amounts it offers. It never changes; a change is a further one.
public struct AppealRevision: Sendable, Hashable {
    /// The most amounts that are offered at once: more is no offer but a list.
    public static let mostAmounts = 12
    /// In bytes; an appeal is read in a minute.
    public static let longest = 20_000

    public let appeal: ID<Appeal>
    /// 1, 2, …
    public let number: Int
    /// Markdown.
    public let text: String
    /// In the order offered.
    public let amounts: [Money]
    /// SHA-256 of text and amounts in hexadecimal: what a sign-off is about.
    public let hash: String
    public let savedAt: Timestamp
    public let savedBy: String
    /// Who said yes to exactly this, and when.
    public let signOffs: [SignOff]

    public struct SignOff: Sendable, Hashable {
        public let signedBy: String
        public let signedAt: Timestamp
    }

    private init(_ row: inout Row) throws {
        appeal = try row.next()
        number = try row.next()
        text = try row.next()
        let currency = try row.next(Currency.self)
        amounts = try row.next([Int64].self).map { Money(minor: $0, currency: currency) }
        hash = try row.next()
        savedAt = try row.next()
        savedBy = try row.next()
        let people = try row.next([String].self)
        let times = try row.next([Int64].self)
        signOffs = zip(people, times).map { SignOff(signedBy: $0, signedAt: Timestamp(microseconds: $1)) }
    }

    /// All of an appeal, the latest first.
    public static func all(_ db: Connection, of appeal: ID<Appeal>) throws -> [AppealRevision] {
        try load(db, "r.appeal_id = \(appeal) ORDER BY r.number DESC")
    }

    static func latest(_ db: Connection, of appeal: ID<Appeal>) throws -> AppealRevision? {
        try load(db, "r.appeal_id = \(appeal) ORDER BY r.number DESC LIMIT 1").first
    }

    private static func load(_ db: Connection, _ condition: SQL) throws -> [AppealRevision] {
        try db.rows(
            """
            SELECT r.appeal_id, r.number::bigint, r.text, c.currency, r.amounts, encode(r.hash, 'hex'), r.saved_at, \
            s.email, ARRAY(SELECT b.email FROM fundraising.appeal_sign_off o JOIN access.account b \
            ON b.id = o.signed_by WHERE o.appeal_id = r.appeal_id AND o.number = r.number ORDER BY o.signed_at, b.id), \
            ARRAY(SELECT (extract(epoch FROM o.signed_at) * 1000000)::bigint FROM fundraising.appeal_sign_off o \
            WHERE o.appeal_id = r.appeal_id AND o.number = r.number ORDER BY o.signed_at, o.signed_by) \
            FROM fundraising.appeal_revision r JOIN fundraising.appeal a ON a.id = r.appeal_id \
            JOIN fundraising.campaign c ON c.id = a.campaign_id JOIN access.account s ON s.id = r.saved_by \
            WHERE \(condition)
            """
        ) { try AppealRevision(&$0) }
    }
}

/// Where an appeal stands.
public enum AppealPlace: Sendable, Hashable, CustomStringConvertible {
    case all
    case section(Slug)
    case topic(Slug)

    /// `all`, `section:news`, `topic:rivers`.
    public init(_ text: String) throws(ValueError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count) {
        case ("all", 1): self = .all
        case ("section", 2): self = .section(try Slug(parts[1]))
        case ("topic", 2): self = .topic(try Slug(parts[1]))
        default:
            throw ValueError(kind: "place", value: text, reason: "write all, section:SLUG or topic:SLUG")
        }
    }

    var kind: String {
        switch self {
        case .all: "all"
        case .section: "section"
        case .topic: "topic"
        }
    }

    var slug: Slug? {
        switch self {
        case .all: nil
        case .section(let slug), .topic(let slug): slug
        }
    }

    public var description: String { slug.map { "\(kind):\($0)" } ?? kind }
}

/// When an appeal runs, by what the publication's wall clock says.
public struct AppealWindow: Sendable, Hashable {
    public let from: LocalDateTime
    /// The first moment it no longer does; nil for as long as nobody ends it.
    public let until: LocalDateTime?

    public init(from: LocalDateTime, until: LocalDateTime?) {
        self.from = from
        self.until = until
    }
}

/// Why an appeal's text, place or time can't be so.
public enum AppealRefusal: Error, Equatable {
    /// Nothing was saved yet.
    case noText(Slug)
    /// Text and amounts are those of the latest revision.
    case unchanged(Slug, number: Int)
    /// Somebody saved a later one than was read.
    case changedMeanwhile(Slug, latest: Int, by: String)
    /// Who saved a text can't sign it off.
    case ownText(Slug, number: Int)
    case signedAlready(Slug, number: Int)
    case notPlaced(Slug, AppealPlace)
    case windowBackwards
    case barred(String)
    case notBarred(String)
}
