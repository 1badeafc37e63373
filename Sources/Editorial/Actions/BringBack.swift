public import Access
internal import Journal
public import Postgres
public import Values

/// Brings back what was set aside: a held article to where it was, a declined pitch to the pitches, a killed article to
/// its drafts. What was scheduled when it was held is approved afterwards: its hour has to be set again.
public struct BringBack {
    public enum Way: String, Sendable, CaseIterable {
        case resume, reopen, revive

        var step: Article.Step { Article.Step(rawValue: rawValue) }
    }

    let article: ID<Article>
    let way: Way
    let actor: Actor

    public init(_ article: ID<Article>, _ way: Way, by actor: Actor) {
        self.article = article
        self.way = way
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `wrongState`.
    public func perform(_ db: Connection) throws -> Article {
        let article = try Article.lock(db, article, for: actor)
        let status: Article.Status
        switch way {
        case .resume:
            try actor.require(.articleHold, section: article.section)
            try article.require(.onHold)
            status = try db.one(
                "SELECT editorial.held_home(a.held_from) FROM editorial.article a WHERE a.id = \(article.id)"
            ) { try $0.next(Article.Status.self) }
        case .reopen:
            try actor.require(.articleAssign, section: article.section)
            status = .pitch
        case .revive:
            try actor.require(.articleKill, section: article.section)
            status = .drafting
        }
        try article.move(db, to: status, by: way.step, as: actor)
        let subject = Subject(.article, article.id.rawValue)
        let what =
            switch way {
            case .resume: "article.resumed"
            case .reopen: "article.reopened"
            case .revive: "article.revived"
            }
        try Outbox.put(db, type: what, subject: subject, payload: .object([:]))
        try Audit.append(db, subject, what, by: actor.origin)
        _ = try Article.find(db, article.id, for: actor).settle(db, as: actor)
        return try Article.find(db, article.id, for: actor)
    }
}
