internal import Access
internal import Journal
public import Postgres
public import Values

/// Loads a workflow as a new version, as the role that owns the schema: nobody else writes policy.
///
/// New articles begin on it; the others keep theirs until somebody moves them.
public struct LoadWorkflow: Sendable {
    public struct Outcome: Sendable {
        /// The newest version afterwards.
        public let version: Int
        /// From the newest version there was; empty when the file says the same, and nothing was loaded.
        public let difference: String
        /// What may be meant, and should be looked at.
        public let warnings: [String]
    }

    let document: JSON
    let systemUser: String

    public init(_ document: JSON, systemUser: String) {
        self.document = document
        self.systemUser = systemUser
    }

    /// - Throws: ``EditorialError/workflowRefused(_:)``.
    public func perform(_ owner: Connection) throws -> Outcome {
        let file = WorkflowFile(document)
        let workflow = file.workflow
        let check = WorkflowCheck(workflow, in: try WorkflowCheck.House(owner))
        guard file.faults.isEmpty, check.faults.isEmpty else {
            throw EditorialError.workflowRefused(file.faults + check.faults)
        }
        // Two at once would load the same number.
        try owner.run("LOCK TABLE editorial.workflow IN SHARE ROW EXCLUSIVE MODE")
        let newest = try Workflow.find(owner)
        let difference = newest.workflow.difference(to: workflow)
        guard !difference.isEmpty else {
            return Outcome(version: newest.number, difference: "", warnings: check.warnings)
        }
        let version = newest.number + 1
        try write(owner, workflow, as: version)
        try Audit.append(
            owner, Subject(.workflow, Int64(version)), "workflow.loaded",
            by: Origin(account: nil, via: .cli, systemUser: systemUser))
        return Outcome(version: version, difference: difference, warnings: check.warnings)
    }

    private func write(_ owner: Connection, _ workflow: Workflow, as version: Int) throws {
        try owner.run("INSERT INTO editorial.workflow (version, name) VALUES (\(version), \(workflow.name))")
        for (position, state) in workflow.states.enumerated() {
            try owner.run(
                """
                INSERT INTO editorial.workflow_state (workflow, state, position) \
                VALUES (\(version), \(state), \(position + 1))
                """)
        }
        for step in workflow.transitions {
            try owner.run(
                """
                INSERT INTO editorial.workflow_transition \
                (workflow, from_state, to_state, action, permission, roles, sections) \
                VALUES (\(version), \(step.from), \(step.to), \(step.step), \(step.permission?.rawValue), \
                \(step.roles), \(step.sections?.map(\.text)))
                """)
        }
        for void in workflow.voids {
            try owner.run(
                """
                INSERT INTO editorial.policy_void (workflow, class, approval_kind) \
                VALUES (\(version), \(void.change.rawValue), \(void.kind))
                """)
        }
        try writeChecklists(owner, workflow, as: version)
        try writePolicies(owner, workflow, as: version)
    }

    private func writeChecklists(_ owner: Connection, _ workflow: Workflow, as version: Int) throws {
        for name in Set(workflow.items.map(\.checklist)).sorted() {
            try owner.run("INSERT INTO editorial.checklist (workflow, name) VALUES (\(version), \(name))")
        }
        for (position, item) in workflow.items.enumerated() {
            try owner.run(
                """
                INSERT INTO editorial.checklist_item (workflow, checklist, item, position, text, per_text, permission) \
                VALUES (\(version), \(item.checklist), \(item.item), \(position + 1), \(item.text), \(item.isOfText), \
                \(item.permission?.rawValue))
                """)
        }
    }

    private func writePolicies(_ owner: Connection, _ workflow: Workflow, as version: Int) throws {
        for rule in workflow.approvals {
            try owner.run(
                """
                INSERT INTO editorial.policy (workflow, section_id, article_kind, risk, approval_kind, needed, \
                separation, by_link, minor) VALUES (\(version), \(section(rule.place)), \(rule.place.kind), \
                \(rule.place.risk), \(rule.kind), \(rule.needed), \(rule.isApart ? "apart" : "any"), \
                \(rule.countsByLink), \(rule.survivesMinorEdits))
                """)
        }
        for rule in workflow.rules {
            try owner.run(
                """
                INSERT INTO editorial.policy_rule (workflow, section_id, article_kind, risk, people, notice_minutes, \
                disclosure) VALUES (\(version), \(section(rule.place)), \(rule.place.kind), \(rule.place.risk), \
                \(rule.people), \(rule.noticeMinutes), \(rule.wantsDisclosure))
                """)
        }
        for check in workflow.checks {
            try owner.run(
                """
                INSERT INTO editorial.policy_checklist (workflow, section_id, article_kind, risk, checklist) \
                VALUES (\(version), \(section(check.place)), \(check.place.kind), \(check.place.risk), \
                \(check.checklist))
                """)
        }
    }

    private func section(_ place: Workflow.Place) -> SQL {
        "(SELECT s.id FROM editorial.section s WHERE s.slug = \(place.section))"
    }
}

extension Subject.Kind {
    static let workflow = Subject.Kind("workflow")
}

extension WorkflowCheck.House {
    init(_ db: Connection) throws {
        func words(_ sql: SQL) throws -> [String] { try db.rows(sql) { try $0.next(String.self) } }
        var rolesWith: [String: [String]] = [:]
        try db.forEach("SELECT permission, role FROM access.role_permission ORDER BY permission, role") { row in
            rolesWith[try row.next(String.self), default: []].append(try row.next(String.self))
        }
        var accountsWith: [String: [String?: Int]] = [:]
        try db.forEach(
            """
            SELECT p.permission, g.section, count(DISTINCT g.account) \
            FROM access.role_grant g JOIN access.role_permission p ON p.role = g.role \
            JOIN access.account a ON a.id = g.account AND a.status = 'active' \
            WHERE p.permission LIKE 'approval.%' GROUP BY p.permission, g.section
            """
        ) { row in
            accountsWith[try row.next(String.self), default: [:]][try row.next(String?.self)] = try row.next(Int.self)
        }
        self.init(
            permissions: Set(rolesWith.keys), roles: Set(try words("SELECT role FROM access.role")),
            sections: Set(try words("SELECT slug FROM editorial.section")), rolesWith: rolesWith,
            accountsWith: accountsWith,
            authors: try db.one("SELECT count(*) FROM editorial.contributor WHERE account_id IS NOT NULL") {
                try $0.next(Int.self)
            })
    }
}
