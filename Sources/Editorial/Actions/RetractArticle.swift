public import Access
public import Postgres
public import Values

/// Takes back what was published: it stays at its address, marked, saying who and why; it leaves lists and feeds.
public struct RetractArticle {
    let article: ID<Article>
    let reason: String
    let signedBy: String
    let actor: Actor

    /// - Parameters:
    ///   - reason: why, as readers will read it.
    ///   - signedBy: who retracts it, as readers will read it: "The editors".
    public init(_ article: ID<Article>, reason: String, signedBy: String, by actor: Actor) {
        self.article = article
        self.reason = reason
        self.signedBy = signedBy
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`, `reasonNeeded`.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleRetract, section: article.section)
        for text in [reason, signedBy] {
            guard text.contains(where: { !$0.isWhitespace }) else { throw EditorialError.wordsNeeded(article.id) }
        }
        try Content.check("reason", reason, longest: Content.longestField)
        try Content.check("by-line", signedBy, longest: Content.longestTitle)
        let releasing = try Releasing(db, article, account: actor.account, origin: actor.origin, embeds: .none)
        guard let live = releasing.live, article.publicStatus == .live || article.publicStatus == .corrected else {
            throw EditorialError.notPublic(article.id, article.publicStatus)
        }
        // As when it is unpublished: nothing changes by itself what readers are told was taken back.
        try Schedules.cancelPending(db, article, why: .retracted, by: actor)
        return try article.refusing {
            try releasing.takeAway(db, live, kind: .retraction, note: reason, signedBy: signedBy)
        }
    }
}
