public import Access
public import Postgres
public import Values

/// A week's plan: what is due, what goes out by itself, what a slot promises, what ends, and the story budget with it.
public enum Calendar {
    public struct Entry: Sendable, Hashable {
        public enum Kind: String, Sendable, PostgresCodable {
            case due, review, schedule, embargo, slot
        }

        public let at: Timestamp
        public let kind: Kind
        /// What the row is about besides its article: what a schedule does, which review, the slot's state and series.
        public let detail: String
        public let article: Budget?
        public let owner: EmailAddress?
    }

    /// A story as a planner counts it.
    public struct Budget: Sendable, Hashable {
        public let id: ID<Article>
        public let title: String
        public let status: Article.Status
        public let section: Slug?
        /// Of the current text.
        public let words: Int
        public let hasArt: Bool
        /// The agreed fees by currency; nil for who may not read them in that section.
        public let fees: [Money]?
        public let owner: EmailAddress?
    }

    /// The week in the publication's zone, in order of time, for whoever reads drafts; in five statements however long
    /// it gets.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func week(_ db: Connection, _ week: Week, in zone: Zone, for actor: Actor) throws -> [Entry] {
        try actor.requireAnywhere(.articleRead)
        let (start, end) = (zone.startOfDay(week.monday), zone.startOfDay(week.sunday.adding(days: 1)))
        let dates = try db.rows(
            """
            SELECT e.at, e.kind, e.detail, e.article_id FROM (\(events(start, end))) AS e ORDER BY e.at, e.kind, \
            e.article_id
            """
        ) { row in
            (
                at: try row.next(Timestamp.self), kind: try row.next(Entry.Kind.self),
                detail: try row.next(String.self), article: try row.next(ID<Article>.self)
            )
        }
        // A slot's day is on its own wall, which may be a day off from ours.
        let slots = try Slots.occurrences(
            db, from: week.monday.adding(days: -1), through: week.sunday.adding(days: 1), for: actor
        ).filter { $0.at >= start && $0.at < end }
        let budgets = try budgets(db, dates.map(\.article) + slots.compactMap(\.article), for: actor)
        var entries = dates.compactMap { date in
            budgets[date.article].map { budget in
                Entry(at: date.at, kind: date.kind, detail: date.detail, article: budget, owner: budget.owner)
            }
        }
        entries += slots.map { slot in
            let state = slot.isLate ? "late" : slot.state.rawValue
            return Entry(
                at: slot.at, kind: .slot, detail: "\(slot.slot.series) \(state)",
                article: slot.article.flatMap { budgets[$0] }, owner: slot.slot.owner)
        }
        return entries.sorted { ($0.at, $0.kind.rawValue, $0.detail) < ($1.at, $1.kind.rawValue, $1.detail) }
    }

    private static func events(_ start: Timestamp, _ end: Timestamp) -> SQL {
        """
        SELECT a.due_at AS at, 'due' AS kind, '' AS detail, a.id AS article_id FROM editorial.article a \
        WHERE a.due_at >= \(start) AND a.due_at < \(end) AND a.status NOT IN ('killed', 'declined') \
        UNION ALL SELECT q.due_at, 'review', q.kind, q.article_id FROM editorial.review_request q \
        WHERE q.due_at >= \(start) AND q.due_at < \(end) \
        AND NOT EXISTS (SELECT FROM editorial.review_end n WHERE n.request_id = q.id) \
        UNION ALL SELECT h.due_at, 'schedule', h.action || ' ' || h.state, h.article_id FROM editorial.schedule h \
        WHERE h.due_at >= \(start) AND h.due_at < \(end) AND h.state <> 'cancelled' \
        UNION ALL SELECT a.embargo_until, 'embargo', '', a.id FROM editorial.article a \
        WHERE a.embargo_until >= \(start) AND a.embargo_until < \(end)
        """
    }

    /// The budget of these articles that the actor may read drafts of.
    private static func budgets(
        _ db: Connection, _ ids: [ID<Article>], for actor: Actor
    ) throws -> [ID<Article>: Budget] {
        let wanted = Array(Set(ids)).map(\.rawValue)
        guard !wanted.isEmpty else { return [:] }
        let stories = try db.rows(
            """
            SELECT a.id, a.title, a.status, s.slug, coalesce(d.words, 0), \
            EXISTS (SELECT FROM editorial.revision_image i WHERE i.article_id = a.id AND i.revision = a.head \
            AND i.placement = 'lead'), u.email \
            FROM editorial.article a LEFT JOIN editorial.section s ON s.id = a.section_id \
            LEFT JOIN access.account u ON u.id = a.owner_id \
            LEFT JOIN editorial.search_draft d ON d.article_id = a.id AND d.source = 'draft' \
            WHERE a.id = ANY (\(wanted)) AND \(Sight(actor).draftOnly)
            """
        ) { row in
            (
                id: try row.next(ID<Article>.self), title: try row.next(String.self),
                status: try row.next(Article.Status.self), section: try row.next(Slug?.self),
                words: try row.next(Int.self), hasArt: try row.next(Bool.self), owner: try row.next(EmailAddress?.self)
            )
        }
        let fees = try fees(db, wanted, for: actor)
        let pairs = stories.map { story in
            let mayRead = actor.may(.feeRead, section: story.section)
            return (
                story.id,
                Budget(
                    id: story.id, title: story.title, status: story.status, section: story.section,
                    words: story.words, hasArt: story.hasArt, fees: mayRead ? fees[story.id] ?? [] : nil,
                    owner: story.owner)
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private static func fees(
        _ db: Connection, _ articles: [Int64], for actor: Actor
    ) throws -> [ID<Article>: [Money]] {
        guard actor.sections(for: .feeRead) != nil else { return [:] }
        let sums = try db.rows(
            """
            SELECT n.article_id, n.currency, sum(n.agreed_minor)::bigint FROM editorial.commission_now n \
            WHERE n.article_id = ANY (\(articles)) GROUP BY n.article_id, n.currency ORDER BY n.article_id, n.currency
            """
        ) { row in
            let (id, currency) = (try row.next(ID<Article>.self), try row.next(Currency.self))
            return (id, [Money(minor: try row.next(), currency: currency)])
        }
        return Dictionary(sums) { $0 + $1 }
    }
}
