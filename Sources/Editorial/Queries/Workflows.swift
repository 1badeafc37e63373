internal import Access
public import Postgres
internal import Values

extension Workflow {
    /// Every version, latest first.
    public static func versions(_ db: Connection) throws -> [Version] {
        try db.rows(
            """
            SELECT w.version, w.name, w.loaded_at, \
            (SELECT count(*) FROM editorial.article a WHERE a.workflow = w.version) \
            FROM editorial.workflow w ORDER BY w.version DESC
            """
        ) { row in
            Version(number: try row.next(), name: try row.next(), loadedAt: try row.next(), articles: try row.next())
        }
    }

    /// - Throws: ``EditorialError/stateUnknown(_:)``.
    public static func requireState(_ db: Connection, _ status: Article.Status) throws {
        let isKnown = try db.one(
            "SELECT EXISTS (SELECT FROM editorial.workflow_state s WHERE s.state = \(status))"
        ) { try $0.next(Bool.self) }
        guard isKnown else { throw EditorialError.stateUnknown(status.rawValue) }
    }

    /// One version; the newest when none is named.
    ///
    /// - Throws: ``EditorialError/workflowUnknown(_:)``.
    public static func find(_ db: Connection, version: Int? = nil) throws -> (number: Int, workflow: Workflow) {
        let found = try db.row(
            """
            SELECT w.version, w.name FROM editorial.workflow w \
            WHERE w.version = coalesce(\(version), (SELECT max(version) FROM editorial.workflow))
            """
        ) { row in (number: try row.next(Int.self), name: try row.next(String.self)) }
        guard let found else { throw EditorialError.workflowUnknown(version ?? 0) }
        var workflow = Workflow(
            name: found.name, states: [], transitions: [], approvals: [], rules: [], voids: [], checks: [], items: [])
        workflow.states = try db.rows(
            "SELECT state FROM editorial.workflow_state WHERE workflow = \(found.number) ORDER BY position"
        ) { try $0.next() }
        workflow.transitions = try db.rows(
            """
            SELECT from_state, to_state, action, permission, roles, sections FROM editorial.workflow_transition \
            WHERE workflow = \(found.number) ORDER BY from_state, to_state, action
            """
        ) { row in
            Transition(
                from: try row.next(), to: try row.next(), step: try row.next(),
                permission: try row.next(String?.self).map(Permission.init(rawValue:)), roles: try row.next(),
                sections: try row.next([String]?.self)?.map { try Slug($0) })
        }
        try workflow.readPolicies(db, found.number)
        workflow.items = try db.rows(
            """
            SELECT checklist, item, text, per_text, permission FROM editorial.checklist_item \
            WHERE workflow = \(found.number) ORDER BY checklist, position, item
            """
        ) { row in
            Item(
                checklist: try row.next(), item: try row.next(), text: try row.next(), isOfText: try row.next(),
                permission: try row.next(String?.self).map(Permission.init(rawValue:)))
        }
        return (found.number, workflow)
    }

    private mutating func readPolicies(_ db: Connection, _ version: Int) throws {
        approvals = try db.rows(
            """
            SELECT s.slug, p.article_kind, p.risk, p.approval_kind, p.needed, p.separation = 'apart', p.by_link, \
            p.minor FROM editorial.policy p LEFT JOIN editorial.section s ON s.id = p.section_id \
            WHERE p.workflow = \(version) ORDER BY p.id
            """
        ) { row in
            ApprovalRule(
                place: try Place(&row), kind: try row.next(), needed: try row.next(), isApart: try row.next(),
                countsByLink: try row.next(), survivesMinorEdits: try row.next())
        }
        rules = try db.rows(
            """
            SELECT s.slug, p.article_kind, p.risk, p.people, p.notice_minutes, p.disclosure \
            FROM editorial.policy_rule p LEFT JOIN editorial.section s ON s.id = p.section_id \
            WHERE p.workflow = \(version) ORDER BY p.id
            """
        ) { row in
            Rule(
                place: try Place(&row), people: try row.next(), noticeMinutes: try row.next(),
                wantsDisclosure: try row.next())
        }
        checks = try db.rows(
            """
            SELECT s.slug, p.article_kind, p.risk, p.checklist FROM editorial.policy_checklist p \
            LEFT JOIN editorial.section s ON s.id = p.section_id WHERE p.workflow = \(version) ORDER BY p.id
            """
        ) { row in Check(place: try Place(&row), checklist: try row.next()) }
        voids = try db.rows(
            """
            SELECT class, approval_kind FROM editorial.policy_void WHERE workflow = \(version) \
            ORDER BY class, approval_kind
            """
        ) { row in
            let word = try row.next(String.self)
            guard let change = ContentClass(rawValue: word) else {
                throw ValueError(kind: "content class", value: word, reason: "this program doesn't know it")
            }
            return Void(change: change, kind: try row.next())
        }
    }
}

extension Workflow.Place {
    fileprivate init(_ row: inout Row) throws {
        self.init(section: try row.next(), kind: try row.next(), risk: try row.next())
    }
}
