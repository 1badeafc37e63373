public import Access
public import Postgres
public import Values

/// Somebody who is credited: staff or outside, with or without an account.
public struct Contributor: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case staff, outside
    }

    public let id: ID<Contributor>
    public let slug: Slug
    public let name: String
    public let email: String?
    /// Nil only for somebody an import named: which of both was never said.
    public let kind: Kind?
    public let account: ID<Account>?

    static let columns: StaticString = "id, slug, name, email, kind, account_id"

    init(_ row: inout Row) throws {
        id = try row.next()
        slug = try row.next()
        name = try row.next()
        email = try row.next()
        kind = try row.next()
        account = try row.next()
    }

    /// - Throws: ``EditorialError/contributorUnknown(_:)``.
    public static func find(_ db: Connection, _ slug: Slug) throws -> Contributor {
        let found = try db.row("SELECT \(raw: columns) FROM editorial.contributor WHERE slug = \(slug)") {
            try Contributor(&$0)
        }
        guard let found else { throw EditorialError.contributorUnknown(slug) }
        return found
    }

    /// Those with these slugs, in one query; who is missing is missing.
    static func all(_ db: Connection, _ slugs: [Slug]) throws -> [Slug: Contributor] {
        guard !slugs.isEmpty else { return [:] }
        let found = try db.rows("SELECT \(raw: columns) FROM editorial.contributor WHERE slug = ANY (\(slugs))") {
            try Contributor(&$0)
        }
        return Dictionary(found.map { ($0.slug, $0) }) { first, _ in first }
    }

    /// By slug, from after the one already seen, for whoever may read drafts.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func list(
        _ db: Connection, kind: Kind? = nil, for actor: Actor, after: Slug? = nil, limit: Int
    ) throws -> [Contributor] {
        try actor.requireAnywhere(.articleRead)
        var query: SQL = "SELECT \(raw: columns) FROM editorial.contributor WHERE true"
        if let kind { query += " AND kind = \(kind)" }
        if let after { query += " AND slug > \(after)" }
        return try db.rows(query + " ORDER BY slug LIMIT \(limit)") { try Contributor(&$0) }
    }
}
