import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct PublishingTests {
    @Test func anApprovedTextGoesOutAtItsAddress() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview("The dam that wasn't")
            try await desk.approve(id)
            let release = try await desk.publish(id)
            let month = try await desk.test.app.read { db in
                try db.value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY/MM')", as: String.self)
            }
            #expect(release.path == "/\(month ?? "")/the-dam-that-wasnt")
            #expect(release.revision == 1)
            #expect(release.kind == .first)
            let article = try await desk.article(id)
            #expect(article.status == .published)
            #expect(article.publicStatus == .live)
            #expect(article.firstPublishedAt == release.releasedAt)
        }
    }

    @Test func theMonthInTheAddressIsThatOfThePublicationsZone() async throws {
        try await withDesk { desk in
            // Fourteen hours ahead: for half of every last day of a month this is another month than in UTC.
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE access.publication SET timezone = 'Pacific/Kiritimati'")
            }
            let id = try await desk.published("Early")
            let path = try await desk.test.app.read { db in
                try db.value(
                    """
                    SELECT '/' || to_char(released_at AT TIME ZONE 'Pacific/Kiritimati', 'YYYY/MM') || '/early' \
                    FROM editorial.release WHERE article_id = \(id)
                    """, as: String.self)
            }
            let line = try await desk.act("chief") { db, actor in try Articles.find(db, id, for: actor) }
            #expect(line.path == path)
        }
    }

    @Test func withoutApprovalNothingGoesOut() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            #expect(
                await refusal { try await desk.publish(id) }
                    == .notApproved(id, [Standing(kind: .edit, needed: 1, given: 0, approvals: [])]))
            let pitch = try await desk.pitch()
            #expect(await refusal { try await desk.publish(pitch) } == .nothingSaved(pitch))
        }
    }

    @Test func anEditAfterApprovalCannotBePublished() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            try await desk.save(id, body: "Sneaked in.", base: .revision(1))
            let stale = EditorialError.staleApproval(id, revision: 1, current: 2)
            #expect(await refusal { try await desk.publish(id) } == stale)
            #expect(await refusal { try await desk.publish(id, revision: 1) } == stale)
            try await desk.submit(id)
            #expect(await refusal { try await desk.publish(id) } == stale)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
            try await desk.approve(id)
            #expect(try await desk.publish(id).revision == 2)
        }
    }

    @Test func whatOnlyItsAuthorSaidYesToWasNeverApproved() async throws {
        try await withDesk { desk in
            // Handing his own text in is an author's yes, and no editor has said any.
            let id = try await desk.inReview()
            try await desk.save(id, body: "Another text.", base: .revision(1))
            guard case .notApproved = await refusal({ try await desk.publish(id) }) else {
                return #expect(Bool(false), "an author's yes isn't an approval that went stale")
            }
        }
    }

    @Test func onlyPublisherAndEditorInChiefPublish() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            for name in ["admin", "writer", "editor", "deputy", "copy", "legal"] {
                await #expect(throws: AccessError.self, "\(name)") { try await desk.publish(id, as: name) }
            }
            try await desk.publish(id, as: "chief")
        }
    }

    @Test func theApproverMayPublish() async throws {
        try await withDesk { desk in
            for name in ["chief", "publisher"] {
                let id = try await desk.inReview("By \(name)")
                try await desk.approve(id, as: name)
                try await desk.publish(id, as: name)
            }
        }
    }

    @Test func publishingTwiceHasOneEffect() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            let releases = try await withThrowingTaskGroup(of: Release.self) { group in
                for number in 0..<20 {
                    group.addTask { try await desk.publish(id, revision: number.isMultiple(of: 2) ? 1 : nil) }
                }
                return try await group.reduce(into: Set<Release>()) { $0.insert($1) }
            }
            #expect(releases.count == 1)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'article.published'") == 1)
            #expect(
                try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'article.published'") == 1)
        }
    }

    @Test func aSecondTextIsAnUpdateAtTheSameAddress() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let first = try await desk.publish(id)
            try await desk.save(id, body: "Better.", title: "Another title", base: .revision(1))
            #expect(try await desk.article(id).publicStatus == .live)
            try await desk.submit(id)
            try await desk.approve(id)
            let second = try await desk.publish(id)
            #expect(second.kind == .update)
            #expect(second.path == first.path)
            #expect(second.firstPublishedAt == first.releasedAt)
            #expect(second.releasedAt > first.releasedAt)
        }
    }

    @Test func anOlderApprovalDoesNotCarryAnUpdate() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.save(id, body: "Better.", base: .revision(1))
            try await desk.submit(id)
            #expect(
                await refusal { try await desk.publish(id) }
                    == .notApproved(id, [Standing(kind: .edit, needed: 1, given: 0, approvals: [])]))
        }
    }

    @Test func aNewSlugRedirectsTheOldAddress() async throws {
        try await withDesk { desk in
            let id = try await desk.published("One", slug: "one-story")
            let first = try await desk.publish(id)
            for slug in ["two-story", "three-story"] {
                try await desk.save(id, body: "About \(slug)", slug: slug)
                try await desk.submit(id)
                try await desk.approve(id)
                try await desk.publish(id)
            }
            let leads = try await desk.test.reader.read { db in
                try db.rows("SELECT path, leads_to FROM editorial.public_path ORDER BY path") { row in
                    [try row.next(String.self), try row.next(String.self)]
                }
            }
            let folder = first.path.dropLast("one-story".count)
            #expect(
                leads == ["one", "three", "two"].map { ["\(folder)\($0)-story", "\(folder)three-story"] })
        }
    }

    @Test func aSlugThatWasEverPublicIsTakenForEver() async throws {
        try await withDesk { desk in
            let id = try await desk.published("One", slug: "one-story")
            try await desk.save(id, body: "y", slug: "other")
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            for slug in ["one-story", "other"] {
                let second = try await desk.inReview("Two", slug: slug)
                try await desk.approve(second)
                #expect(await refusal { try await desk.publish(second) } == .slugTaken(Desk.slug(slug)))
                #expect(try await desk.article(second).status == .approved)
            }
        }
    }

    @Test func aDraftReservesNoSlug() async throws {
        try await withDesk { desk in
            _ = try await desk.inReview("Draft", slug: "the-slug")
            let id = try await desk.published("Live", slug: "the-slug")
            #expect(try await desk.publish(id).slug.text == "the-slug")
        }
    }

    @Test func aTitleWithoutLettersNeedsASlug() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview("日本")
            try await desk.approve(id)
            #expect(await refusal { try await desk.publish(id) } == .slugNeeded(id))
        }
    }

    @Test func whatGoesOutIsRenderedInSafeMode() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(
                id, body: "**A**<script>steal()</script> [x](javascript:steal())", bylines: ["ann-example"], base: nil)
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            let html = try await desk.test.reader.read { db in
                try db.value("SELECT html FROM editorial.public_article", as: String.self)
            }
            #expect(html?.contains("<strong>A</strong>") == true)
            #expect(html?.contains("script") == false)
        }
    }

    @Test func everyStepIsAuditedInTheSameTransaction() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let actions = try await desk.test.app.read { db in
                try db.rows(
                    """
                    SELECT action FROM journal.audit WHERE subject_kind = 'article' AND subject_id = \(id) \
                    ORDER BY seq
                    """
                ) { try $0.next(String.self) }
            }
            #expect(
                actions == [
                    "article.pitched", "revision.saved", "article.submitted", "approval.given", "approval.given",
                    "article.approved", "article.published",
                ])
            // No name, address or text in the journal: erasing a person breaks no chain.
            let facts = try await desk.test.app.read { db in
                try db.rows("SELECT facts::text FROM journal.audit WHERE subject_kind = 'article'") {
                    try $0.next(String.self)
                }
            }
            for word in ["dam", "Ann", "example", "stood"] {
                #expect(!facts.joined().contains(word))
            }
        }
    }

    @Test func theHistorySaysWhatHappenedInOrder() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let events = try await desk.act("chief") { db, actor in try History.list(db, id, for: actor) }
            #expect(events.map(\.kind) == [.revision, .round, .approval, .approval, .release])
            #expect(events.map(\.detail)[2...3] == ["author", "edit"])
            #expect(
                events.map(\.who) == [
                    "writer@example.org", "", "writer@example.org", "editor@example.org", "publisher@example.org",
                ])
            try await desk.save(id, body: "It fell.\n")
            let diff = try await desk.act("chief") { db, actor in
                try History.diff(db, id, from: 1, to: 2, for: actor)
            }
            #expect(diff.text.contains("-It stood there.\n+It fell.\n"))
        }
    }
}
