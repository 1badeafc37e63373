import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct SavingTests {
    @Test func aPitchBecomesADraftWhenItIsSaved() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            #expect(try await desk.article(id).status == .pitch)
            let saved = try await desk.save(
                id, body: "One.", bylines: ["ann-example", "gus-guest:photographer"], base: nil)
            #expect(saved.revision.number == 1)
            #expect(saved.revision.content.title == "The dam that wasn't")
            #expect(saved.revision.content.bylines.map(\.name) == ["Ann Example", "Gus Guest"])
            #expect(saved.revision.content.bylines.map(\.role) == ["author", "photographer"])
            #expect(try await desk.article(id).status == .drafting)
        }
    }

    @Test func theHashIsTheDatabasesOwnAndOverTheContent() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let saved = try await desk.save(id, body: "One.", base: nil)
            let hash = try await desk.test.app.read { db in
                try db.value("SELECT sha256(\(saved.revision.content.canonical))", as: [UInt8].self)
            }
            #expect(saved.revision.hash == hash)
        }
    }

    @Test func theOrderOfBylinesIsKeptAndProjected() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "One.", bylines: ["gus-guest", "ann-example:with"], base: nil)
            let rows = try await desk.test.app.read { db in
                try db.rows("SELECT role, name FROM editorial.byline WHERE article_id = \(id) ORDER BY position") {
                    row in
                    [try row.next(String.self), try row.next(String.self)]
                }
            }
            #expect(rows == [["author", "Gus Guest"], ["with", "Ann Example"]])
        }
    }

    @Test func whatIsNotNamedStaysAsItWas() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "One.", title: "First", bylines: ["ann-example"], slug: "dams", base: nil)
            let saved = try await desk.save(id, body: "Two.", base: .revision(1))
            #expect(saved.revision.content.title == "First")
            #expect(saved.revision.content.slug?.text == "dams")
            #expect(saved.revision.content.bylines.map(\.contributor.text) == ["ann-example"])
            #expect(saved.revision.parent == 1)
        }
    }

    @Test func anEqualTextMakesNoRevision() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            let again = try await desk.save(id, body: "It stood there.\r\n", base: .revision(1))
            #expect(!again.isNew)
            #expect(again.revision.number == 1)
            #expect(try await desk.article(id).status == .approved)
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == 1)
        }
    }

    @Test func aTextThatIsThereNeedsItsBaseNamed() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "One.", base: nil)
            #expect(await refusal { try await desk.save(id, body: "Two.", base: nil) } == .baseRequired(id, current: 1))
            #expect(
                await refusal { try await desk.save(id, body: "Two.", base: .revision(7)) }
                    == .revisionUnknown(id, number: 7))
        }
    }

    @Test func aStaleSaveIsRefusedWithRevisionAuthorTimeAndDifference() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "One.\n", base: nil)
            let second = try await desk.save(id, as: "colleague", body: "Two.\n", base: .revision(1))
            let error = await refusal { try await desk.save(id, body: "Three.\n", base: .revision(1)) }
            guard case .changedMeanwhile(let conflict) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(conflict.article == id)
            #expect(conflict.base == 1)
            #expect(conflict.current == 2)
            #expect(conflict.author.text == "colleague@example.org")
            #expect(conflict.at == second.revision.savedAt)
            #expect(conflict.difference.text.contains("-Two.\n+Three.\n"))
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == 2)
        }
    }

    @Test func anUnknownContributorIsRefusedAndNothingIsSaved() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            #expect(
                await refusal { try await desk.save(id, body: "x", bylines: ["nobody-here"], base: nil) }
                    == .contributorUnknown(Desk.slug("nobody-here")))
            #expect(try await desk.article(id).status == .pitch)
        }
    }

    @Test func ofFiftySaversExactlyOneWinsEachVersion() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "Start.", base: nil)
            for base in 1...3 {
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for writer in 0..<50 {
                        group.addTask {
                            do {
                                let name = writer.isMultiple(of: 2) ? "writer" : "colleague"
                                try await desk.save(id, as: name, body: "\(base).\(writer)", base: .revision(base))
                                return true
                            } catch EditorialError.changedMeanwhile { return false }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
                #expect(try await desk.article(id).head == base + 1)
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == 4)
        }
    }

    @Test func aFreelanceWritesHisOwnAndSeesNoOther() async throws {
        try await withDesk { desk in
            let others = try await desk.pitch()
            #expect(
                await refusal { try await desk.save(others, as: "freelance", body: "x", base: nil) }
                    == .articleUnknown("\(others)"))
            _ = try await desk.act("deputy") { db, actor in
                try AssignArticle(others, to: Desk.address("freelance"), by: actor).perform(db)
            }
            try await desk.save(others, as: "freelance", body: "x", base: nil)
        }
    }

    @Test(arguments: ["a\nb", "a\u{1b}[31mb", "a\u{202e}b", "a\tb", "<b>x</b>", "'; DROP TABLE x; --"])
    func anyTitleIsKeptToTheByte(_ title: String) async throws {
        try await withDesk { desk in
            let id = try await desk.pitch(title)
            try await desk.save(id, body: "x", base: nil)
            let article = try await desk.article(id)
            #expect(Array(article.title.utf8) == Array(title.utf8))
            let line = try await desk.act("chief") { db, actor in try Articles.find(db, id, for: actor) }
            let text = try await desk.act("chief") { db, _ in try Articles.revision(db, of: line) }
            #expect(text.map { Array($0.content.title.utf8) } == Array(title.utf8))
        }
    }
}
