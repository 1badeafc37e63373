public import Access
internal import Journal
public import Postgres
public import Values

/// Puts an article into a series, under topics and in regions of the world: axes beside its section.
public struct PlaceArticle {
    /// What to change; nil leaves it as it is.
    public struct Change: Sendable {
        /// `.some(nil)` takes it out of its series.
        public var series: Slug??
        /// All its topics, in place of those it had.
        public var topics: [Slug]?
        /// All its regions, in place of those it had: "eu", "latin-america", a word of the house.
        public var regions: [Slug]?

        public init(series: Slug?? = nil, topics: [Slug]? = nil, regions: [Slug]? = nil) {
            self.series = series
            self.topics = topics
            self.regions = regions
        }
    }

    /// What an article is filed under.
    public struct Placed: Sendable, Hashable {
        public let article: Article
        public let series: Slug?
        public let topics: [Slug]
        public let regions: [String]
    }

    /// More would be no filing any more.
    static let most = 20

    let article: ID<Article>
    let change: Change
    let actor: Actor

    public init(_ article: ID<Article>, _ change: Change, by actor: Actor) {
        self.article = article
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `seriesUnknown`, `topicUnknown`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> Placed {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articlePlan, section: article.section)
        guard (change.topics ?? []).count <= Self.most, (change.regions ?? []).count <= Self.most else {
            throw EditorialError.contentRefused(field: "filing", reason: "at most \(Self.most) topics and regions")
        }
        var facts: [String: JSON] = [:]
        if let wanted = change.series {
            let series = try wanted.map { try Series.find(db, $0).id }
            try db.run("UPDATE editorial.article SET series_id = \(series) WHERE id = \(article.id)")
            facts["series"] = series.map { .integer($0.rawValue) } ?? .null
        }
        if let regions = change.regions {
            let sorted = Set(regions).sorted().map(\.text)
            try db.run("UPDATE editorial.article SET regions = \(sorted) WHERE id = \(article.id)")
            facts["regions"] = .integer(Int64(sorted.count))
        }
        if let slugs = change.topics {
            let topics = try Topic.all(db, slugs)
            try db.run(
                """
                DELETE FROM editorial.article_topic WHERE article_id = \(article.id) \
                AND topic_id <> ALL (\(topics.map(\.id.rawValue)))
                """)
            try db.run(
                """
                INSERT INTO editorial.article_topic (article_id, topic_id) \
                SELECT \(article.id), given FROM unnest(\(topics.map(\.id.rawValue))::bigint[]) AS given \
                ON CONFLICT DO NOTHING
                """)
            facts["topics"] = .array(topics.map { .integer($0.id.rawValue) })
        }
        try Audit.append(db, Subject(.article, article.id.rawValue), "article.placed", by: actor.origin, facts: facts)
        return try Self.placed(db, try Article.find(db, article.id, for: actor))
    }

    private static func placed(_ db: Connection, _ article: Article) throws -> Placed {
        try db.one(
            """
            SELECT (SELECT s.slug FROM editorial.series s WHERE s.id = a.series_id), \
            ARRAY(SELECT t.slug FROM editorial.article_topic m JOIN editorial.topic t ON t.id = m.topic_id \
            WHERE m.article_id = a.id ORDER BY t.slug), a.regions FROM editorial.article a WHERE a.id = \(article.id)
            """
        ) { row in
            Placed(article: article, series: try row.next(), topics: try row.next(), regions: try row.next())
        }
    }
}
