import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct CorrectionTests {
    @Test func aCorrectionSaysWhatWasWrongAndIsDated() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.save(id, body: "Two stood there.")
            try await desk.submit(id)
            try await desk.approve(id)
            let release = try await desk.correct(id, note: "It said it stood there; two did.")
            #expect(release.kind == .correction)
            #expect(try await desk.article(id).publicStatus == .corrected)
            let note = try await desk.test.reader.read { db in
                try db.one("SELECT label, note, dated FROM editorial.public_note") { row in
                    (try row.next(String.self), try row.next(String.self), try row.next(Timestamp.self))
                }
            }
            #expect(note.0 == "Correction")
            #expect(note.1 == "It said it stood there; two did.")
            #expect(note.2 == release.releasedAt)
            #expect(
                try await desk.publicColumn("SELECT html FROM editorial.public_article") == [
                    "<p>Two stood there.</p>\n"
                ])
            // A later text keeps it.
            try await desk.save(id, body: "Two stood there, once.")
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            #expect(try await desk.article(id).publicStatus == .corrected)
            #expect(try await desk.publicColumn("SELECT note FROM editorial.public_note").count == 1)
        }
    }

    @Test func theFeedsNameForAnArticleNeverChangesAndACorrectionAdvancesItsDate() async throws {
        try await withDesk { desk in
            let id = try await desk.published(slug: "first-slug")
            func feed() async throws -> (guid: String, first: Timestamp, updated: Timestamp) {
                try await desk.test.reader.read { db in
                    try db.one("SELECT guid, first_published_at, updated_at FROM editorial.public_list") {
                        (try $0.next(), try $0.next(), try $0.next())
                    }
                }
            }
            let before = try await feed()
            #expect(before.first == before.updated)
            try await desk.correct(id)
            let corrected = try await feed()
            try await desk.act("publisher") { db, actor in
                _ = try ChangeSlug(id, to: Desk.slug("second-slug"), by: actor).perform(db)
            }
            try await desk.unpublish(id)
            try await desk.publish(id)
            let back = try await feed()
            #expect([corrected.guid, back.guid] == [before.guid, before.guid])
            #expect([corrected.first, back.first] == [before.first, before.first])
            #expect(corrected.updated > before.updated)
            #expect(back.updated > corrected.updated)
        }
    }

    @Test func aNoteAloneChangesNoTextAndNeedsNoApproval() async throws {
        try await withDesk { desk in
            let id = try await desk.publishedWithDraft(body: "One.", draft: "Secret draft.")
            try await desk.correct(id, .clarification, revision: 1)
            try await desk.correct(id, .editorsNote, revision: 1)
            #expect(try await desk.article(id).publicStatus == .live)
            #expect(try await desk.article(id).head == 2)
            #expect(try await desk.publicColumn("SELECT html FROM editorial.public_article") == ["<p>One.</p>\n"])
            #expect(
                try await desk.publicColumn("SELECT label FROM editorial.public_note ORDER BY id")
                    == ["Clarification", "Editor’s note"])
            // The draft doesn't go out with a note.
            #expect(
                await refusal { try await desk.correct(id) }
                    == .notApproved(id, [Standing(kind: .edit, needed: 1, given: 0, approvals: [])]))
        }
    }

    @Test func whatWasWrongCanBeSaidThoughAPictureIsIncompleteAndShowsThePageThatWasApproved() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch("Imported")
            var content = Content(title: "Imported", body: "![](/x.jpg)\n")
            content.images = [Content.Image(placement: .inline, source: "/x.jpg")]
            let text = content.canonical
            // As an import leaves it, and as it is once a licence is over.
            try await desk.test.owner.transaction { db in
                for table in ["article", "revision", "release"] {
                    try db.script("ALTER TABLE editorial.\(table) DISABLE TRIGGER USER")
                }
                try db.run(
                    """
                    INSERT INTO editorial.revision (article_id, number, content, title, saved_by, saved_at) \
                    SELECT id, 1, \(text), 'Imported', created_by, now() FROM editorial.article WHERE id = \(id)
                    """)
                try db.run(
                    """
                    INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                    SELECT article_id, 1, hash, 'first', 'imported', '/imported', '<p>As approved.</p>', saved_by \
                    FROM editorial.revision WHERE article_id = \(id)
                    """)
                try db.run(
                    """
                    UPDATE editorial.article a SET head = 1, status = 'published', public_status = 'live', \
                    live_release_id = l.id, first_published_at = l.released_at \
                    FROM editorial.release l WHERE l.article_id = a.id AND a.id = \(id)
                    """)
                try db.run(
                    "INSERT INTO editorial.slug (slug, article_id, path) VALUES ('imported', \(id), '/imported')")
                try db.run(
                    """
                    INSERT INTO editorial.path (path, article_id, release_id) \
                    SELECT path, article_id, id FROM editorial.release WHERE article_id = \(id)
                    """)
                for table in ["article", "revision", "release"] {
                    try db.script("ALTER TABLE editorial.\(table) ENABLE TRIGGER USER")
                }
            }
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.blocks(\(id), 1) WHERE rule LIKE 'image%'") > 0)
            try await desk.correct(id, .clarification, revision: 1)
            // Nor does a note bring another page out, whoever writes it.
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, note, account_id) \
                    SELECT l.article_id, 1, l.hash, 'clarification', l.slug, l.path, '<p>Another page.</p>', 'A note.', \
                    a.id FROM editorial.release l, access.account a \
                    WHERE l.article_id = \(id) AND l.kind = 'first' AND a.email = 'publisher@example.org'
                    """)
            }
            let pages = try await desk.publicColumn("SELECT html FROM editorial.public_article")
            #expect(pages == ["<p>As approved.</p>"])
            // Another text brings its pictures with it.
            try await desk.save(id, body: "![](/x.jpg) Another.\n", bylines: ["ann-example"])
            try await desk.submit(id)
            try await desk.approve(id)
            await #expect(throws: EditorialError.self) { try await desk.publish(id) }
        }
    }

    @Test func aCorrectionWithoutWordsIsRefused() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            #expect(await refusal { try await desk.correct(id, note: " \n") } == .wordsNeeded(id))
            let draft = try await desk.approved("Draft")
            #expect(await refusal { try await desk.correct(draft) } == .notPublic(draft, nil))
        }
    }

    @Test func aRetractionStaysAtItsAddressMarkedAndLeavesTheLists() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.retract(id)
            let page = try await desk.publicColumn(
                "SELECT concat_ws('|', public_status, html, release_kind) FROM editorial.public_article")
            #expect(page == ["retracted|<p>It stood there.</p>\n|retraction"])
            #expect(
                try await desk.publicColumn("SELECT concat_ws('|', label, note, signed_by) FROM editorial.public_note")
                    == ["Retraction|The letters are forged.|The editors"])
            #expect(try await desk.publicColumn("SELECT title FROM editorial.public_list") == [])
            #expect(try await desk.publicColumn("SELECT slug FROM editorial.public_section") == [])
            #expect(try await desk.publicColumn("SELECT answer::text FROM editorial.public_path") == ["200"])
            // It isn't corrected, updated or taken back any more; it can still go.
            #expect(await refusal { try await desk.correct(id, revision: 1) } == .notPublic(id, .retracted))
            try await desk.save(id, body: "New.")
            try await desk.submit(id)
            try await desk.approve(id)
            let refused = await refusal { try await desk.publish(id) }
            guard case .blocked(_, "release_kind", _) = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            await #expect(throws: AccessError.self) { try await desk.unpublish(id) }
            try await desk.unpublish(id, as: "chief")
        }
    }

    @Test func aRetractedTextNeverGoesOutAgainByWhateverWayAndNumber() async throws {
        func isRetracted<T>(_ body: () async throws -> T) async -> Bool {
            if case .blocked(_, "release_retracted", _) = await refusal(body) { true } else { false }
        }
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.retract(id)
            try await desk.unpublish(id, as: "chief")
            #expect(await isRetracted { try await desk.publish(id, as: "publisher") })
            #expect(await isRetracted { try await desk.publish(id, as: "chief", revision: 1) })
            // The same words under another number, approved anew.
            try await desk.save(id, body: "Other words.")
            try await desk.act("writer") { db, actor in
                _ = try RestoreRevision(id, revision: 1, by: actor).perform(db)
            }
            try await desk.submit(id)
            try await desk.approve(id)
            #expect(await isRetracted { try await desk.publish(id) })
            // Another text is another story.
            try await desk.save(id, body: "What we know by now.")
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            #expect(try await desk.publicColumn("SELECT public_status FROM editorial.public_article") == ["live"])
        }
    }

    @Test func aRetractionCancelsWhatWasToHappenByItself() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.schedule(id, .unpublish)
            try await desk.retract(id)
            #expect(try await desk.schedules().map(\.state) == [.cancelled])
            try await desk.letTimeCome()
            #expect(try await desk.work() == [])
            #expect(try await desk.publicColumn("SELECT answer::text FROM editorial.public_path") == ["200"])
        }
    }

    @Test func theDatabaseHoldsARetractionToo() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            try await desk.schedule(id, .unpublish)
            try await desk.retract(id)
            func release(_ kind: String, _ reason: String?) async throws {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id, \
                        reason_class) SELECT l.article_id, l.revision, l.hash, \(kind), l.slug, l.path, '', a.id, \
                        \(reason) FROM editorial.release l, access.account a \
                        WHERE l.article_id = \(id) AND l.kind = 'first' AND a.email = 'publisher@example.org'
                        """)
                }
            }
            #expect(await denied { try await release("unpublish", "error") }.rule == "release_retracted")
            try await desk.unpublish(id, as: "chief")
            #expect(await denied { try await release("update", nil) }.rule == "release_retracted")
        }
    }

    @Test func whatIsUnpublishedAnswersWithItsReasonAndComesBackThroughTheGateOnly() async throws {
        try await withDesk { desk in
            let id = try await desk.published(slug: "gone")
            let first = try await desk.publish(id)
            try await desk.unpublish(id)
            #expect(try await desk.publicColumn("SELECT title FROM editorial.public_article") == [])
            #expect(
                try await desk.publicColumn(
                    "SELECT concat_ws('|', path, answer, reason_class, leads_to) FROM editorial.public_path")
                    == ["\(first.path)|410|legal"])
            // The note is the newsroom's own.
            #expect(try await !desk.publicText().contains("injunction"))
            #expect(await refusal { try await desk.unpublish(id) } == .notPublic(id, .unpublished))

            try await desk.save(id, body: "Without the name.")
            #expect(
                await refusal { try await desk.publish(id) }
                    == .notApproved(id, [Standing(kind: .edit, needed: 1, given: 0, approvals: [])]))
            try await desk.submit(id)
            try await desk.approve(id)
            let back = try await desk.publish(id)
            #expect(back.path == first.path)
            #expect(back.firstPublishedAt == first.releasedAt)
            #expect(try await desk.article(id).publicStatus == .live)
        }
    }

    @Test func eachActOfPublicationTakesItsPermission() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            for name in ["writer", "editor", "deputy", "copy", "legal", "admin"] {
                await #expect(throws: AccessError.self, "\(name)") { try await desk.correct(id, as: name) }
                await #expect(throws: AccessError.self, "\(name)") { try await desk.unpublish(id, as: name) }
                await #expect(throws: AccessError.self, "\(name)") { try await desk.retract(id, as: name) }
                await #expect(throws: AccessError.self, "\(name)") { try await desk.schedule(id, as: name) }
            }
            await #expect(throws: AccessError.self) { try await desk.retract(id, as: "publisher") }
            // With the app role's own hands it is no different.
            let publisher = try await desk.act("publisher") { _, actor in actor.account }
            let forged: SQL = """
                INSERT INTO editorial.release \
                (article_id, revision, hash, kind, slug, path, html, note, signed_by, account_id) \
                SELECT article_id, revision, hash, 'retraction', slug, path, html, 'Lies.', 'Me', \(publisher) \
                FROM editorial.release
                """
            #expect(
                await denied { try await desk.test.app.transaction { db in try db.run(forged) } }.rule
                    == "release_permitted")
        }
    }

    @Test func anotherSlugLeavesRedirectsOfOneHop() async throws {
        try await withDesk { desk in
            let id = try await desk.published(slug: "one-story")
            let first = try await desk.publish(id)
            for slug in ["two-story", "three-story", "one-story", "four-story"] {
                try await desk.act("publisher") { db, actor in
                    _ = try ChangeSlug(id, to: Desk.slug(slug), by: actor).perform(db)
                }
            }
            let folder = first.path.dropLast("one-story".count)
            let answers = try await desk.publicColumn(
                "SELECT concat_ws(' ', path, answer, leads_to) FROM editorial.public_path ORDER BY path")
            #expect(
                answers == [
                    "\(folder)four-story 200 \(folder)four-story", "\(folder)one-story 301 \(folder)four-story",
                    "\(folder)three-story 301 \(folder)four-story", "\(folder)two-story 301 \(folder)four-story",
                ])
            // The next text stays where the article is, unless its writer says otherwise.
            try await desk.save(id, body: "Better.")
            try await desk.submit(id)
            try await desk.approve(id)
            #expect(try await desk.publish(id).slug.text == "four-story")
            let other = try await desk.approved("Other", slug: "two-story")
            #expect(await refusal { try await desk.publish(other) } == .slugTaken(Desk.slug("two-story")))
        }
    }

    @Test func fiftyWhoPublishOrApproveAtOnceHaveOneEffect() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let approvals = try await withThrowingTaskGroup(of: Approval.self) { group in
                for _ in 0..<50 { group.addTask { try await desk.approve(id) } }
                return try await group.reduce(into: Set<ID<Approval>>()) { $0.insert($1.id) }
            }
            #expect(approvals.count == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'article.approved'") == 1)
            let releases = try await withThrowingTaskGroup(of: ID<Release>.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await desk.publish(id, as: number.isMultiple(of: 2) ? "publisher" : "chief").id
                    }
                }
                return try await group.reduce(into: Set<ID<Release>>()) { $0.insert($1) }
            }
            #expect(releases.count == 1)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.outbox WHERE type = 'article.published'") == 1)
        }
    }
}
