import Editorial
import Postgres
import TestDatabase
import Testing
import Values

@testable import Editorial

struct FixTests {
    private static let live = "One dam.\n\nBuilt in 1950.\n\nThe end.\n"
    private static let draft = "One dam.\n\nBuilt in 1950.\n\nThe end, so far.\n"
    private static let fixed = "One dam.\n\nBuilt in 1951.\n\nThe end.\n"

    @Test func aFixBesideAWaitingDraftChangesOnlyTheFix() async throws {
        try await withDesk { desk in
            let id = try await desk.publishedWithDraft(body: Self.live, draft: Self.draft)
            let number = try await desk.fix(id, body: Self.fixed)
            #expect(number == 3)
            var article = try await desk.article(id)
            #expect(article.head == 2)
            #expect(article.status == .drafting)
            // It needs approvals of its own: the live text's and the draft's are other texts'.
            #expect(
                await refusal { try await desk.publish(id, revision: 3) }
                    == .notApproved(id, [Standing(kind: .edit, needed: 1, given: 0, approvals: [])]))
            try await desk.approve(id, revision: 3)
            let release = try await desk.correct(id)
            #expect(release.revision == 3)
            #expect(
                try await desk.publicColumn("SELECT html FROM editorial.public_article")
                    == ["<p>One dam.</p>\n<p>Built in 1951.</p>\n<p>The end.</p>\n"])
            article = try await desk.article(id)
            #expect(article.head == 2)
            #expect(article.status == .drafting)
            let draft = try await desk.act("writer") { db, _ in try Revision.find(db, id, 2) }
            #expect(draft.content.body == Self.draft)
        }
    }

    @Test func theDraftIsThenBasedOnOlderTextAndARebaseTakesTheFixIn() async throws {
        try await withDesk { desk in
            let id = try await desk.publishedWithDraft(body: Self.live, draft: Self.draft)
            try await desk.fix(id, body: Self.fixed)
            try await desk.approve(id, revision: 3)
            try await desk.publish(id, revision: 3)
            let behind = try await desk.act("writer") { db, actor in
                try Article.find(db, id, for: actor).behind(db)
            }
            #expect(behind?.base == 1)
            #expect(behind?.live == 3)
            // It doesn't overwrite the fix, approved or not.
            try await desk.submit(id)
            try await desk.approve(id)
            let refused = await refusal { try await desk.publish(id) }
            guard case .blocked(_, "release_base", _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            let merged = try await desk.act("writer") { db, actor in try RebaseArticle(id, by: actor).perform(db) }
            #expect(merged.number == 4)
            #expect(merged.content.body == "One dam.\n\nBuilt in 1951.\n\nThe end, so far.\n")
            #expect(
                await refusal {
                    try await desk.act("writer") { db, actor in try RebaseArticle(id, by: actor).perform(db) }
                }
                    == .notBehind(id))
            try await desk.submit(id)
            try await desk.approve(id)
            #expect(try await desk.publish(id).revision == 4)
        }
    }

    @Test func aRebaseShowsConflictsAndWritesNothingUntilTheyAreResolved() async throws {
        try await withDesk { desk in
            let id = try await desk.publishedWithDraft(
                body: Self.live, draft: "One dam.\n\nBuilt about 1950.\n\nThe end.\n")
            try await desk.fix(id, body: Self.fixed)
            try await desk.approve(id, revision: 3)
            try await desk.publish(id, revision: 3)
            let conflict = Merge.Conflict(
                field: "body", line: 3, base: "Built in 1950.", ours: "Built about 1950.", theirs: "Built in 1951.")
            #expect(
                await refusal {
                    try await desk.act("writer") { db, actor in try RebaseArticle(id, by: actor).perform(db) }
                }
                    == .rebaseConflicts(id, [conflict]))
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == 3)
            let resolved = try await desk.act("writer") { db, actor in
                try RebaseArticle(id, body: "One dam.\n\nBuilt about 1951.\n", by: actor).perform(db)
            }
            #expect(resolved.content.body == "One dam.\n\nBuilt about 1951.\n")
        }
    }

    @Test func whereNoDraftWaitsTheFixIsWhatTheNextTextIsMadeOf() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.fix(id, body: "It stood here.")
            try await desk.approve(id, revision: 2)
            try await desk.publish(id, revision: 2)
            #expect(try await desk.article(id).head == 2)
            #expect(try await desk.article(id).status == .published)
            let saved = try await desk.act("writer") { db, actor in
                try SaveRevision(id, .init(title: "New title"), base: .revision(2), by: actor).perform(db)
            }
            #expect(saved.revision.content.body == "It stood here.")
            // And a second fix of the same text begins from it.
            #expect(try await desk.fix(id, body: "It stood here, then.") == 4)
            #expect(try await desk.article(id).head == 3)
        }
    }

    @Test func aScheduledUpdateWhoseBaseIsNotLiveAnyMoreIsHeldWithAnAlert() async throws {
        try await withDesk { desk in
            let id = try await desk.publishedWithDraft(body: Self.live, draft: Self.draft)
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.schedule(id, .update)
            try await desk.fix(id, body: Self.fixed)
            try await desk.approve(id, revision: 3)
            try await desk.publish(id, revision: 3)
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == ["release_base"])
            #expect(try await desk.schedules().map(\.state) == [.held])
            #expect(try await desk.article(id).status == .scheduleFailed)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'schedule.held'") == 1)
            #expect(
                try await desk.publicColumn("SELECT html FROM editorial.public_article")
                    == ["<p>One dam.</p>\n<p>Built in 1951.</p>\n<p>The end.</p>\n"])
        }
    }

    @Test func aFixIsOfWhatIsPublic() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(await refusal { try await desk.fix(id, body: "x") } == .notPublic(id, nil))
            #expect(
                await denied {
                    try await desk.test.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO editorial.revision (article_id, number, parent, branch, content, saved_by) \
                            SELECT article_id, 2, 1, 'fix', content || ' '::bytea, saved_by FROM editorial.revision
                            """)
                    }
                }.rule == "revision_fixes")
        }
    }
}

struct MergeTests {
    private func merge(_ base: String, _ ours: String, _ theirs: String) -> (String, Int) {
        let merged = Merge.lines(base: base, ours: ours, theirs: theirs)
        return (merged.text, merged.conflicts.count)
    }

    @Test func whatOneSideChangedIsTaken() {
        #expect(merge("a\nb\nc\n", "a\nB\nc\n", "a\nb\nc\n") == ("a\nB\nc\n", 0))
        #expect(merge("a\nb\nc\n", "a\nb\nc\n", "b\nc\nd\n") == ("b\nc\nd\n", 0))
        #expect(merge("a\nb\nc", "A\nb\nc", "a\nb\nC") == ("A\nb\nC", 0))
        #expect(merge("a\nb\nc\nd\ne\n", "b\nc\nd\ne\n", "a\nb\nc\nd\n") == ("b\nc\nd\n", 0))
        #expect(merge("", "new\n", "") == ("new\n", 0))
    }

    @Test func theSameChangeTwiceIsOneAndTwoAreAConflict() {
        #expect(merge("a\nb\n", "a\nx\n", "a\nx\n") == ("a\nx\n", 0))
        #expect(merge("a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n").1 == 1)
        #expect(merge("a\n", "", "a\nb\n").1 == 1)
    }

    /// Whatever is changed in different paragraphs, the result has every change and nothing else.
    @Test func changesFarApartNeverTouch() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let base = (0..<20).map { "line \($0)" }
            var (ours, theirs, both) = (base, base, base)
            for index in base.indices where !index.isMultiple(of: 2) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    ours[index] = "mine \(index)"
                    both[index] = ours[index]
                case 1:
                    theirs[index] = "other \(index)"
                    both[index] = theirs[index]
                default: break
                }
            }
            let merged = merge(
                base.joined(separator: "\n"), ours.joined(separator: "\n"), theirs.joined(separator: "\n"))
            #expect(merged == (both.joined(separator: "\n"), 0), "seed \(seed)")
        }
    }
}
