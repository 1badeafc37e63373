public import Postgres
public import Values

/// What lets texts out, or keeps them in, without an entry in the audit, or an entry without its row: written past the
/// program.
///
/// The database can't know who a caller really is, so it can't keep such a row out; it can be found.
public struct Unaudited: Sendable, Hashable {
    public enum Kind: String, Sendable, PostgresCodable {
        /// A row that no entry names.
        case approval, override, release, embargo, tick, mark
        /// Something that stands otherwise than its last entry says.
        case schedule, risks, place
        /// An entry of the audit that names a row which isn't there, or not as it says.
        case entry
    }

    public let kind: Kind
    /// The row's own number; of an entry, the audit's; of risks and place, the article's.
    public let id: Int64
    public let article: ID<Article>

    /// More than these are counted by nobody: the first few say enough.
    public static let most = 1_000

    /// All of them, in the order of the articles. What came in by an import is accounted for by the import's entry.
    public static func find(_ db: Connection) throws -> [Unaudited] {
        try db.rows(
            """
            WITH entry AS MATERIALIZED ( \
            SELECT j.id, j.subject_id, j.action, j.account, j.facts::jsonb AS facts, \
            j.facts ->> 'approval' AS approval, j.facts ->> 'override' AS override, j.facts ->> 'release' AS release, \
            j.facts ->> 'hash' AS hash FROM journal.audit j WHERE j.subject_kind = 'article' \
            AND j.facts::jsonb ?| ARRAY['approval', 'override', 'release', 'embargo', 'tick', 'mark', 'schedule', \
            'risks', 'section', 'kind']) \
            SELECT found.kind, found.id, found.article FROM (\(withoutEntry) UNION ALL \(otherwise) \
            UNION ALL \(withoutRow)) AS found \
            ORDER BY found.article, found.kind, found.id LIMIT \(most)
            """
        ) { row in Unaudited(kind: try row.next(), id: try row.next(), article: try row.next()) }
    }

    private static var withoutEntry: SQL {
        """
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
        UNION ALL SELECT 'embargo', m.id, m.article_id FROM editorial.embargo m \
        WHERE NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = m.article_id AND e.account = m.account_id \
        AND e.facts ->> 'embargo' = m.id::text \
        AND (e.facts ->> 'until')::bigint IS NOT DISTINCT FROM floor(extract(epoch FROM m.until_at))::bigint) \
        UNION ALL SELECT 'tick', t.id, t.article_id FROM editorial.checklist_tick t \
        WHERE NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = t.article_id AND e.account = t.account_id \
        AND e.facts ->> 'tick' = t.id::text AND e.hash = encode(t.hash, 'hex') \
        AND e.action = CASE WHEN t.ticked THEN 'checklist.ticked' ELSE 'checklist.unticked' END) \
        UNION ALL SELECT 'mark', k.id, c.article_id FROM editorial.comment_mark k \
        JOIN editorial.comment c ON c.id = k.comment_id \
        WHERE NOT EXISTS (SELECT FROM entry e WHERE e.subject_id = c.article_id AND e.account = k.account_id \
        AND e.facts ->> 'mark' = k.id::text AND e.action = 'comment.' || k.mark)
        """
    }

    /// What can be changed more than once is held against the last entry that says how it stands. An import's articles
    /// have none for where they stood at first.
    private static var otherwise: SQL {
        """
        SELECT 'schedule', s.id, s.article_id FROM editorial.schedule s \
        WHERE (SELECT (e.facts ->> 'due')::bigint FROM entry e WHERE e.subject_id = s.article_id \
        AND e.action IN ('schedule.added', 'schedule.moved') AND e.facts ->> 'schedule' = s.id::text \
        ORDER BY e.id DESC LIMIT 1) IS DISTINCT FROM floor(extract(epoch FROM s.due_at))::bigint \
        UNION ALL SELECT 'risks', a.id, a.id FROM editorial.article a \
        WHERE coalesce((SELECT e.facts -> 'risks' FROM entry e WHERE e.subject_id = a.id \
        AND e.action = 'article.flagged' ORDER BY e.id DESC LIMIT 1), '[]') <> to_jsonb(a.risks) \
        UNION ALL SELECT 'place', a.id, a.id FROM editorial.article a \
        WHERE (SELECT e.facts ->> 'section' FROM entry e WHERE e.subject_id = a.id AND e.facts ? 'section' \
        ORDER BY e.id DESC LIMIT 1) <> a.section_id::text \
        OR (SELECT e.facts ->> 'kind' FROM entry e WHERE e.subject_id = a.id \
        AND e.action IN ('article.pitched', 'article.moved') AND e.facts ? 'kind' \
        ORDER BY e.id DESC LIMIT 1) <> a.kind
        """
    }

    private static var withoutRow: SQL {
        """
        SELECT 'entry', e.id, e.subject_id FROM entry e \
        WHERE (e.action IN ('approval.given', 'approval.carried') AND NOT EXISTS ( \
        SELECT FROM editorial.approval v WHERE v.article_id = e.subject_id AND v.id::text = e.approval \
        AND encode(v.hash, 'hex') = e.hash)) \
        OR (e.action = 'override.given' AND NOT EXISTS ( \
        SELECT FROM editorial.override o WHERE o.article_id = e.subject_id AND o.id::text = e.override \
        AND encode(o.hash, 'hex') = e.hash)) \
        OR (e.action = 'article.published' AND NOT EXISTS ( \
        SELECT FROM editorial.release l WHERE l.article_id = e.subject_id AND l.id::text = e.release))
        """
    }
}
