public import Access
public import Postgres
public import Values

/// What readers saw at an address at an instant, from releases and paths alone: neither is ever changed, so the answer
/// for a past instant stays the same whatever happens afterwards.
public struct Seen: Sendable, Hashable {
    public enum Answer: Sendable, Hashable {
        /// Nothing of ours had ever been there.
        case nothing
        case page(Article.PublicStatus)
        /// Permanently, to the address the article had then.
        case redirect(to: String)
        case gone(ReasonClass?)
    }

    /// The release that answered.
    public struct Source: Sendable, Hashable {
        public let release: ID<Release>
        public let article: ID<Article>
        public let revision: Int
        public let hash: [UInt8]
        public let kind: Release.Kind
        public let title: String
        public let html: String
        public let releasedAt: Timestamp
        /// When a schedule had meant it to go out.
        public let intendedAt: Timestamp?
        public let path: String
        let reason: ReasonClass?
        let isCorrected: Bool
    }

    public let path: String
    public let instant: Timestamp
    public let answer: Answer
    /// Nil for nothing; of what was gone it has no HTML.
    public let source: Source?

    /// - Parameters:
    ///   - address: a path, or a whole URL, of which the path counts.
    /// - Throws: `AccessError.notPermitted`: what was taken away isn't shown to everybody.
    public static func at(
        _ db: Connection, _ address: String, _ instant: Timestamp, for actor: Actor
    ) throws -> Seen {
        try actor.requireAnywhere(.articleRead)
        let path = path(of: address)
        let source = try db.row(
            """
            SELECT l.id, l.article_id, l.revision, l.hash, l.kind, r.title, l.html, l.released_at, l.intended_at, \
            l.path, l.reason_class, EXISTS (SELECT FROM editorial.release x WHERE x.article_id = l.article_id \
            AND x.kind = 'correction' AND x.released_at <= \(instant)) \
            FROM editorial.path p JOIN editorial.release f ON f.id = p.release_id \
            CROSS JOIN LATERAL (SELECT * FROM editorial.release y WHERE y.article_id = p.article_id \
            AND y.released_at <= \(instant) ORDER BY y.released_at DESC, y.id DESC LIMIT 1) AS l \
            JOIN editorial.revision r ON r.article_id = l.article_id AND r.number = l.revision \
            WHERE p.path = \(path) AND f.released_at <= \(instant)
            """
        ) { row in
            Source(
                release: try row.next(), article: try row.next(), revision: try row.next(), hash: try row.next(),
                kind: try row.next(), title: try row.next(), html: try row.next(), releasedAt: try row.next(),
                intendedAt: try row.next(), path: try row.next(), reason: try row.next(),
                isCorrected: try row.next())
        }
        return Seen(path: path, instant: instant, answer: answer(of: source, at: path), source: source)
    }

    private static func answer(of source: Source?, at path: String) -> Answer {
        guard let source else { return .nothing }
        if source.kind == .unpublish { return .gone(source.reason) }
        if source.path != path { return .redirect(to: source.path) }
        if source.kind == .retraction { return .page(.retracted) }
        return .page(source.isCorrected ? .corrected : .live)
    }

    /// The path of "https://example.org/a/b?c#d" is "/a/b".
    static func path(of address: String) -> String {
        var rest = address[...]
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        return String(rest.prefix { $0 != "?" && $0 != "#" })
    }
}
