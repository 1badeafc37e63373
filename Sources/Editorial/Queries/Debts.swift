public import Access
public import Postgres
public import Values

extension Debt {
    /// What is still owed, by article and then in the order it was noted; from after the last one seen.
    public static func list(
        _ db: Connection, kind: Kind? = nil, for actor: Actor, after: ID<Article>? = nil, limit: Int
    ) throws -> [Debt] {
        var query: SQL = """
            SELECT d.article_id, a.title, d.kind, d.detail, d.noted_at \
            FROM editorial.debt d JOIN editorial.article a ON a.id = d.article_id \
            WHERE d.settled_at IS NULL AND \(Sight(actor).draftOnly)
            """
        if let kind { query += " AND d.kind = \(kind)" }
        if let after { query += " AND d.article_id > \(after)" }
        return try db.rows(query + " ORDER BY d.article_id, d.id LIMIT \(limit)") { try Debt(&$0) }
    }
}
