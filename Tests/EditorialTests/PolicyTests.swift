import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

/// Who has to say yes to a text before it goes out, under the two workflows that come with the program.
struct PolicyTests {
    // MARK: Small

    @Test func anAuthorsAndAnEditorsYesAreEnoughForFourPeople() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(try await desk.approve(id, as: "editor").status == .approved)
            try await desk.publish(id)
        }
    }

    @Test func neverOnePersonAlone() async throws {
        try await withDesk { desk in
            // Writes, is bylined, hands in, approves by two kinds, and is chief.
            _ = try await desk.act("admin") { db, actor in
                try AddContributor(name: "Chi Ef", kind: .staff, account: Desk.address("chief"), by: actor).perform(db)
            }
            let id = try await desk.pitch()
            try await desk.save(id, as: "chief", body: "All mine.", bylines: ["chi-ef"], base: nil)
            try await desk.submit(id, as: "chief")
            _ = try await desk.approve(id, as: "chief", .author)
            #expect(try await desk.approve(id, as: "chief").status == .inReview)
            try await desk.act("chief") { db, actor in
                _ = try? RespondReview(id, verdict: .comment, comment: "fine", by: actor).perform(db)
            }
            await #expect(throws: EditorialError.self) { try await desk.publish(id, as: "chief") }
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
            #expect(
                await denied { try await Self.releaseBySQL(desk, id) }.rule == "release_people")
            #expect(try await desk.approve(id, as: "deputy").status == .approved)
            try await desk.publish(id, as: "chief")
        }
    }

    @Test func anEditorWhoSavedLastCountsBesideAnAuthorOrAnotherEditor() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.save(id, as: "editor", body: "Mended.", base: .revision(1))
            #expect(try await desk.approve(id, as: "editor").status == .inReview)
            #expect(try await desk.approve(id, as: "writer", .author).status == .approved)
            let other = try await desk.inReview("Another")
            try await desk.save(other, as: "editor", body: "Mended.", base: .revision(1))
            _ = try await desk.approve(other, as: "editor")
            #expect(try await desk.approve(other, as: "deputy").status == .approved)
        }
    }

    @Test func twoAuthorsWithoutAnEditorAreNotEnough() async throws {
        try await withDesk { desk in
            _ = try await desk.act("admin") { db, actor in
                try AddContributor(name: "Col League", kind: .staff, account: Desk.address("colleague"), by: actor)
                    .perform(db)
            }
            let id = try await desk.pitch()
            try await desk.save(id, body: "Ours.", bylines: ["ann-example", "col-league"], base: nil)
            try await desk.submit(id)
            let yes = try await desk.approve(id, as: "colleague", .author)
            #expect(yes.status == .inReview)
            #expect(yes.missing == [.edit])
        }
    }

    @Test func savingWhatLiesWithTheEditorsHandsItInAgain() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.save(id, body: "Better.", base: .revision(1))
            #expect(try await desk.approve(id).status == .approved)
        }
    }

    @Test func handingInSomebodyElsesTextSaysYesToNothing() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "x", bylines: ["gus-guest"], base: nil)
            try await desk.submit(id)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval") == 0)
            #expect(try await desk.approve(id).status == .inReview)
            #expect(try await desk.approve(id, as: "deputy").status == .approved)
        }
    }

    // MARK: Large

    @Test func underLargeNeitherAuthorNorLastEditorApproves() async throws {
        try await withDesk { desk in
            let large = try await desk.load("large")
            _ = try await desk.act("admin") { db, actor in
                try AddContributor(name: "De Puty", kind: .staff, account: Desk.address("deputy"), by: actor)
                    .perform(db)
            }
            let id = try await desk.pitch()
            #expect(try await desk.count("SELECT workflow FROM editorial.article") == large)
            try await desk.save(id, body: "Ours.", bylines: ["ann-example", "de-puty"], base: nil)
            try await desk.submit(id)
            // An author, who is editor, too; by a second role given for it; by a token of his own.
            #expect(await refusal { try await desk.approve(id, as: "deputy") } == .ownApproval(id, revision: 1))
            try await desk.test.app.transaction { db in
                _ = try GrantRole(
                    try RoleGrant("editor-in-chief"), to: Desk.address("deputy"), by: desk.actor(db, "admin")
                ).perform(db)
            }
            #expect(await refusal { try await desk.approve(id, as: "deputy") } == .ownApproval(id, revision: 1))
            #expect(
                await denied {
                    try await desk.test.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id) \
                            SELECT r.article_id, 1, r.hash, 'edit', a.id FROM editorial.revision r, access.account a \
                            WHERE a.email = 'deputy@example.org'
                            """)
                    }
                }.rule == "approval_apart")
            // The last editor.
            try await desk.save(id, as: "chief", body: "Ours, mended.", base: .revision(1))
            #expect(await refusal { try await desk.approve(id, as: "chief") } == .ownApproval(id, revision: 2))
            // Editing afterwards: what he approved isn't the text any more, and the new one is his.
            _ = try await desk.approve(id, as: "editor")
            try await desk.save(id, as: "editor", body: "Ours, mended twice.", base: .revision(2))
            #expect(await refusal { try await desk.approve(id, as: "editor") } == .ownApproval(id, revision: 3))
            #expect(try await desk.approve(id, as: "publisher").missing == [.copy, .fact])
        }
    }

    @Test func underLargeEverythingIsWantedThatThePolicyNames() async throws {
        try await withDesk { desk in
            try await desk.load("large")
            try await desk.hire("checker", "fact")
            let id = try await desk.inReview()
            _ = try await desk.act("chief") { db, actor in
                try FlagArticle(id, risks: [.legal], by: actor).perform(db)
            }
            #expect(try await desk.approve(id, as: "editor").missing == [.copy, .edit, .fact, .legal])
            #expect(try await desk.approve(id, as: "deputy").missing == [.copy, .fact, .legal])
            _ = try await desk.approve(id, as: "copy", .copy)
            _ = try await desk.approve(id, as: "checker", .fact)
            #expect(try await desk.approve(id, as: "legal", .legal).status == .approved)
        }
    }

    @Test func aNewRiskPutsAnApprovedTextBackIntoReview() async throws {
        try await withDesk { desk in
            try await desk.load("large")
            try await desk.hire("checker", "fact")
            let id = try await desk.inReview()
            _ = try await desk.approve(id, as: "editor")
            _ = try await desk.approve(id, as: "copy", .copy)
            #expect(try await desk.approve(id, as: "checker", .fact).status == .approved)
            let flagged = try await desk.act("chief") { db, actor in
                try FlagArticle(id, risks: [.legal], by: actor).perform(db)
            }
            #expect(flagged.status == .inReview)
            let cleared = try await desk.act("chief") { db, actor in
                try FlagArticle(id, risks: [], by: actor).perform(db)
            }
            #expect(cleared.status == .approved)
        }
    }

    @Test func anOpinionNeedsItsDisclosureAndItsAuthorsYes() async throws {
        try await withDesk { desk in
            try await desk.load("large")
            let id = try await desk.inReview()
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: nil, kind: .opinion, by: actor).perform(db)
            }
            let blocks = try await desk.obstacles(id)
            #expect(blocks["release_disclosure"] == false)
            #expect(blocks["release_approved"] == true)
            #expect(try await desk.approve(id, as: "editor").missing == [.author, .copy])
            #expect(try await desk.approve(id, as: "writer", .author).missing == [.copy])
        }
    }

    // MARK: Sections

    @Test func anApprovalStopsCountingInASectionItsGiverHasNoGrantFor() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(try await desk.approve(id, as: "editor").status == .approved)
            let moved = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("books"), kind: nil, by: actor).perform(db)
            }
            #expect(moved.status == .inReview)
            await #expect(throws: AccessError.self) { try await desk.approve(id, as: "editor") }
            #expect(await denied { try await Self.releaseBySQL(desk, id) }.rule == "release_approved")
            let why = try await desk.act("chief") { db, actor in try Why.find(db, id, for: actor) }
            #expect(why.doubts.map(\.fault) == [.otherSection])
            #expect(try await desk.approve(id, as: "bookeditor").status == .approved)
        }
    }

    @Test func whatSomebodySaidWhileHeCouldStaysSaid() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id, as: "editor")
            try await desk.test.app.transaction { db in
                let admin = try desk.actor(db, "admin")
                _ = try RevokeRole(try RoleGrant("section-editor:world"), from: Desk.address("editor"), by: admin)
                    .perform(db)
                _ = try SuspendAccount(Desk.address("editor"), by: admin).perform(db)
            }
            #expect(try await desk.publish(id).revision == 1)
            #expect(try await desk.count("SELECT count(*) FROM editorial.approval WHERE kind = 'edit'") == 1)
        }
    }

    // MARK: What holds in SQL

    static func releaseBySQL(_ desk: Desk, _ id: ID<Article>) async throws {
        try await desk.test.app.transaction { db in
            try db.run(
                """
                INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                SELECT r.article_id, r.number, r.hash, 'first', 'x-y', '/x', '', p.id \
                FROM editorial.revision r JOIN editorial.article a ON a.id = r.article_id AND a.head = r.number \
                JOIN access.account p ON p.email = 'publisher@example.org' WHERE a.id = \(id)
                """)
        }
    }

    @Test func theAppRoleChangesNoPolicyAndNoApproval() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            for statement: SQL in [
                "UPDATE editorial.policy SET needed = 0", "DELETE FROM editorial.policy",
                "INSERT INTO editorial.policy (workflow, approval_kind, needed) VALUES (2, 'edit', 0)",
                "UPDATE editorial.policy_rule SET people = 0", "DELETE FROM editorial.policy_rule",
                "DELETE FROM editorial.policy_void", "DELETE FROM editorial.approval",
                "UPDATE editorial.approval SET hash = ''", "UPDATE editorial.revision SET note = 'x'",
                "UPDATE editorial.article SET workflow = 1", "UPDATE editorial.article SET held_from = 'pitch'",
                "DELETE FROM editorial.movement", "UPDATE editorial.reason SET reason = 'other'",
                "INSERT INTO editorial.workflow (version, name) VALUES (9, 'mine')",
                """
                INSERT INTO editorial.approval (article_id, revision, hash, kind, account_id, carries) \
                SELECT article_id, revision, hash, kind, account_id, id FROM editorial.approval
                """,
            ] {
                #expect(
                    await denied { try await desk.test.app.transaction { db in try db.run(statement) } }.state
                        == "42501", "\(statement)")
            }
        }
    }
}

extension Desk {
    /// Loads a workflow that comes with the program as the newest version.
    @discardableResult
    func load(_ name: String) async throws -> Int {
        let path = packageFolder + "/Config/workflow.\(name).json"
        let document = try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
        return try await test.owner.transaction { db in
            try LoadWorkflow(document, systemUser: "test").perform(db).version
        }
    }

    func hire(_ name: String, _ grant: String) async throws {
        _ = try await act("admin") { db, actor in
            try AddAccount(
                email: Desk.address(name), name: "\(name) example", grants: [try RoleGrant(grant)], by: actor
            ).perform(db)
        }
    }

    /// Rules that keep the current text in, and whether an override lifts each.
    func obstacles(_ id: ID<Article>) async throws -> [String: Bool] {
        let why = try await act("chief") { db, actor in try Why.find(db, id, for: actor) }
        return Dictionary(why.blocks.map { ($0.rule, $0.isOverridable) }) { $1 }
    }
}
