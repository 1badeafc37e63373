import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

/// A workflow as data: what comes with the program, what is loaded, what is refused.
struct WorkflowTests {
    static func preset(_ name: String) throws -> JSON {
        let path = packageFolder + "/Config/workflow.\(name).json"
        return try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    }

    @Test func theMigrationsLeaveWhatTheSmallFileSays() async throws {
        try await withTestDatabase { test in
            let document = try Self.preset("small")
            let outcome = try await test.owner.transaction { db in
                try LoadWorkflow(document, systemUser: "test").perform(db)
            }
            #expect(outcome.difference == "")
            #expect(outcome.version == 2)
        }
    }

    @Test func whatIsLoadedIsWhatTheFileSays() async throws {
        try await withTestDatabase { test in
            let document = try Self.preset("large")
            let first = try await test.owner.transaction { db in
                try LoadWorkflow(document, systemUser: "test").perform(db)
            }
            #expect(first.version == 3)
            #expect(first.difference.contains("+approval legal for risk legal: 1, apart, by link\n"))
            #expect(first.difference.contains("-void slug: edit\n"))
            let second = try await test.owner.transaction { db in
                try LoadWorkflow(document, systemUser: "test").perform(db)
            }
            #expect(second.difference == "")
            #expect(second.version == 3)
            let versions = try await test.app.read { db in try Workflow.versions(db).map(\.name) }
            #expect(versions == ["large", "small", "default"])
        }
    }

    @Test func theAppRoleLoadsNoWorkflow() async throws {
        try await withTestDatabase { test in
            let document = try Self.preset("large")
            let tried = await denied {
                try await test.app.transaction { db in try LoadWorkflow(document, systemUser: "test").perform(db) }
            }
            #expect(tried.state == "42501")
        }
    }

