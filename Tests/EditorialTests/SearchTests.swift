import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// Who finds what, and that nobody finds what he may not read.
struct SearchTests {
    private func found(
        _ desk: Desk, _ words: String, as name: String, limit: Int = 50
    ) async throws -> [ID<Article>] {
        try await desk.act(name) { db, actor in
            try Search(words).all(db, for: actor, limit: limit).map(\.article)
        }
    }

    private func publicly(_ desk: Desk, _ words: String) async throws -> [Search.Hit] {
        try await desk.test.reader.read { db in try Search(words).public(db, limit: 50) }
    }

    @Test func wordsAreFoundByEndingPhrasePrefixAndNot() async throws {
        try await withDesk { desk in
            let ferry = try await desk.published("The last ferries")
            let tram = try await desk.pitch("The tram line")
            try await desk.save(tram, body: "A ferry beside the tram stop.\n")
            #expect(Set(try await found(desk, "ferry", as: "editor")) == [ferry, tram])
            #expect(try await found(desk, "ferry -tram", as: "editor") == [ferry])
            #expect(try await found(desk, "\"tram stop\"", as: "editor") == [tram])
            #expect(try await found(desk, "\"stop tram\"", as: "editor") == [])
            #expect(Set(try await found(desk, "ferr*", as: "editor")) == [ferry, tram])
            #expect(try await found(desk, "tra* stop", as: "editor") == [tram])
            // A word in the title weighs more than one in the text.
            #expect(try await found(desk, "ferry", as: "editor").first == ferry)
            for refused in ["", "   ", "the and", String(repeating: "x", count: 501), "a\u{0}b"] {
                let error = await refusal { try await found(desk, refused, as: "editor") }
                guard case .searchRefused = error else {
                    Issue.record("\(refused) was searched for")
                    continue
                }
            }
        }
    }

    @Test func aTokenPlantedInADraftIsFoundOnlyByWhoMayReadIt() async throws {
        try await withDesk { desk in
            let token = "zyxplanted"
            let id = try await desk.pitch("Plan \(token)")
            try await desk.act("writer") { db, actor in
                let change = SaveRevision.Change(
                    title: "Plan \(token)", dek: token, body: "Text \(token).\n",
                    bylines: [try SaveRevision.Credit("ann-example")], note: "note \(token)")
                _ = try SaveRevision(id, change, base: nil, by: actor).perform(db)
            }
            try await desk.submit(id)
            try await desk.act("editor") { db, actor in
                _ = try RespondReview(id, verdict: .comment, comment: "see \(token)", by: actor).perform(db)
            }
            let live = try await desk.published("Something else")
            // A live text whose next draft has the token.
            try await desk.save(live, body: "It stood there, \(token).\n")
            for name in ["editor", "bookeditor", "copy", "chief"] {
                #expect(Set(try await found(desk, token, as: name)) == [id, live], "\(name)")
            }
            for name in ["fundraiser", "freelance"] {
                #expect(try await found(desk, token, as: name) == [], "\(name)")
                #expect(try await found(desk, "zyxplan*", as: name) == [], "\(name)")
            }
            #expect(try await publicly(desk, token).map(\.article) == [])
            #expect(try await publicly(desk, "stood").map(\.article) == [live])
            let rows = try await desk.test.reader.read { db in
                try db.value(
                    "SELECT count(*) FROM editorial.public_search WHERE text LIKE '%zyxplanted%'", as: Int.self)
            }
            #expect(rows == 0)
            // The rank of a public hit rests on public words alone: the draft's title would weigh more.
            let before = try await publicly(desk, "stood").first?.cursor
            try await desk.save(live, body: "Stood stood stood.\n", title: "Stood stood stood")
            #expect(try await publicly(desk, "stood").first?.cursor == before)
        }
    }

