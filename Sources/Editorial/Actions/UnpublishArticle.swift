public import Access
public import Postgres
public import Values

/// Takes a text away altogether: its address answers 410 with the class of the reason. It comes back only by a new
/// release that passes the gate.
public struct UnpublishArticle {
    let article: ID<Article>
    let reason: ReasonClass
    let note: String?
    let actor: Actor

    /// - Parameter note: for the newsroom's own record; readers are told the class alone.
    public init(_ article: ID<Article>, reason: ReasonClass, note: String? = nil, by actor: Actor) {
        self.article = article
        self.reason = reason
        self.note = note
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleUnpublish, section: article.section)
        if article.publicStatus == .retracted { try actor.require(.articleRetract, section: article.section) }
        try Content.check("note", note ?? "", longest: Content.longestField)
        let releasing = try Releasing(db, article, account: actor.account, origin: actor.origin, embeds: .none)
        guard let live = releasing.live, let status = article.publicStatus, status != .unpublished else {
            throw EditorialError.notPublic(article.id, article.publicStatus)
        }
        // What was to happen by itself is cancelled by the database, whoever takes the text away; here it is told.
        try Schedules.cancelPending(db, article, why: .unpublished, by: actor)
        return try article.refusing {
            try releasing.takeAway(db, live, kind: .unpublish, note: note, reason: reason)
        }
    }
}