    @Test func newArticlesBeginOnTheNewVersionAndOldOnesKeepTheirs() async throws {
        try await withDesk { desk in
            let old = try await desk.inReview()
            let large = try await desk.load("large")
            let new = try await desk.inReview("Another")
            let versions = try await desk.test.app.read { db in
                try db.rows("SELECT workflow FROM editorial.article ORDER BY id") { try $0.next(Int.self) }
            }
            #expect(versions == [2, large])
            #expect(try await desk.approve(old).status == .approved)
            #expect(try await desk.approve(new).status == .inReview)
            // Moved, it is held to the new policy at once; moved back, to the old one.
            try await desk.migrate(old, to: large)
            #expect(try await desk.article(old).status == .inReview)
            try await desk.migrate(old, to: 2)
            #expect(try await desk.article(old).status == .approved)
            #expect(
                await refusal { try await desk.migrate(old, to: 99) } == .workflowUnknown(99))
            await #expect(throws: AccessError.self) {
                try await desk.act("editor") { db, actor in
                    _ = try MigrateArticle(old, to: large, by: actor).perform(db)
                }
            }
        }
    }

    @Test func anArticleInAStateOfTheHouseKeepsToAVersionThatHasIt() async throws {
        try await withDesk { desk in
            let own = try Self.withCopyDesk()
            let version = try await desk.test.owner.transaction { db in
                try LoadWorkflow(own, systemUser: "test").perform(db).version
            }
            let id = try await desk.inReview()
            let copyDesk = Article.Status(rawValue: "copy_desk")
            await #expect(throws: AccessError.self) {
                try await desk.act("writer") { db, actor in
                    _ = try AdvanceArticle(id, to: copyDesk, by: actor).perform(db)
                }
            }
            let advanced = try await desk.act("copy") { db, actor in
                try AdvanceArticle(id, to: copyDesk, by: actor).perform(db)
            }
            #expect(advanced.status == copyDesk)
            #expect(
                await refusal { try await desk.migrate(id, to: 2) } == .noSuchStateThere(id, copyDesk, version: 2))
            _ = try await desk.act("chief") { db, actor in
                try SetAside(id, .hold, reason: "later", by: actor).perform(db)
            }
            #expect(
                await refusal { try await desk.migrate(id, to: 2) } == .noSuchStateThere(id, .onHold, version: 2))
            let back = try await desk.act("chief") { db, actor in try BringBack(id, .resume, by: actor).perform(db) }
            #expect(back.status == copyDesk)
            #expect(version == 3)
        }
    }

    @Test func atADeskOfTheHouseTextsAreWorkedOnAsInReview() async throws {
        try await withDesk { desk in
            let own = try Self.withCopyDesk()
            _ = try await desk.test.owner.transaction { db in try LoadWorkflow(own, systemUser: "test").perform(db) }
            let id = try await desk.inReview()
            let copyDesk = Article.Status(rawValue: "copy_desk")
            _ = try await desk.act("copy") { db, actor in try AdvanceArticle(id, to: copyDesk, by: actor).perform(db) }

            // It is changed there, asked about, answered and said yes to, and stays.
            try await desk.save(id, body: "With commas.")
            #expect(try await desk.article(id).status == copyDesk)
            _ = try await desk.act("chief") { db, actor in
                try RequestReview(id, from: EmailAddress("editor@example.org"), kind: .edit, by: actor).perform(db)
            }
            let answer = try await desk.act("editor") { db, actor in
                try RespondReview(id, verdict: .approve, comment: nil, by: actor).perform(db)
            }
            #expect(answer.status == copyDesk)
            // What was said there counts where it goes next.
            let back = try await desk.act("copy") { db, actor in
                try AdvanceArticle(id, to: .inReview, by: actor).perform(db)
            }
            #expect(back.status == .approved)
            _ = try await desk.publish(id)

            // A desk from which the workflow has no way back to drafting can't send back.
            let other = try await desk.inReview("Other")
            _ = try await desk.act("copy") { db, actor in
                try AdvanceArticle(other, to: copyDesk, by: actor).perform(db)
            }
            let sentBack = await refusal {
                _ = try await desk.act("editor") { db, actor in
                    try RespondReview(other, verdict: .changes, comment: "Shorter.", by: actor).perform(db)
                }
            }
            #expect(sentBack == .wrongState(other, copyDesk, needs: [.inReview, .approved]))
        }
    }

    // MARK: What is refused

    /// Each a change to the small file, and words of the complaint.
    static let broken: [(name: String, words: String, change: @Sendable (inout [String: JSON]) -> Void)] = [
        ("a member nobody reads", "'polices'", { $0["polices"] = [] }),
        ("a missing state", "'killed' is missing", { $0.drop(state: "killed") }),
        ("a state never reached", "'limbo' is never reached", { $0.add(state: "limbo") }),
        (
            "a dead end", "'limbo' is a dead end",
            {
                $0.add(state: "limbo")
                $0.add(step: "advance", from: "drafting", to: "limbo", permission: "article.write")
            }
        ),
        (
            "a circle that leads nowhere", "no way leads to an end",
            {
                $0.add(state: "limbo")
                $0.add(state: "purgatory")
                $0.add(step: "advance", from: "drafting", to: "limbo", permission: "article.write")
                $0.add(step: "advance", from: "limbo", to: "purgatory", permission: "article.write")
                $0.add(step: "advance", from: "purgatory", to: "limbo", permission: "article.write")
            }
        ),
        (
            "a way round the approvals", "nobody comes there by 'advance'",
            { $0.add(step: "advance", from: "drafting", to: "published", permission: "article.write") }
        ),
        (
            "an action that leads elsewhere", "leads to 'in_review'",
            { $0.add(step: "submit", from: "pitch", to: "approved", permission: nil) }
        ),
        (
            "an unknown permission", "'article.fly'",
            { $0.add(step: "advance", from: "drafting", to: "assigned", permission: "article.fly") }
        ),
        (
            "an advance for everybody", "needs a permission",
            { $0.add(step: "advance", from: "drafting", to: "assigned", permission: nil) }
        ),
        ("an unknown section", "'nowhere'", { $0.add(policy: ["section": "nowhere", "approvals": ["edit": 1]]) }),
        ("an unknown kind", "policies[1].kind", { $0.add(policy: ["kind": "poem", "approvals": ["edit": 1]]) }),
        ("an unknown checklist", "'prayer'", { $0.add(policy: ["checklists": ["prayer"]]) }),
        ("a number that is none", "from 0 to 20", { $0.add(policy: ["approvals": ["edit": 21]]) }),
        ("a class left out", "voids.slug is missing", { $0.drop(void: "slug") }),
        ("no object", "isn't an object", { $0["voids"] = [] }),
    ]

    @Test(arguments: broken.indices)
    func aBrokenWorkflowIsRefusedByName(_ index: Int) async throws {
        try await withTestDatabase { test in
            let (name, words, change) = Self.broken[index]
            var members = try #require(try Self.preset("small").object)
            change(&members)
            let document = JSON.object(members)
            let error = await refusal {
                try await test.owner.transaction { db in try LoadWorkflow(document, systemUser: "test").perform(db) }
            }
            guard case .workflowRefused(let reasons)? = error else {
                Issue.record("\(name) was loaded")
                return
            }
            #expect(reasons.contains { $0.contains(words) }, "\(name): \(reasons)")
        }
    }

    @Test func approvalsNoRoleMayGiveAreRefusedAndTooFewPeopleAreAWarning() async throws {
        try await withTestDatabase { test in
            let document = try Self.preset("large")
            let warnings = try await test.owner.transaction { db in
                try LoadWorkflow(document, systemUser: "test").perform(db).warnings
            }
            // Nobody has an account yet.
            #expect(warnings.contains { $0.contains("accounts that could give it: 0") })
            let again = try Self.preset("small")
            try await test.owner.transaction { db in
                try db.run("DELETE FROM access.role_permission WHERE permission = 'approval.edit'")
            }
            let error = await refusal {
                try await test.owner.transaction { db in try LoadWorkflow(again, systemUser: "test").perform(db) }
            }
            guard case .workflowRefused(let reasons)? = error else {
                Issue.record("a policy nobody can satisfy was loaded")
                return
            }
            #expect(reasons.contains { $0.contains("no role may give") })
        }
    }

    /// The small workflow with a state of the house's own.
    private static func withCopyDesk() throws -> JSON {
        var members = try #require(try preset("small").object)
        members.add(state: "copy_desk")
        members.add(step: "advance", from: "in_review", to: "copy_desk", permission: "approval.copy")
        members.add(step: "advance", from: "copy_desk", to: "in_review", permission: "approval.copy")
        members.add(step: "hold", from: "copy_desk", to: "on_hold", permission: "article.hold")
        members.add(step: "resume", from: "on_hold", to: "copy_desk", permission: "article.hold")
        return .object(members)
    }
}

extension [String: JSON] {
    fileprivate mutating func add(state: String) {
        self["states"] = .array((self["states"]?.array ?? []) + [.string(state)])
    }

    fileprivate mutating func drop(state: String) {
        self["states"] = .array((self["states"]?.array ?? []).filter { $0 != .string(state) })
    }

    fileprivate mutating func drop(void name: String) {
        self["voids"] = .object((self["voids"]?.object ?? [:]).filter { $0.key != name })
    }

    fileprivate mutating func add(policy: JSON) {
        self["policies"] = .array((self["policies"]?.array ?? []) + [policy])
    }

    fileprivate mutating func add(step: String, from: String, to: String, permission: String?) {
        var members: [String: JSON] = ["action": .string(step), "from": [.string(from)], "to": .string(to)]
        members["permission"] = permission.map(JSON.string)
        self["transitions"] = .array((self["transitions"]?.array ?? []) + [.object(members)])
    }
}
