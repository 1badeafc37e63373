public import Access
internal import Journal
public import Postgres
public import Values

/// Publishes the approved text of an article. The slug is taken for ever: a link must not come to mean another story.
public struct PublishArticle {
    let article: ID<Article>
    let revision: Int?
    let embeds: Embeds
    let actor: Actor

    /// - Parameters:
    ///   - revision: the text that is meant to go out; nil for the approved one. A fix is named by its number.
    ///   - embeds: whose players may stand in the text.
    public init(_ article: ID<Article>, revision: Int? = nil, embeds: Embeds = .none, by actor: Actor) {
        self.article = article
        self.revision = revision
        self.embeds = embeds
        self.actor = actor
    }

    /// Publishing the same revision again gives the release that there is. What was unpublished comes back by this, when
    /// its text still passes the gate.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `wrongState`,
    ///   `revisionUnknown`, `staleApproval`, `notApproved`, `picturesIncomplete`, `notPlaced`, `blocked`,
    ///   `slugTaken`, `pathTaken`, `slugNeeded`.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articlePublish, section: article.section)
        let releasing = try Releasing(
            db, article, account: actor.account, origin: actor.origin, embeds: embeds)
        let isPublic = article.publicStatus == .live || article.publicStatus == .corrected
        if isPublic, let live = releasing.live, live.revision == revision ?? article.head { return live }

        let text = try article.currentRevision(db, expected: revision)
        try article.requireReleasable(db, text, live: releasing.live)
        if text.number == article.head {
            // Whoever publishes by hand what waits for its hour doesn't want it twice.
            try Schedules.cancelPublishing(db, article, by: actor)
            if article.status != .published { try article.requireStep(db, .publish, to: .published, as: actor) }
        }
        return try article.refusing {
            try releasing.release(db, text, .init(kind: releasing.live == nil ? .first : .update))
        }
    }
}

extension Article {
    /// That a text may go out now. Says which it is: never approved, approved and then edited, or kept in by something
    /// else.
    func requireReleasable(_ db: Connection, _ text: Revision, live: Release?) throws {
        guard section != nil, kind != nil else { throw EditorialError.notPlaced(id) }
        let block = try firstBlock(db, revision: text)
        let isFix = text.number != head
        let isBack = publicStatus == .unpublished && text.number == live?.revision
        let isReady = isFix || isBack || [.approved, .scheduled, .scheduleFailed].contains(status)
        if isReady, block == nil { return }
        let isUnapproved = if case .notApproved = block { true } else { !isReady }
        if isUnapproved {
            let approved = try db.value(
                """
                SELECT max(v.revision) FROM editorial.approval v WHERE v.article_id = \(id) \
                AND v.kind <> 'author' AND v.revision < \(text.number) AND v.revision > \(live?.revision ?? 0)
                """, as: Int?.self)
            if let approved, let approved {
                throw EditorialError.staleApproval(id, revision: approved, current: text.number)
            }
        }
        if let block { throw block }
        try require(.approved)
    }
}

extension Schedules {
    /// Cancels the schedule by which a text was to go out; a time at which it is to go away stays.
    static func cancelPublishing(_ db: Connection, _ article: Article, by actor: Actor) throws {
        let ids = try db.rows(
            """
            UPDATE editorial.schedule SET state = 'cancelled', rule = \(Why.superseded.rawValue), \
            settled_by = \(actor.account) WHERE article_id = \(article.id) AND state = 'pending' \
            AND action <> 'unpublish' RETURNING id
            """
        ) { try $0.next(ID<Schedule>.self) }
        for id in ids {
            try Audit.append(
                db, Subject(.article, article.id.rawValue), "schedule.cancelled", by: actor.origin,
                facts: ["schedule": .integer(id.rawValue), "why": .string(Why.superseded.rawValue)])
        }
        // The graph knows no way from a failed schedule to publication but over the approval.
        if article.status == .scheduleFailed {
            try article.move(db, to: .approved, by: .unschedule, as: actor)
        }
    }
}
