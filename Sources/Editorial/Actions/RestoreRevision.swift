public import Access
internal import Journal
public import Postgres
public import Values

/// Makes an older text the current one: a new revision, made from that older one.
///
/// Nothing goes live by it. What was scheduled for the article was another text's.
public struct RestoreRevision {
    let article: ID<Article>
    let revision: Int
    let base: SaveRevision.Base?
    let note: String?
    let actor: Actor

    /// - Parameter base: the current revision as it was read; refused like a stale save when there is a newer one.
    public init(
        _ article: ID<Article>, revision: Int, base: SaveRevision.Base? = nil, note: String? = nil, by actor: Actor
    ) {
        self.article = article
        self.revision = revision
        self.base = base
        self.note = note
        self.actor = actor
    }

    /// Restoring a text that is the current one changes nothing.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `revisionUnknown`, `wrongState`,
    ///   `changedMeanwhile`.
    public func perform(_ db: Connection) throws -> SaveRevision.Saved {
        let locked = try Article.lock(db, article, for: actor)
        let older = try Revision.find(db, locked.id, revision)
        let change = SaveRevision.Change(note: note ?? "Restored from revision \(revision)")
        let saved = try SaveRevision(locked.id, change, base: base ?? .latest, by: actor)
            .perform(db, restoring: older)
        if saved.isNew { try Schedules.cancelPending(db, locked, why: .restored, by: actor) }
        return saved
    }
}
