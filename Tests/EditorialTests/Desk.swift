import Access
import Editorial
import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// A made newsroom: sections world and books, one account for each role, two contributors.
struct Desk: Sendable {
    let test: TestDatabase

    /// Local part of the address, and grants.
    static let people: KeyValuePairs = [
        "writer": "writer", "colleague": "writer", "freelance": "contributor", "editor": "section-editor:world",
        "bookeditor": "section-editor:books", "deputy": "section-editor", "copy": "copy", "legal": "legal",
        "publisher": "publisher", "chief": "editor-in-chief", "fundraiser": "development",
    ]

    static func address(_ name: String) -> EmailAddress {
        do { return try EmailAddress("\(name)@example.org") } catch { preconditionFailure("\(error)") }
    }

    static func slug(_ text: String) -> Slug {
        do { return try Slug(text) } catch { preconditionFailure("\(error)") }
    }

    func open() async throws {
        try await test.owner.transaction { db in try OpenImports().perform(db) }
        try await test.app.transaction { db in
            _ = try AddAccount(
                first: Desk.address("admin"), name: "Admin Example", grants: [RoleGrant(.admin)], via: .cli,
                systemUser: "test"
            ).perform(db)
            let admin = try actor(db, "admin")
            for (name, grant) in Desk.people {
                _ = try AddAccount(
                    email: Desk.address(name), name: "\(name) example", grants: [try RoleGrant(grant)], by: admin
                ).perform(db)
            }
            _ = try AddSection(Desk.slug("world"), name: "World", by: admin).perform(db)
            _ = try AddSection(Desk.slug("books"), name: "Books", by: admin).perform(db)
            _ = try AddContributor(
                name: "Ann Example", kind: .staff, account: Desk.address("writer"), by: admin
            ).perform(db)
            _ = try AddContributor(name: "Gus Guest", kind: .outside, by: admin).perform(db)
        }
    }

    func actor(_ db: Connection, _ name: String) throws -> Actor {
        try Actor.load(db, email: Desk.address(name), via: .cli, systemUser: "test")
    }

    /// One unit of work as somebody.
    func act<T: Sendable>(
        _ name: String, _ body: @Sendable (Connection, Actor) throws -> T
    ) async throws -> T {
        try await test.app.transaction { db in try body(db, try actor(db, name)) }
    }

    // MARK: Steps of an article's life

    func pitch(_ title: String = "The dam that wasn't", section: String = "world") async throws -> ID<Article> {
        try await act("writer") { db, actor in
            try PitchArticle(title: title, section: Desk.slug(section), kind: .reporting, by: actor).perform(db).id
        }
    }

    @discardableResult
    func save(
        _ id: ID<Article>, as name: String = "writer", body: String, title: String? = nil,
        bylines: [String]? = nil, slug: String? = nil, base: SaveRevision.Base? = .latest
    ) async throws -> SaveRevision.Saved {
        try await act(name) { db, actor in
            let change = SaveRevision.Change(
                title: title, body: body, bylines: try bylines?.map { try SaveRevision.Credit($0) },
                slug: slug.map(Desk.slug))
            return try SaveRevision(id, change, base: base, by: actor).perform(db)
        }
    }

    func submit(_ id: ID<Article>, as name: String = "writer") async throws {
        _ = try await act(name) { db, actor in try SubmitArticle(id, by: actor).perform(db) }
    }

    @discardableResult
    func approve(
        _ id: ID<Article>, as name: String = "editor", _ kind: ApprovalKind = .edit, revision: Int? = nil
    ) async throws -> Approval {
        try await act(name) { db, actor in
            try GiveApproval(id, kind, revision: revision, by: actor).perform(db)
        }
    }

    @discardableResult
    func publish(
        _ id: ID<Article>, as name: String = "publisher", revision: Int? = nil
    ) async throws -> Release {
        try await act(name) { db, actor in try PublishArticle(id, revision: revision, by: actor).perform(db) }
    }

    /// Pitched, written by the writer under his own name, and handed in.
    func inReview(_ title: String = "The dam that wasn't", slug: String? = nil) async throws -> ID<Article> {
        let id = try await pitch(title)
        try await save(id, body: "It stood there.\n", bylines: ["ann-example"], slug: slug, base: nil)
        try await submit(id)
        return id
    }

    /// Under another version of the workflow: 1 wants an editor who neither wrote nor saved the text.
    func migrate(_ id: ID<Article>, to version: Int) async throws {
        _ = try await act("chief") { db, actor in try MigrateArticle(id, to: version, by: actor).perform(db) }
    }

    func published(_ title: String = "The dam that wasn't", slug: String? = nil) async throws -> ID<Article> {
        let id = try await inReview(title, slug: slug)
        try await approve(id)
        try await publish(id)
        return id
    }

    func article(_ id: ID<Article>) async throws -> Article {
        try await act("chief") { db, actor in try Article.find(db, id, for: actor) }
    }

    func count(_ sql: SQL) async throws -> Int {
        try await test.app.read { db in try db.value(sql, as: Int.self) ?? -1 }
    }
}

func withDesk(_ body: (Desk) async throws -> Void) async throws {
    try await withTestDatabase { test in
        let desk = Desk(test: test)
        try await desk.open()
        try await body(desk)
    }
}

/// Expects Editorial to refuse, and gives what it said.
func refusal<T>(
    _ body: () async throws -> T, sourceLocation: SourceLocation = #_sourceLocation
) async -> EditorialError? {
    await #expect(throws: EditorialError.self, sourceLocation: sourceLocation) { _ = try await body() }
}

/// Expects the database to refuse, and gives SQLSTATE and the rule's name.
func denied<T>(
    _ body: () async throws -> T, sourceLocation: SourceLocation = #_sourceLocation
) async -> (state: String?, rule: String?) {
    let error = await #expect(throws: PostgresError.self, sourceLocation: sourceLocation) { _ = try await body() }
    return (error?.sqlstate, error?.constraint)
}
