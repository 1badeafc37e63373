internal import Access
public import Postgres
internal import Values

extension Article {
    /// Where the work stands. Which there are, and which step leads from one to the next, is data of the article's
    /// workflow (`editorial.workflow_state`, `editorial.workflow_transition`): a house may have states of its own.
    public struct Status: RawRepresentable, Hashable, Sendable, PostgresCodable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        // Those the actions know; every workflow has them.
        public static let pitch = Status(rawValue: "pitch")
        public static let assigned = Status(rawValue: "assigned")
        public static let drafting = Status(rawValue: "drafting")
        public static let inReview = Status(rawValue: "in_review")
        public static let approved = Status(rawValue: "approved")
        public static let scheduled = Status(rawValue: "scheduled")
        public static let published = Status(rawValue: "published")
        public static let declined = Status(rawValue: "declined")
        public static let onHold = Status(rawValue: "on_hold")
        public static let killed = Status(rawValue: "killed")
        public static let scheduleFailed = Status(rawValue: "schedule_failed")
        static let known: [Status] = [
            .pitch, .assigned, .drafting, .inReview, .approved, .scheduled, .published, .declined, .onHold, .killed,
            .scheduleFailed,
        ]

        /// One that a house added: a desk on the way, where a text is worked on as in review.
        var isOfTheHouse: Bool { !Self.known.contains(self) }
    }

    /// What moves an article from one state to another: the word by which a workflow names it.
    public struct Step: RawRepresentable, Hashable, Sendable, PostgresCodable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let assign = Step(rawValue: "assign")
        public static let decline = Step(rawValue: "decline")
        public static let reopen = Step(rawValue: "reopen")
        public static let save = Step(rawValue: "save")
        public static let submit = Step(rawValue: "submit")
        public static let changes = Step(rawValue: "changes")
        public static let approve = Step(rawValue: "approve")
        public static let recheck = Step(rawValue: "recheck")
        public static let publish = Step(rawValue: "publish")
        public static let schedule = Step(rawValue: "schedule")
        public static let unschedule = Step(rawValue: "unschedule")
        public static let fail = Step(rawValue: "fail")
        public static let hold = Step(rawValue: "hold")
        public static let resume = Step(rawValue: "resume")
        public static let kill = Step(rawValue: "kill")
        public static let revive = Step(rawValue: "revive")
        public static let advance = Step(rawValue: "advance")
    }
}

// MARK: Moving

extension Article {
    /// Who may take a step, besides what the action itself asks for.
    struct Transition: Sendable {
        let permission: Permission?
        /// Any of these; nil for whoever has the permission.
        let roles: [String]?
        let sections: [Slug]?

        static let columns: StaticString = "t.permission, t.roles, t.sections"

        init(_ row: inout Row) throws {
            permission = try row.next(String?.self).map(Permission.init(rawValue:))
            roles = try row.next()
            sections = try row.next([String]?.self)?.map { try Slug($0) }
        }

        /// - Throws: `AccessError.notPermitted`.
        func require(of actor: Actor, section: Slug?) throws {
            if let permission { try actor.require(permission, section: section) }
            let isHere = sections.map { section.map($0.contains) ?? false } ?? true
            let holds =
                roles.map { roles in
                    actor.grants.contains { grant in
                        roles.contains(grant.role.rawValue) && (grant.section == nil || grant.section == section)
                    }
                } ?? true
            guard isHere, holds else {
                throw AccessError.notPermitted(
                    permission ?? Permission("workflow.step"), actor: actor.email, section: section)
            }
        }
    }

    /// Takes the step, if the article's workflow has it and gives it to this actor.
    ///
    /// - Throws: ``EditorialError/wrongState(_:_:needs:)``, `AccessError.notPermitted`.
    func move(_ db: Connection, to status: Status, by step: Step, as actor: Actor) throws {
        let taken = try db.row(
            """
            UPDATE editorial.article a SET status = \(status) FROM editorial.workflow_transition t \
            WHERE a.id = \(id) AND t.workflow = a.workflow AND t.from_state = a.status AND t.to_state = \(status) \
            AND t.action = \(step) RETURNING \(raw: Transition.columns)
            """
        ) { try Transition(&$0) }
        guard let taken else { throw try wrongState(db, step, to: status) }
        try taken.require(of: actor, section: section)
    }

    /// That the step could be taken now, for what takes it by another way.
    ///
    /// - Throws: ``EditorialError/wrongState(_:_:needs:)``, `AccessError.notPermitted`.
    func requireStep(_ db: Connection, _ step: Step, to status: Status, as actor: Actor) throws {
        let found = try db.row(
            """
            SELECT \(raw: Transition.columns) FROM editorial.article a \
            JOIN editorial.workflow_transition t ON t.workflow = a.workflow AND t.from_state = a.status \
            WHERE a.id = \(id) AND t.to_state = \(status) AND t.action = \(step)
            """
        ) { try Transition(&$0) }
        guard let found else { throw try wrongState(db, step, to: status) }
        try found.require(of: actor, section: section)
    }

    /// A changed text is a draft again, except where texts are changed all the time: while it is drafted, in review, and
    /// at a desk of the house's own, unless its workflow says `save` there.
    ///
    /// - Returns: the state afterwards.
    /// - Throws: `AccessError.notPermitted`; ``EditorialError/wrongState(_:_:needs:)``.
    @discardableResult
    func startAgain(_ db: Connection, as actor: Actor) throws -> Status {
        if status == .drafting || status == .inReview { return status }
        do { try move(db, to: .drafting, by: .save, as: actor) } catch EditorialError.wrongState
            where status.isOfTheHouse
        { return status }
        return .drafting
    }

    /// The states that the step leads from, in the order of the workflow.
    private func wrongState(_ db: Connection, _ step: Step, to status: Status) throws -> EditorialError {
        let needs = try db.rows(
            """
            SELECT t.from_state FROM editorial.article a \
            JOIN editorial.workflow_transition t ON t.workflow = a.workflow \
            JOIN editorial.workflow_state s ON s.workflow = t.workflow AND s.state = t.from_state \
            WHERE a.id = \(id) AND t.to_state = \(status) AND t.action = \(step) ORDER BY s.position
            """
        ) { try $0.next(Status.self) }
        return .wrongState(id, self.status, needs: needs)
    }
}
