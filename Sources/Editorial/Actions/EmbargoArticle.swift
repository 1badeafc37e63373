public import Access
internal import Journal
public import Postgres
public import Values

/// Keeps everything of an article in until a time, or lifts that early.
public struct EmbargoArticle {
    let article: ID<Article>
    let until: ClockTime?
    let reason: String?
    let actor: Actor

    /// - Parameters:
    ///   - until: nil lifts it.
    ///   - reason: needed to end it before its time.
    public init(_ article: ID<Article>, until: ClockTime?, reason: String? = nil, by actor: Actor) {
        self.article = article
        self.until = until
        self.reason = reason
        self.actor = actor
    }

    /// - Returns: until when it is embargoed now; nil for not at all.
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `alreadyPublic`, `reasonNeeded`,
    ///   `notEmbargoed`, `timePassed`, `dueNonexistent`, `dueAmbiguous`, `offsetUnknown`.
    public func perform(_ db: Connection) throws -> Timestamp? {
        let article = try Article.lock(db, article, for: actor)
        let instant = try until?.instant()
        let (standing, now) = try db.one(
            """
            SELECT CASE WHEN embargo_until > clock_timestamp() THEN embargo_until END, clock_timestamp() \
            FROM editorial.article WHERE id = \(article.id)
            """
        ) { (try $0.next(Timestamp?.self), try $0.next(Timestamp.self)) }
        let isEarly = standing.map { standing in instant.map { $0 < standing } ?? true } ?? false
        try actor.require(isEarly ? .articleEmbargoLift : .articleEmbargo, section: article.section)
        if standing == nil, instant == nil { throw EditorialError.notEmbargoed(article.id) }
        if let until, let instant, instant <= now {
            throw EditorialError.timePassed(until.local, zone: until.zone.name)
        }
        if isEarly, !(reason ?? "").contains(where: { !$0.isWhitespace }) {
            throw EditorialError.wordsNeeded(article.id)
        }
        try Content.check("reason", reason ?? "", longest: Content.longestField)
        let id = try naming(["embargo_before": .alreadyPublic(article.id)]) {
            try db.one(
                """
                INSERT INTO editorial.embargo (article_id, until_at, until_local, until_zone, reason, account_id) \
                VALUES (\(article.id), \(instant), \(until?.local.description), \(until?.zone.name), \(reason), \
                \(actor.account)) RETURNING id
                """
            ) { try $0.next(Int64.self) }
        }
        let subject = Subject(.article, article.id.rawValue)
        let action = instant == nil ? "embargo.lifted" : "embargo.set"
        let facts: [String: JSON] = [
            "embargo": .integer(id), "until": instant.map { .integer($0.seconds) } ?? .null, "early": .bool(isEarly),
        ]
        try Audit.append(db, subject, action, by: actor.origin, facts: facts)
        return instant
    }
}
