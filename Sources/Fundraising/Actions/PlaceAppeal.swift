public import Access
internal import Journal
public import Postgres
public import Values

/// Puts an appeal under stories, takes it away from some, or says when it runs.
public struct PlaceAppeal {
    public enum Change: Sendable, Hashable {
        case put(AppealPlace)
        case take(AppealPlace)
        case run(AppealWindow)
    }

    let appeal: Appeal
    let change: Change
    let actor: Actor

    public init(_ appeal: Appeal, _ change: Change, by actor: Actor) {
        self.appeal = appeal
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``AppealRefusal``: `notPlaced`, `windowBackwards`.
    public func perform(_ db: Connection) throws {
        try actor.require(.campaignManage)
        let action: String
        switch change {
        case .put(let place):
            action = "appeal.placed"
            try db.run(
                """
                INSERT INTO fundraising.appeal_placement (appeal_id, kind, slug, placed_by) \
                VALUES (\(appeal.id), \(place.kind), \(place.slug), \(actor.account)) \
                ON CONFLICT ON CONSTRAINT appeal_placement_once DO NOTHING
                """)
        case .take(let place):
            action = "appeal.taken_away"
            let taken = try db.run(
                """
                DELETE FROM fundraising.appeal_placement WHERE appeal_id = \(appeal.id) AND kind = \(place.kind) \
                AND slug IS NOT DISTINCT FROM \(place.slug)::text
                """)
            guard taken == 1 else { throw FundraisingError.appeal(.notPlaced(appeal.slug, place)) }
        case .run(let window):
            action = "appeal.timed"
            if let until = window.until, until <= window.from { throw FundraisingError.appeal(.windowBackwards) }
            try db.run(
                """
                UPDATE fundraising.appeal SET runs_from = \(window.from.description)::text::timestamp, \
                runs_until = \(window.until?.description)::text::timestamp WHERE id = \(appeal.id)
                """)
        }
        try Audit.append(db, Subject(.appeal, appeal.id.rawValue), action, by: actor.origin)
    }
}

/// Changes what the staff calls an appeal, or its first and last day in the books.
public struct EditAppeal {
    let appeal: Appeal
    let name: String?
    let starts: LocalDate?
    let ends: LocalDate?
    let actor: Actor

    /// Nil leaves a field as it is.
    public init(_ appeal: Appeal, name: String?, starts: LocalDate?, ends: LocalDate?, by actor: Actor) {
        self.appeal = appeal
        self.name = name
        self.starts = starts
        self.ends = ends
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/endsBeforeItStarts(starts:ends:)``; `ValueError`.
    public func perform(_ db: Connection) throws -> Appeal {
        try actor.require(.campaignManage)
        let name = try name.map { try CampaignName($0).text }
        try requireOrder(starts ?? appeal.starts, ends ?? appeal.ends)
        try db.run(
            """
            UPDATE fundraising.appeal SET name = coalesce(\(name)::text, name), \
            starts = coalesce(\(starts)::date, starts), ends = coalesce(\(ends)::date, ends) WHERE id = \(appeal.id)
            """)
        try Audit.append(db, Subject(.appeal, appeal.id.rawValue), "appeal.edited", by: actor.origin)
        return try Appeal.find(db, appeal.slug, campaign: appeal.campaign)
    }
}

/// Keeps every appeal away from a story, or lets them back.
public struct BarAppeals {
    public enum Way: Sendable, Hashable {
        case bar(reason: String)
        case unbar
    }

    let article: String
    let way: Way
    let actor: Actor

    /// - Parameter article: the number or a slug of a story that was ever public.
    public init(_ article: String, _ way: Way, by actor: Actor) {
        self.article = article
        self.way = way
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownArticle`, `confidential`, `appeal` with
    ///   `barred`, `notBarred`; `ValueError`.
    public func perform(_ db: Connection) throws {
        try actor.require(.appealBar)
        let id = try PublicStory.id(db, article)
        switch way {
        case .bar(let reason):
            let reason = try TypedText(reason, "reason", longest: TypedText.note).text
            let barred = try db.run(
                """
                INSERT INTO fundraising.appeal_bar (article_id, reason, barred_by) \
                VALUES (\(id), \(reason), \(actor.account)) ON CONFLICT ON CONSTRAINT appeal_bar_pkey DO NOTHING
                """)
            guard barred == 1 else { throw FundraisingError.appeal(.barred(article)) }
        case .unbar:
            guard try db.run("DELETE FROM fundraising.appeal_bar WHERE article_id = \(id)") == 1 else {
                throw FundraisingError.appeal(.notBarred(article))
            }
        }
        try Audit.append(
            db, Subject(.article, id), way == .unbar ? "appeals.unbarred" : "appeals.barred", by: actor.origin)
    }
}
