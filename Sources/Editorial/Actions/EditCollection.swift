public import Access
internal import Journal
public import Postgres
public import Values

/// Makes a special.
public struct AddCollection {
    let slug: Slug
    let title: String
    let intro: String?
    let image: StandingImage?
    let opens: Timestamp?
    let ends: Timestamp?
    let actor: Actor

    /// - Parameters:
    ///   - opens: from when its page is there; a rule takes in what first went public from then on.
    ///   - ends: before when an article first went public that a rule takes in.
    public init(
        _ slug: Slug, title: String, intro: String? = nil, image: StandingImage? = nil, opens: Timestamp? = nil,
        ends: Timestamp? = nil, by actor: Actor
    ) {
        self.slug = slug
        self.title = title
        self.intro = intro
        self.image = image
        self.opens = opens
        self.ends = ends
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `collectionExists`, `contentRefused`, `mediaUnknown`.
    public func perform(_ db: Connection) throws -> Collection {
        try actor.requireAnywhere(.seriesManage)
        try PlainField.check([("title", title), ("introduction", intro)])
        let hash = try image?.hash(db)
        let collection = try naming([
            "collection_slug_key": .collectionExists(slug),
            "collection_title_given": .contentRefused(field: "title", reason: "it is empty"),
            "collection_order": .contentRefused(field: "end", reason: "it isn't after the beginning"),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.collection \
                (slug, title, intro, image, image_alt, image_credit, opens_at, ends_at, created_by) VALUES \
                (\(slug), \(title), \(intro), \(hash), \(image?.alt), \(image?.credit), \(opens), \(ends), \
                \(actor.account)) RETURNING \(raw: Collection.columns)
                """
            ) { try Collection(&$0) }
        }
        try Audit.append(db, Subject(.collection, collection.id.rawValue), "collection.added", by: actor.origin)
        return collection
    }
}

/// Puts an article on a special's page by hand, or takes it off again.
public struct PinArticle {
    public enum Place: Sendable, Hashable {
        /// From 1; several at one place stand latest first.
        case pinned(Int)
        case unpinned
    }

    let article: ID<Article>
    let collection: Slug
    let place: Place
    let actor: Actor

    public init(_ article: ID<Article>, in collection: Slug, _ place: Place, by actor: Actor) {
        self.article = article
        self.collection = collection
        self.place = place
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `collectionUnknown`, `collectionClosed`,
    ///   `articleUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Collection {
        try actor.requireAnywhere(.seriesManage)
        let collection = try Collection.lockOpen(db, collection)
        let article = try Article.find(db, article, for: actor)
        try db.run(
            """
            DELETE FROM editorial.collection_pin WHERE collection_id = \(collection.id) \
            AND article_id = \(article.id)
            """)
        if case .pinned(let position) = place {
            let refusal = EditorialError.contentRefused(field: "position", reason: "it is from 1 to 1000")
            _ = try naming(["collection_pin_position": refusal]) {
                try db.run(
                    """
                    INSERT INTO editorial.collection_pin (collection_id, article_id, position) \
                    VALUES (\(collection.id), \(article.id), \(position))
                    """)
            }
        }
        try Audit.append(
            db, Subject(.collection, collection.id.rawValue),
            place == .unpinned ? "collection.unpinned" : "collection.pinned", by: actor.origin,
            facts: ["article": .integer(article.id.rawValue)])
        return collection
    }
}

/// Has a special take in by itself what answers to all these words.
public struct AddCollectionRule {
    public struct Rule: Sendable, Hashable {
        public var section: Slug?
        public var series: Slug?
        public var topic: Slug?
        public var contributor: Slug?
        public var tag: String?

        public init(
            section: Slug? = nil, series: Slug? = nil, topic: Slug? = nil, contributor: Slug? = nil,
            tag: String? = nil
        ) {
            self.section = section
            self.series = series
            self.topic = topic
            self.contributor = contributor
            self.tag = tag
        }
    }

    let collection: Slug
    let rule: Rule
    let actor: Actor

    public init(_ rule: Rule, to collection: Slug, by actor: Actor) {
        self.rule = rule
        self.collection = collection
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `collectionUnknown`, `collectionClosed`,
    ///   `sectionUnknown`, `seriesUnknown`, `topicUnknown`, `contributorUnknown`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Collection {
        try actor.requireAnywhere(.seriesManage)
        let collection = try Collection.lockOpen(db, collection)
        try PlainField.check([("tag", rule.tag)])
        let section = try rule.section.map { try Section.find(db, $0).id }
        let series = try rule.series.map { try Series.find(db, $0).id }
        let topic = try rule.topic.map { try Topic.all(db, [$0]).first?.id }
        let contributor = try rule.contributor.map { try Contributor.find(db, $0).id }
        let empty = EditorialError.contentRefused(field: "rule", reason: "it says nothing")
        _ = try naming(["collection_rule_says": empty]) {
            try db.run(
                """
                INSERT INTO editorial.collection_rule \
                (collection_id, section_id, series_id, topic_id, contributor_id, tag) VALUES (\(collection.id), \
                \(section), \(series), \(topic ?? nil), \(contributor), \(rule.tag))
                """)
        }
        try Audit.append(
            db, Subject(.collection, collection.id.rawValue), "collection.rule_added", by: actor.origin)
        return collection
    }
}

/// Closes a special: it takes nothing new in, and its page stays as it is.
public struct CloseCollection {
    let collection: Slug
    let actor: Actor

    public init(_ collection: Slug, by actor: Actor) {
        self.collection = collection
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `collectionUnknown`, `collectionClosed`.
    public func perform(_ db: Connection) throws -> Collection {
        try actor.requireAnywhere(.seriesManage)
        let collection = try Collection.lockOpen(db, collection)
        try db.run(
            "UPDATE editorial.collection SET closed_at = clock_timestamp() WHERE id = \(collection.id)")
        try Audit.append(db, Subject(.collection, collection.id.rawValue), "collection.closed", by: actor.origin)
        return try Collection.find(db, collection.slug)
    }
}
