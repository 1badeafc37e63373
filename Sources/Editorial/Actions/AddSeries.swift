public import Access
internal import Journal
public import Postgres
public import Values

/// Begins a series.
public struct AddSeries {
    /// What every instalment may take.
    public struct Standing: Sendable {
        public var prefix: String?
        public var dek: String?
        public var art: StandingImage?
        public var bodyTemplate: String?

        public init(
            prefix: String? = nil, dek: String? = nil, art: StandingImage? = nil, bodyTemplate: String? = nil
        ) {
            self.prefix = prefix
            self.dek = dek
            self.art = art
            self.bodyTemplate = bodyTemplate
        }
    }

    let slug: Slug
    let name: String
    let standing: Standing
    let actor: Actor

    public init(_ slug: Slug, name: String, _ standing: Standing = Standing(), by actor: Actor) {
        self.slug = slug
        self.name = name
        self.standing = standing
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `seriesExists`, `contentRefused`, `mediaUnknown`.
    public func perform(_ db: Connection) throws -> Series {
        try actor.requireAnywhere(.seriesManage)
        try PlainField.check([
            ("name", name), ("prefix", standing.prefix), ("dek", standing.dek), ("template", standing.bodyTemplate),
        ])
        let art = try standing.art?.hash(db)
        let series = try naming([
            "series_slug_key": .seriesExists(slug),
            "series_name_given": .contentRefused(field: "name", reason: "it is empty"),
            "series_template_size": .contentRefused(field: "template", reason: "it is longer than 100000 bytes"),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.series \
                (slug, name, prefix, dek, art, art_alt, art_credit, body_template, created_by) VALUES (\(slug), \
                \(name), \(standing.prefix), \(standing.dek), \(art), \(standing.art?.alt), \
                \(standing.art?.credit), \(standing.bodyTemplate), \(actor.account)) \
                RETURNING \(raw: Series.columns)
                """
            ) { try Series(&$0) }
        }
        try Audit.append(db, Subject(.series, series.id.rawValue), "series.added", by: actor.origin)
        return series
    }
}

/// Names what stories can be about.
public struct AddTopic {
    let slug: Slug
    let name: String
    let actor: Actor

    public init(_ slug: Slug, name: String, by actor: Actor) {
        self.slug = slug
        self.name = name
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `topicExists`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Topic {
        try actor.requireAnywhere(.seriesManage)
        try PlainField.check([("name", name)])
        let topic = try naming([
            "topic_slug_key": .topicExists(slug),
            "topic_name_given": .contentRefused(field: "name", reason: "it is empty"),
        ]) {
            try db.one(
                "INSERT INTO editorial.topic (slug, name) VALUES (\(slug), \(name)) RETURNING id, slug, name"
            ) { try Topic(&$0) }
        }
        try Audit.append(db, Subject(.topic, topic.id.rawValue), "topic.added", by: actor.origin)
        return topic
    }
}

/// What PostgreSQL's text can't hold, or nobody would write, in fields outside a revision.
enum PlainField {
    static let longest = 100_000

    /// - Throws: ``EditorialError/contentRefused(field:reason:)``, ``EditorialError/taxNumber(field:)``.
    static func check(_ fields: [(name: String, text: String?)]) throws(EditorialError) {
        for (name, text) in fields {
            guard let text else { continue }
            guard !text.utf8.contains(0) else {
                throw .contentRefused(field: name, reason: "it contains a NUL byte")
            }
            guard text.utf8.count <= longest else {
                throw .contentRefused(field: name, reason: "it is longer than \(longest) bytes")
            }
        }
    }

    /// The same, and no tax number in any of them.
    static func checkPersonal(_ fields: [(name: String, text: String?)]) throws(EditorialError) {
        try check(fields)
        for (name, text) in fields where TaxNumber.isIn(text ?? "") { throw .taxNumber(field: name) }
    }
}
