public import Access
public import Postgres
public import Values

/// Why an article did or didn't go out: what keeps it in and who could mend that, what was said about it and doesn't
/// count, and how it came to be where it is. For an editor at midnight.
public struct Why: Sendable {
    /// The article, its state and, when it is held, the state it comes back to.
    public let article: Article
    public let home: Article.Status?
    public let blocks: [Block]
    public let doubts: [Doubt]
    /// Steps that lead on from here, and the roles that may take them.
    public let steps: [Step]
    public let schedules: [Schedule]
    public let movements: [Movement]

    /// Something that keeps the current text in.
    public struct Block: Sendable, Hashable {
        /// The rule's name, as the gate gives it.
        public let rule: String
        public let message: String
        /// Whether an override lifts it, and one is there for this text.
        public let isOverridable: Bool
        public let isOverridden: Bool
        /// Roles that could mend it; empty when it takes an author, or nobody's role.
        public let roles: [String]
    }

    /// An approval that doesn't count for the current text.
    public struct Doubt: Sendable, Hashable {
        public enum Fault: String, Sendable, PostgresCodable {
            /// Given for a text that was changed since.
            case olderText = "older_text"
            /// By somebody who saved the current text or is bylined on it, where the policy wants distance.
            case ownText = "own_text"
            /// By somebody who couldn't have given it in the section the article is in now.
            case otherSection = "other_section"
            /// By a link, where the policy doesn't count links.
            case byLink = "by_link"
            /// Given before somebody asked for changes to this very text, and not said again since.
            case takenBack = "taken_back"
        }

        public let approval: ID<Approval>
        public let kind: ApprovalKind
        public let revision: Int
        /// Nil for whoever signed by link.
        public let who: EmailAddress?
        public let at: Timestamp
        public let fault: Fault
    }

    public struct Step: Sendable, Hashable {
        public let step: Article.Step
        public let to: Article.Status
        public let roles: [String]
    }

    public struct Schedule: Sendable, Hashable {
        public let id: Int64
        public let action: String
        public let revision: Int
        public let due: Timestamp
        /// pending, done, failed, held or cancelled.
        public let state: String
        public let message: String?
        public let who: EmailAddress
    }

    public struct Movement: Sendable, Hashable {
        public let from: Article.Status
        public let to: Article.Status
        public let at: Timestamp
        public let revision: Int?
        public let reason: String?
        /// Who took the step.
        public let who: EmailAddress?
    }
}

// MARK: Finding out

