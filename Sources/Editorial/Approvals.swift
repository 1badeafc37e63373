internal import Access
internal import Journal
internal import Postgres
internal import Values

/// How the yes that a policy wants stands for one text.
struct Approvals: Sendable {
    let kinds: [Standing]
    /// Different people who have to say yes, as authors or editors, and those who have.
    let peopleNeeded: Int
    let peopleGiven: Int

    /// A gap in a policy closes the gate: where nothing is asked, nothing goes out.
    var isMet: Bool { !kinds.isEmpty && kinds.allSatisfy(\.isMet) && peopleGiven >= peopleNeeded }

    /// - Throws: ``EditorialError/notApproved(_:_:)``, ``EditorialError/peopleMissing(_:revision:needed:given:)``.
    func require(of article: ID<Article>, revision: Int) throws(EditorialError) {
        guard !kinds.isEmpty, kinds.allSatisfy(\.isMet) else {
            throw .notApproved(article, kinds.filter { !$0.isMet })
        }
        guard peopleGiven >= peopleNeeded else {
            throw .peopleMissing(article, revision: revision, needed: peopleNeeded, given: peopleGiven)
        }
    }
}

extension Article {
    /// What the policy wants of a text and what is there, as the gate counts it.
    func approvals(_ db: Connection, revision: Int) throws -> Approvals {
        let people = try db.one("SELECT needed, given FROM editorial.people(\(id), \(revision))") { row in
            (needed: try row.next(Int.self), given: try row.next(Int.self))
        }
        return Approvals(
            kinds: try standing(db, revision: revision), peopleNeeded: people.needed, peopleGiven: people.given)
    }

    /// Brings the state in line with the approvals: a text in review that has all of them is approved, an approved one
    /// that has them no longer (it was moved, or a risk was seen) is in review again. Any other state stays.
    ///
    /// - Parameter actor: nil when the last yes came by link: nobody's roles can be asked then.
    /// - Returns: the state afterwards.
    func settle(_ db: Connection, as actor: Actor?, by origin: Origin) throws -> Status {
        guard status == .inReview || status == .approved, let head else { return status }
        let isMet = try approvals(db, revision: head).isMet || isOverridden(db, revision: head)
        guard isMet != (status == .approved) else { return status }
        let revision = try Revision.find(db, id, head)
        let next = isMet ? Status.approved : .inReview
        if let actor {
            do { try move(db, to: next, by: isMet ? .approve : .recheck, as: actor) } catch EditorialError.wrongState {
                // The oldest workflow has no way back; there the gate alone refuses.
                return status
            }
        } else {
            try db.run("UPDATE editorial.article SET status = \(next) WHERE id = \(id)")
        }
        let facts: [String: JSON] = [
            "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
        ]
        let subject = Subject(.article, id.rawValue)
        let what = isMet ? "article.approved" : "article.rechecked"
        try Outbox.put(db, type: what, subject: subject, payload: .object(facts))
        try Audit.append(db, subject, what, by: origin, facts: facts)
        return next
    }

    /// As ``settle(_:as:by:)``, by somebody with an account.
    func settle(_ db: Connection, as actor: Actor) throws -> Status {
        try settle(db, as: actor, by: actor.origin)
    }

    private func isOverridden(_ db: Connection, revision: Int) throws -> Bool {
        try db.one(
            """
            SELECT EXISTS (SELECT FROM editorial.override o \
            WHERE o.article_id = \(id) AND o.revision = \(revision))
            """
        ) { try $0.next(Bool.self) }
    }

    /// Handing in a text under one's own name is saying yes to it: the author's approval of that very text, where the
    /// policy looks at authors at all.
    func recordOwnYes(_ db: Connection, _ revision: Revision, as actor: Actor) throws {
        let isAsked = try db.one(
            """
            SELECT editorial.is_author(\(id), \(revision.number), \(actor.account)) \
            AND EXISTS (SELECT FROM editorial.required(\(id)) q WHERE q.kind = 'author')
            """
        ) { try $0.next(Bool.self) }
        guard isAsked else { return }
        _ = try Approval.record(db, self, revision, .author, by: actor)
    }

    /// The approvals that the owner's trigger carried over to a new text, each audited like one that was given.
    func auditCarried(_ db: Connection, _ revision: Revision, as actor: Actor) throws {
        let carried = try db.rows(
            """
            SELECT v.id, v.carries, v.kind FROM editorial.approval v \
            WHERE v.article_id = \(id) AND v.revision = \(revision.number) AND v.carries IS NOT NULL ORDER BY v.id
            """
        ) { row in (id: try row.next(Int64.self), from: try row.next(Int64.self), kind: try row.next(String.self)) }
        for approval in carried {
            try Audit.append(
                db, Subject(.article, id.rawValue), "approval.carried", by: actor.origin,
                facts: [
                    "approval": .integer(approval.id), "carries": .integer(approval.from),
                    "revision": .integer(Int64(revision.number)), "hash": .string(revision.hashText),
                    "kind": .string(approval.kind),
                ])
        }
    }
}

extension Approval {
    /// Writes the yes and audits it; one that is there already is neither written nor audited again.
    static func record(
        _ db: Connection, _ article: Article, _ revision: Revision, _ kind: ApprovalKind, by actor: Actor
    ) throws -> ID<Approval> {
        let given = try naming([
            "approval_apart": .ownApproval(article.id, revision: revision.number),
            "approval_by_author": .notTheAuthor(article.id, revision: revision.number),
        ]) {
            try db.row(
                """
                INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                VALUES (\(article.id), \(revision.number), \(revision.hash), \(kind), \(actor.account)) \
                ON CONFLICT ON CONSTRAINT approval_once DO NOTHING RETURNING id
                """
            ) { try $0.next(ID<Approval>.self) }
        }
        guard let given else {
            // Given before, by this account or by a link that was the same person's.
            return try db.one(
                """
                SELECT id FROM editorial.approval WHERE article_id = \(article.id) \
                AND revision = \(revision.number) AND kind = \(kind) \
                AND person = editorial.person_approving(article_id, revision, kind, \(actor.account))
                """
            ) { try $0.next(ID<Approval>.self) }
        }
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "approval.given", by: actor.origin,
            facts: [
                "approval": .integer(given.rawValue), "revision": .integer(Int64(revision.number)),
                "hash": .string(revision.hashText), "kind": .string(kind.rawValue),
            ])
        return given
    }
}
