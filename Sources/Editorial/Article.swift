public import Access
public import Postgres
public import Values

/// One piece of work from pitch to archive. Its text lives in revisions, what the public saw in releases.
public struct Article: Sendable, Hashable {
    /// What the public has of it, apart from where the work stands: a draft can wait beside a live text.
    public enum PublicStatus: String, Sendable, CaseIterable, PostgresCodable {
        case live, corrected, retracted, unpublished
    }

    /// What an editor should be careful about; a policy may want more approvals for it.
    public enum Risk: String, Sendable, CaseIterable, PostgresCodable {
        /// It may bring us to court.
        case legal
        /// It may bring a source into danger.
        case sources
    }

    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case reporting, analysis, opinion, interview, video, podcast
    }

    public let id: ID<Article>
    /// The current text's title, or the pitch's.
    public internal(set) var title: String
    public internal(set) var status: Status
    /// Nil only for an import that was never given one.
    public let kind: Kind?
    /// Nil only for an import that was never given one.
    public let section: Slug?
    public internal(set) var owner: ID<Account>?
    public let createdBy: ID<Account>
    public let createdAt: Timestamp
    public internal(set) var changedAt: Timestamp
    /// Counts every change.
    public let version: Int64
    /// The number of the current revision.
    public internal(set) var head: Int?
    public let publicStatus: PublicStatus?
    public let liveRelease: ID<Release>?
    public let firstPublishedAt: Timestamp?
    public let isImported: Bool
    /// When the text is to be ready.
    public internal(set) var due: Timestamp?

    static let columns: StaticString = """
        a.id, a.title, a.status, a.kind, s.slug, a.owner_id, a.created_by, a.created_at, a.changed_at, a.version, \
        a.head, a.public_status, a.live_release_id, a.first_published_at, a.import_id IS NOT NULL, a.due_at
        """
    static let tables: StaticString = "editorial.article a LEFT JOIN editorial.section s ON s.id = a.section_id"

    init(_ row: inout Row) throws {
        id = try row.next()
        title = try row.next()
        status = try row.next()
        kind = try row.next()
        section = try row.next()
        owner = try row.next()
        createdBy = try row.next()
        createdAt = try row.next()
        changedAt = try row.next()
        version = try row.next()
        head = try row.next()
        publicStatus = try row.next()
        liveRelease = try row.next()
        firstPublishedAt = try row.next()
        isImported = try row.next()
        due = try row.next()
    }
}

// MARK: Finding, as somebody

extension Article {
    /// The article, locked until the transaction ends: whoever writes revisions, approvals or releases comes through
    /// here first, so that a check and the write after it see the same text.
    ///
    /// - Throws: ``EditorialError/articleUnknown(_:)`` also when the actor may not read it: that it exists is news, too.
    public static func lock(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> Article {
        try find(db, id, for: actor, suffix: " FOR UPDATE OF a")
    }

    /// The article, if the actor may read its drafts.
    public static func find(_ db: Connection, _ id: ID<Article>, for actor: Actor) throws -> Article {
        try find(db, id, for: actor, suffix: "")
    }

    private static func find(_ db: Connection, _ id: ID<Article>, for actor: Actor, suffix: SQL) throws -> Article {
        let found = try db.row(
            "SELECT \(raw: columns) FROM \(raw: tables) WHERE a.id = \(id)" + suffix
        ) { try Article(&$0) }
        guard let found, try found.isReadable(db, by: actor) else { throw EditorialError.articleUnknown("\(id)") }
        return found
    }

    /// Whoever may read drafts in one section may read all: an editor has to know what the others plan.
    private func isReadable(_ db: Connection, by actor: Actor) throws -> Bool {
        if actor.sections(for: .articleRead) != nil { return true }
        return try actor.may(.articleReadOwn, section: section) && isOwn(db, of: actor)
    }

    /// Own is what one pitched, was assigned, or is bylined on.
    func isOwn(_ db: Connection, of actor: Actor) throws -> Bool {
        if createdBy == actor.account || owner == actor.account { return true }
        guard let head else { return false }
        return try db.value("SELECT editorial.is_bylined(\(id), \(head), \(actor.account))", as: Bool.self) ?? false
    }

    /// - Throws: `AccessError.notPermitted`.
    func requireWritable(_ db: Connection, by actor: Actor) throws {
        if actor.may(.articleWrite, section: section) { return }
        if try actor.may(.articleWriteOwn, section: section) && isOwn(db, of: actor) { return }
        try actor.require(.articleWrite, section: section)
    }

    /// - Throws: ``EditorialError/wrongState(_:_:needs:)``.
    func require(_ states: Status...) throws {
        guard states.contains(status) else { throw EditorialError.wrongState(id, status, needs: states) }
    }

    /// As ``require(_:)``, and a state of the house's own is as good.
    func requireOnTheWay(_ states: Status...) throws {
        guard status.isOfTheHouse || states.contains(status) else {
            throw EditorialError.wrongState(id, status, needs: states)
        }
    }

    /// The current revision, locked with the article.
    ///
    /// - Throws: ``EditorialError/nothingSaved(_:)``.
    func currentRevision(_ db: Connection) throws -> Revision {
        guard let head else { throw EditorialError.nothingSaved(id) }
        return try Revision.find(db, id, head)
    }

    /// The current revision, when it is the one asked for; a fix of the live text is current on a line of its own.
    ///
    /// - Throws: ``EditorialError/staleApproval(_:revision:current:)``, ``EditorialError/revisionUnknown(_:number:)``.
    func currentRevision(_ db: Connection, expected: Int?) throws -> Revision {
        let current = try currentRevision(db)
        guard let expected, expected != current.number else { return current }
        if try fixHead(db) == expected { return try Revision.find(db, id, expected) }
        guard expected > 0, expected < current.number else {
            throw EditorialError.revisionUnknown(id, number: expected)
        }
        throw EditorialError.staleApproval(id, revision: expected, current: current.number)
    }

    /// The end of the line of fixes to the live text, while one is under way.
    func fixHead(_ db: Connection) throws -> Int? {
        try db.one("SELECT fix_head FROM editorial.article WHERE id = \(id)") { try $0.next(Int?.self) }
    }

    /// The number the next revision has, on whichever line.
    func nextRevision(_ db: Connection) throws -> Int {
        try db.one("SELECT editorial.next_revision(\(id))") { try $0.next(Int.self) }
    }

    /// How the wanted approvals stand for a revision, by kind.
    func standing(_ db: Connection, revision: Int) throws -> [Standing] {
        try db.rows("SELECT kind, needed, given, approvals FROM editorial.standing(\(id), \(revision))") { row in
            Standing(
                kind: try row.next(), needed: try row.next(), given: try row.next(), approvals: try row.next())
        }
    }
}