    @Test func whatLeavesThePublicLeavesItsSearch() async throws {
        try await withDesk { desk in
            let id = try await desk.published("The last ferry")
            #expect(try await publicly(desk, "ferry").map(\.article) == [id])
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET public_status = 'unpublished' WHERE id = \(id)")
            }
            #expect(try await publicly(desk, "ferry").map(\.article) == [])
            #expect(try await found(desk, "ferry", as: "fundraiser") == [])
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET public_status = 'retracted' WHERE id = \(id)")
            }
            #expect(try await publicly(desk, "ferry").map(\.article) == [])
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET public_status = 'corrected' WHERE id = \(id)")
            }
            #expect(try await publicly(desk, "ferry").map(\.article) == [id])
        }
    }

    @Test func aPitchIsFoundByWhoMayReadPitches() async throws {
        try await withDesk { desk in
            try await desk.act("editor") { db, actor in
                let message = try MailMessage(
                    name: "Gus", email: EmailAddress("gus@example.net"), title: "Offer", text: "About quokkas.")
                let pitch = try AddPitch(message, by: actor).perform(db)
                _ = try AcceptPitch(
                    pitch.id, section: Desk.slug("world"), kind: .reporting, by: actor
                ).perform(db)
            }
            #expect(try await found(desk, "quokkas", as: "editor").count == 1)
            #expect(try await found(desk, "quokkas", as: "copy") == [])
        }
    }

    @Test func noTextForgesAMarkOrMarkup() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch("Marks")
            try await desk.save(
                id, body: "Before \u{e000}forged\u{e001} <script>alert('x')</script> 5 < 6 & \"ferry\" after it.\n")
            let hit = try #require(
                try await desk.act("editor") { db, actor in try Search("ferry").all(db, for: actor, limit: 1).first })
            #expect(hit.snippet.parts.filter(\.isHit).map(\.text) == ["ferry"])
            #expect(hit.snippet.html.contains("<mark>ferry</mark>"))
            // PostgreSQL leaves whole tags out of a snippet; what it doesn't take for one is escaped.
            #expect(hit.snippet.html.contains("5 &lt; 6 &amp; &quot;<mark>ferry</mark>&quot;"))
            #expect(hit.snippet.html.contains("alert(&#39;x&#39;)"))
            #expect(!hit.snippet.html.replacing("<mark>", with: "").replacing("</mark>", with: "").contains("<"))
            #expect(hit.snippet.text.contains("[ferry]"))
        }
    }

    @Test func pagesNeitherRepeatNorMissAHit() async throws {
        try await withDesk { desk in
            for number in 1...7 {
                let id = try await desk.pitch("Ferry \(number % 3 == 0 ? "ferry" : "tram")")
                try await desk.save(id, body: "Ferry.\n")
            }
            let pages = try await desk.act("editor") { db, actor in
                let search = try Search("ferry")
                var ids: [Int64] = []
                var cursor: PageCursor?
                while true {
                    let page = try search.all(db, for: actor, after: cursor, limit: 2)
                    ids += page.map(\.article.rawValue)
                    guard let last = page.last else { return ids }
                    cursor = try PageCursor(last.cursor.text)
                }
            }
            #expect(pages.count == 7)
            #expect(Set(pages).count == 7)
        }
    }

    @Test func aTextOfManyDifferentWordsCanStillBeSaved() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let body = (0..<110_000).map { "w\(String($0, radix: 36))x" }.joined(separator: " ")
            try await desk.save(id, body: body + "\n")
            #expect(try await found(desk, "w1x", as: "editor") == [id])
        }
    }

    @Test func aHundredThousandArticlesAreSearchedByTheirIndex() async throws {
        try await withDesk { desk in
            let id = try await desk.published("Needle")
            try await desk.test.owner.transaction { db in
                try db.script(
                    """
                    ALTER TABLE editorial.article DISABLE TRIGGER USER;
                    ALTER TABLE editorial.revision DISABLE TRIGGER USER;
                    ALTER TABLE editorial.release DISABLE TRIGGER USER;
                    INSERT INTO editorial.article (title, kind, section_id, created_by)
                    SELECT 'Hay ' || n, 'reporting', 1, 1 FROM generate_series(1, 100000) AS n;
                    INSERT INTO editorial.revision (article_id, number, content, title, saved_by, saved_at)
                    SELECT a.id, 1, convert_to(format('{"body":"hay","bylines":[],"title":"Hay %s","version":1}', a.id),
                        'UTF8'), a.title, 1, now() FROM editorial.article a WHERE a.live_release_id IS NULL;
                    INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id)
                    SELECT r.article_id, 1, r.hash, 'first', 'hay-' || r.article_id, '/hay-' || r.article_id, '', 1
                    FROM editorial.revision r JOIN editorial.article a ON a.id = r.article_id
                    WHERE a.live_release_id IS NULL;
                    UPDATE editorial.article a SET live_release_id = l.id, first_published_at = l.released_at,
                        public_status = 'live', head = 1, status = 'published'
                    FROM editorial.release l WHERE l.article_id = a.id AND a.live_release_id IS NULL;
                    INSERT INTO editorial.search_public (article_id, language, title, dek, body, tags, document)
                    SELECT a.id, 'english', a.title, '', 'word' || a.id, '{}',
                           to_tsvector('english', a.title || ' word' || a.id)
                    FROM editorial.article a WHERE a.title LIKE 'Hay%';
                    ALTER TABLE editorial.article ENABLE TRIGGER USER;
                    ALTER TABLE editorial.revision ENABLE TRIGGER USER;
                    ALTER TABLE editorial.release ENABLE TRIGGER USER;
                    ANALYZE editorial.release; ANALYZE editorial.revision;
                    ANALYZE editorial.search_public; ANALYZE editorial.article;
                    """)
            }
            let plan = try await desk.test.reader.read { db in
                try db.rows(
                    """
                    EXPLAIN SELECT article_id FROM editorial.public_search \
                    WHERE document @@ websearch_to_tsquery(editorial.search_language(), 'needle')
                    """
                ) { try $0.next(String.self) }
            }.joined(separator: "\n")
            #expect(plan.contains("search_public_document_idx"), "\(plan)")
            #expect(try await publicly(desk, "needle").map(\.article) == [id])
            #expect(try await publicly(desk, "word50000").count == 1)
        }
    }
}
