public import Postgres
public import Values

/// A row that lets texts out without an entry in the audit, or an entry without its row: written past the program.
///
/// The database can't know who a caller really is, so it can't keep such a row out; it can be found.
public struct Unaudited: Sendable, Hashable {
    public enum Kind: String, Sendable, PostgresCodable {
        case approval, override, release
        /// An entry of the audit that names a row which isn't there, or not as it says.
        case entry
    }

    public let kind: Kind
    /// The row's own number; of an entry, the audit's.
    public let id: Int64
    public let article: ID<Article>

    /// More than these are counted by nobody: the first few say enough.
    public static let most = 1_000

    /// All of them, in the order of the articles. What came in by an import is accounted for by the import's entry.
    public static func find(_ db: Connection) throws -> [Unaudited] {
        try db.rows(
            """
            WITH entry AS MATERIALIZED ( \
            SELECT j.id, j.subject_id, j.action, j.account, j.facts ->> 'approval' AS approval, \
            j.facts ->> 'override' AS override, j.facts ->> 'release' AS release, j.facts ->> 'hash' AS hash \
            FROM journal.audit j WHERE j.subject_kind = 'article' \
            AND j.facts::jsonb ?| ARRAY['approval', 'override', 'release']) \
            SELECT found.kind, found.id, found.article FROM ( \
            SELECT 'approval' AS kind, v.id, v.article_id AS article FROM editorial.approval v \
            WHERE NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = v.article_id AND e.approval = v.id::text \
            AND e.hash = encode(v.hash, 'hex') \
            AND (e.account = v.account_id OR v.account_id IS NULL OR v.carries IS NOT NULL)) \
            UNION ALL SELECT 'override', o.id, o.article_id FROM editorial.override o \
            WHERE NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = o.article_id AND e.override = o.id::text \
            AND e.hash = encode(o.hash, 'hex') AND e.account = o.account_id) \
            UNION ALL SELECT 'release', l.id, l.article_id FROM editorial.release l WHERE l.kind <> 'imported' \
            AND NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = l.article_id AND e.release = l.id::text \
            AND coalesce(e.hash, encode(l.hash, 'hex')) = encode(l.hash, 'hex')) \
            UNION ALL SELECT 'entry', e.id, e.subject_id FROM entry e \
            WHERE (e.action IN ('approval.given', 'approval.carried') AND NOT EXISTS ( \
            SELECT FROM editorial.approval v WHERE v.article_id = e.subject_id AND v.id::text = e.approval \
            AND encode(v.hash, 'hex') = e.hash)) \
            OR (e.action = 'override.given' AND NOT EXISTS ( \
            SELECT FROM editorial.override o WHERE o.article_id = e.subject_id AND o.id::text = e.override \
            AND encode(o.hash, 'hex') = e.hash)) \
            OR (e.action = 'article.published' AND NOT EXISTS ( \
            SELECT FROM editorial.release l WHERE l.article_id = e.subject_id AND l.id::text = e.release))) AS found \
            ORDER BY found.article, found.kind, found.id LIMIT \(most)
            """
        ) { row in Unaudited(kind: try row.next(), id: try row.next(), article: try row.next()) }
    }
}