extension Why {
    /// - Throws: ``EditorialError/articleUnknown(_:)``, also when the actor may not read the draft.
    public static func find(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> Why {
        let article = try Article.find(db, id, for: actor)
        let home = try db.value(
            "SELECT a.held_from FROM editorial.article a WHERE a.id = \(article.id)", as: Article.Status?.self)
        return Why(
            article: article, home: home ?? nil, blocks: try blocks(db, article), doubts: try doubts(db, article),
            steps: try steps(db, article), schedules: try schedules(db, article),
            movements: try movements(db, article))
    }

    private static func blocks(_ db: Connection, _ article: Article) throws -> [Block] {
        guard let head = article.head else { return [] }
        let missing = try article.standing(db, revision: head).filter { !$0.isMet }.map(\.kind)
        let found = try db.rows(
            """
            SELECT b.rule, b.message, b.overridable, b.overridable AND EXISTS (SELECT FROM editorial.override o \
            WHERE o.article_id = \(article.id) AND o.revision = \(head)) \
            FROM editorial.blocks(\(article.id), \(head)) AS b
            """
        ) { row in
            (
                rule: try row.next(String.self), message: try row.next(String.self), canLift: try row.next(Bool.self),
                isLifted: try row.next(Bool.self)
            )
        }
        return try found.map { block in
            Block(
                rule: block.rule, message: block.message, isOverridable: block.canLift, isOverridden: block.isLifted,
                roles: try roles(db, permissions(mending: block.rule, missing)))
        }
    }

    /// What it takes to mend what a rule complains of.
    private static func permissions(mending rule: String, _ missing: [ApprovalKind]) -> [Permission] {
        switch rule {
        case "release_approved": missing.filter { $0 != .author }.map(Permission.approval)
        case "release_people": [.approval(.edit)]
        case "release_comments": [.reviewRespond]
        case "release_checklist": [Permission("checklist.tick")]
        case "release_embargoed": [Permission("article.embargo-lift")]
        case "release_held": [.articleHold]
        case "release_killed": [.articleKill]
        case "release_disclosure", "release_base", "release_embed": [.articleWrite]
        default: rule.hasPrefix("image_") ? [Permission("image.manage"), .articleWrite] : []
        }
    }

    private static func roles(_ db: Connection, _ permissions: [Permission]) throws -> [String] {
        try db.rows(
            """
            SELECT DISTINCT p.role FROM access.role_permission p \
            WHERE p.permission = ANY (\(permissions.map(\.rawValue))) ORDER BY p.role
            """
        ) { try $0.next() }
    }

    /// The latest word of each person and kind, if it isn't one that counts.
    private static func doubts(_ db: Connection, _ article: Article) throws -> [Doubt] {
        guard let head = article.head else { return [] }
        return try db.rows(
            """
            SELECT v.id, v.kind, v.revision, u.email, v.given_at, coalesce(w.fault, 'older_text') FROM ( \
            SELECT DISTINCT ON (g.kind, g.person) g.id, g.kind, g.revision, g.account_id, g.given_at \
            FROM editorial.approval g WHERE g.article_id = \(article.id) \
            ORDER BY g.kind, g.person, g.revision DESC, g.id DESC) AS v \
            LEFT JOIN editorial.weighed(\(article.id), \(head)) AS w ON w.approval = v.id \
            LEFT JOIN access.account u ON u.id = v.account_id \
            WHERE w.approval IS NULL OR w.fault IS NOT NULL ORDER BY v.id
            """
        ) { row in
            Doubt(
                approval: try row.next(), kind: try row.next(), revision: try row.next(), who: try row.next(),
                at: try row.next(), fault: try row.next())
        }
    }

    private static func steps(_ db: Connection, _ article: Article) throws -> [Step] {
        try db.rows(
            """
            SELECT t.action, t.to_state, ARRAY(SELECT DISTINCT p.role FROM access.role_permission p \
            WHERE p.permission = coalesce(t.permission, CASE t.action WHEN 'save' THEN 'article.write' \
            WHEN 'submit' THEN 'article.submit' WHEN 'changes' THEN 'review.respond' \
            WHEN 'approve' THEN 'approval.edit' END) AND (t.roles IS NULL OR p.role = ANY (t.roles)) ORDER BY p.role) \
            FROM editorial.article a \
            JOIN editorial.workflow_transition t ON t.workflow = a.workflow AND t.from_state = a.status \
            JOIN editorial.workflow_state s ON s.workflow = t.workflow AND s.state = t.to_state \
            WHERE a.id = \(article.id) AND t.action NOT IN ('recheck', 'fail') \
            AND (t.action <> 'resume' OR t.to_state = editorial.held_home(a.held_from)) \
            AND NOT (t.action = 'publish' AND t.from_state = 'scheduled') ORDER BY s.position, t.action
            """
        ) { row in Step(step: try row.next(), to: try row.next(), roles: try row.next()) }
    }

    private static func schedules(_ db: Connection, _ article: Article) throws -> [Schedule] {
        try db.rows(
            """
            SELECT c.id, c.action, c.revision, c.due_at, c.state, c.message, u.email FROM editorial.schedule c \
            JOIN access.account u ON u.id = c.account_id WHERE c.article_id = \(article.id) ORDER BY c.due_at, c.id
            """
        ) { row in
            Schedule(
                id: try row.next(), action: try row.next(), revision: try row.next(), due: try row.next(),
                state: try row.next(), message: try row.next(), who: try row.next())
        }
    }

    /// Earliest first; a reason stands beside the step that was taken with it. Who took it is who signed the next row of
    /// the article's audit: whoever moves an article has it locked until his row is written.
    private static func movements(_ db: Connection, _ article: Article) throws -> [Movement] {
        try db.rows(
            """
            SELECT m.from_state, m.to_state, m.moved_at, m.revision, r.reason, u.email FROM editorial.movement m \
            LEFT JOIN LATERAL (SELECT g.reason, g.account_id FROM editorial.reason g \
            WHERE g.article_id = m.article_id AND g.given_at <= m.moved_at \
            AND g.step = CASE m.to_state WHEN 'on_hold' THEN 'hold' WHEN 'declined' THEN 'decline' \
            WHEN 'killed' THEN 'kill' END ORDER BY g.id DESC LIMIT 1) AS r ON true \
            LEFT JOIN LATERAL (SELECT j.account FROM journal.audit j WHERE j.subject_kind = 'article' \
            AND j.subject_id = m.article_id AND j.at >= m.moved_at ORDER BY j.seq LIMIT 1) AS t ON true \
            LEFT JOIN access.account u ON u.id = coalesce(r.account_id, t.account) \
            WHERE m.article_id = \(article.id) ORDER BY m.id
            """
        ) { row in
            Movement(
                from: try row.next(), to: try row.next(), at: try row.next(), revision: try row.next(),
                reason: try row.next(), who: try row.next())
        }
    }
}
