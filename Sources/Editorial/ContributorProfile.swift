public import Access
public import Postgres
public import Values

extension Contributor {
    /// Everything that is known of a contributor, for the newsroom.
    public struct Profile: Sendable, Hashable {
        public let contributor: Contributor
        public let title: String?
        public let biography: String?
        public let links: [String]
        public let affiliations: String?
        public let disclosure: String?
        /// The day affiliations and disclosure were last confirmed; nil for never.
        public let confirmedOn: LocalDate?
        /// SHA-256 of the portrait's bytes, 64 hexadecimal digits.
        public let photo: String?
        public let photoCredit: String?
        /// Articles that are live now with his name on them.
        public let liveArticles: Int

        static let columns: StaticString = """
            c.id, c.slug, c.name, c.email, c.kind, c.account_id, c.title, c.biography, c.links, c.affiliations, \
            c.disclosure, c.confirmed_on, encode(c.photo, 'hex'), c.photo_credit, \
            (SELECT count(DISTINCT b.article_id) FROM editorial.public_byline b WHERE b.contributor = c.slug)
            """

        init(_ row: inout Row) throws {
            contributor = try Contributor(&row)
            title = try row.next()
            biography = try row.next()
            links = (try row.next(JSON.self).array ?? []).compactMap(\.string)
            affiliations = try row.next()
            disclosure = try row.next()
            confirmedOn = try row.next()
            photo = try row.next()
            photoCredit = try row.next()
            liveArticles = try row.next()
        }

        /// - Throws: `AccessError.notPermitted`, ``EditorialError/contributorUnknown(_:)``.
        public static func find(_ db: Connection, _ slug: Slug, for actor: Actor) throws -> Profile {
            try actor.requireAnywhere(.articleRead)
            let found = try db.row(
                "SELECT \(raw: columns) FROM editorial.contributor c WHERE c.slug = \(slug)"
            ) { try Profile(&$0) }
            guard let found else { throw EditorialError.contributorUnknown(slug) }
            return found
        }
    }

    /// Those who never confirmed affiliations and disclosure, or did before that day; by slug, from after the one
    /// already seen.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func unconfirmed(
        _ db: Connection, since day: LocalDate, for actor: Actor, after: Slug? = nil, limit: Int
    ) throws -> [(contributor: Contributor, confirmedOn: LocalDate?)] {
        try actor.requireAnywhere(.articleRead)
        var query: SQL = """
            SELECT \(raw: columns), confirmed_on FROM editorial.contributor \
            WHERE (confirmed_on IS NULL OR confirmed_on < \(day))
            """
        if let after { query += " AND slug > \(after)" }
        return try db.rows(query + " ORDER BY slug LIMIT \(limit)") { row in
            (contributor: try Contributor(&row), confirmedOn: try row.next(LocalDate?.self))
        }
    }
}
