internal import Access
public import Postgres
public import Values

/// Something an import didn't say and nobody invented: to be filled in by a person.
public struct Debt: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case section, kind, byline
        case bylineName = "byline_name"
        case imageCredit = "image_credit"
        case imageAlt = "image_alt"
        case imageBytes = "image_bytes"
        case templateTag = "template_tag"
        case rawHTML = "raw_html"
    }

    public let article: ID<Article>
    public let title: String
    public let kind: Kind
    /// What it is about: an image's address, a contributor's slug; empty for the article itself.
    public let detail: String
    public let notedAt: Timestamp

    init(_ row: inout Row) throws {
        article = try row.next()
        title = try row.next()
        kind = try row.next()
        detail = try row.next()
        notedAt = try row.next()
    }

    static func settle(_ db: Connection, _ article: ID<Article>, _ kinds: [Kind], by actor: Actor) throws {
        guard !kinds.isEmpty else { return }
        try db.run(
            """
            UPDATE editorial.debt SET settled_at = clock_timestamp(), settled_by = \(actor.account) \
            WHERE article_id = \(article) AND kind = ANY (\(kinds.map(\.rawValue))) AND settled_at IS NULL
            """)
    }
}
