import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

struct ImportTests {
    /// The real articles, or nil where they aren't beside the package.
    static let folder = sharedData.map { $0 + "/articles" }

    private static func files() throws -> [ImportFile] {
        let folder = try #require(folder)
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }.sorted().map {
            ImportFile(name: $0, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))))
        }
    }

    private static func file(_ name: String, _ matter: String, _ body: String = "Text.\n") -> ImportFile {
        ImportFile(name: name, bytes: Array("---\n\(matter)\n---\n\(body)".utf8))
    }

    private func load(
        _ desk: Desk, _ files: [ImportFile], zone: String = "America/New_York", as name: String = "publisher"
    ) async throws -> ImportArticles.Outcome {
        try await desk.act(name) { db, actor in
            try ImportArticles(files, source: "test", zone: try Zone.named(zone), by: actor).perform(db)
        }
    }

    /// Everything in the schema and the journal, for "nothing changed".
    private func state(_ desk: Desk) async throws -> [String] {
        try await desk.test.owner.read { db in
            try db.rows(
                """
                SELECT format('%s.%s', table_schema, table_name) || ' ' || (xpath('/row/c/text()', query_to_xml(format( \
                'SELECT count(*) AS c FROM %I.%I', table_schema, table_name), false, true, '')))[1]::text \
                FROM information_schema.tables WHERE table_schema IN ('editorial', 'journal') \
                AND table_type = 'BASE TABLE' ORDER BY 1
                """
            ) { try $0.next(String.self) }
        }
    }

    // MARK: The real articles

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func everyRealArticleIsPublicAtItsOldAddressAndTime() async throws {
        try await withDesk { desk in
            let files = try Self.files()
            let outcome = try await load(desk, files)
            #expect(outcome.refused == [])
            #expect(outcome.imported.count == files.count)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_article") == files.count)
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.release WHERE kind = 'imported'") == files.count)

            // Looked up by eye in the files.
            let expected = [
                ("/2014/03/21/29-minutes/", "29 minutes", "2014-03-21T16:00:00Z"),
                (
                    "/2014/12/10/great-community-turnout-for-open-source-hack-night/",
                    "Great community turnout for Midas open source hack night", "2014-12-10T05:00:00Z"
                ),
                (
                    "/2015/03/03/how-to-use-github-and-the-terminal-a-guide/",
                    "How to use GitHub and the terminal: a guide", "2015-03-03T05:00:00Z"
                ),
                ("/2015/05/21/tockingtime/", "Tocking time", "2015-05-21T04:00:00Z"),
                (
                    "/2015/06/11/18f-at-national-civic-hacking-day/",
                    "Where we were for the National Day of Civic Hacking", "2015-06-11T15:30:00Z"
                ),
                (
                    "/2021/04/05/why_simplicity_choosing_a_web_architecture/",
                    "Why simplicity? Choosing a web architecture", "2021-04-05T04:00:00Z"
                ),
                (
                    "/2022/07/13/content-design-ada/",
                    "Content design for beta.ada.gov: writing for action and flexibility", "2022-07-13T04:00:00Z"
                ),
            ]
            for (path, title, at) in expected {
                let found = try await desk.test.reader.read { db in
                    try db.row("SELECT title, first_published_at FROM editorial.public_article WHERE path = \(path)") {
                        (try $0.next(String.self), try $0.next(Timestamp.self))
                    }
                }
                #expect(found?.0 == title, "\(path)")
                #expect(found?.1 == (try Timestamp(iso8601: at)), "\(path)")
            }
            let redirect = try await desk.test.reader.read { db in
                try db.value(
                    "SELECT leads_to FROM editorial.public_path WHERE path = '/2015/05/21/TockingTime/'",
                    as: String.self)
            }
            #expect(redirect == "/2015/05/21/tockingtime/")
        }
    }

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func authorsAndDebtsAreThoseTheFilesHave() async throws {
        try await withDesk { desk in
            let files = try Self.files()
            _ = try await load(desk, files)
            // Counted from the raw lines, without the reader under test.
            var authors: Set<String> = []
            var credits = 0
            var leads = 0
            var leadsWithoutAlt = 0
            for file in files {
                let lines = String(decoding: file.bytes, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
                let matter = lines.dropFirst().prefix { !$0.hasPrefix("---") }
                guard let start = matter.firstIndex(where: { $0.hasPrefix("authors:") }) else { continue }
                let names = matter[(start + 1)...].prefix { $0.drop { $0 == " " }.hasPrefix("-") }
                    .map { $0.drop { "- ".contains($0) }.filter { !$0.isWhitespace } }
                authors.formUnion(names)
                credits += names.count
                let hasLead = matter.contains {
                    $0.hasPrefix("image:") && $0.dropFirst(6).contains { !$0.isWhitespace }
                }
                leads += hasLead ? 1 : 0
                leadsWithoutAlt += hasLead && !matter.contains { $0.hasPrefix("image_alt:") } ? 1 : 0
            }
            #expect(credits > 100)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_byline") == credits)
            let slugs = try await desk.test.app.read { db in
                try db.rows("SELECT slug FROM editorial.contributor WHERE kind IS NULL") { try $0.next(String.self) }
            }
            #expect(Set(slugs) == authors)
            for kind in ["section", "kind"] {
                #expect(
                    try await desk.count("SELECT count(*) FROM editorial.debt WHERE kind = \(kind)") == files.count)
            }
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.debt WHERE kind = 'byline_name'") == credits)
            let images = try await desk.test.app.read { db in
                try db.rows(
                    """
                    SELECT i ->> 'alt' IS NULL FROM editorial.public_article p, \
                    jsonb_array_elements(convert_from(p.content, 'UTF8')::jsonb -> 'images') i \
                    WHERE i ->> 'placement' = 'lead'
                    """
                ) { try $0.next(Bool.self) }
            }
            #expect(images.count == leads)
            #expect(images.filter { $0 }.count == leadsWithoutAlt)
            #expect(leads > 30)
            let owed = try await desk.act("chief") { db, actor in try Debt.list(db, for: actor, limit: 10_000) }
            #expect(owed.count == (try await desk.count("SELECT count(*) FROM editorial.debt")))
        }
    }

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func importingTwiceChangesNothing() async throws {
        try await withDesk { desk in
            let files = try Self.files()
            _ = try await load(desk, files)
            let before = try await state(desk)
            let again = try await load(desk, files)
            #expect(again.imported == [])
            #expect(again.unchanged == files.map(\.name))
            #expect(try await state(desk) == before)
        }
    }

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func anImportThatWasCutShortEndsTheSame() async throws {
        try await withDesk { desk in
            let files = try Self.files()
            _ = try await load(desk, Array(files.prefix(20)))
            // Cut in the middle of a batch: nothing of it is there.
            struct Cut: Error {}
            await #expect(throws: Cut.self) {
                try await desk.act("publisher") { db, actor in
                    _ = try ImportArticles(Array(files.prefix(40)), source: "x", zone: .utc, by: actor).perform(db)
                    throw Cut()
                }
            }
            let rest = try await load(desk, files)
            #expect(rest.unchanged.count == 20)
            #expect(rest.imported.count == files.count - 20)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_article") == files.count)
            let kept = try await desk.test.app.read { db in
                try db.rows("SELECT source FROM editorial.import_item ORDER BY key COLLATE \"C\"") {
                    try $0.next([UInt8].self)
                }
            }
            #expect(kept == files.map(\.bytes))
        }
    }

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func noTemplateTagAndNoScriptIsPrinted() async throws {
        try await withDesk { desk in
            _ = try await load(desk, try Self.files())
            let pages = try await desk.test.reader.read { db in
                try db.rows("SELECT slug, html FROM editorial.public_article") {
                    (try $0.next(String.self), try $0.next(String.self))
                }
            }
            for (slug, html) in pages {
                for word in ["{%", "%}", "| url", "team_link", "site.baseurl", "<script", "<iframe", "javascript:"] {
                    #expect(!html.contains(word), "\(slug): \(word)")
                }
                // In code, where a text is about templates, they are what it is about.
                let prose = html.replacing(/<pre>[\s\S]*?<\/pre>|<code>[\s\S]*?<\/code>/, with: "")
                #expect(!prose.contains("{{") && !prose.contains("}}"), "\(slug)")
            }
        }
    }

    // MARK: Single files

    @Test func badFilesAreNamedAndTheOthersGoIn() async throws {
        try await withDesk { desk in
            let outcome = try await load(
                desk,
                [
                    Self.file("2020-01-01-good.md", "title: Good"),
                    Self.file("2020-01-02-yaml.md", "title: [bad"),
                    Self.file("2020-01-03-untitled.md", "date: 2020-01-03"),
                    Self.file("undated.md", "title: Undated"),
                    Self.file("2020-01-04-date.md", "title: x\ndate: someday"),
                    ImportFile(name: "2020-01-05-empty.md", bytes: []),
                    ImportFile(name: "2020-01-06-bytes.md", bytes: [0x2D, 0x2D, 0x2D, 0x0A, 0xFF]),
                    Self.file("2020-01-07-link.md", "title: x\npermalink: /a b/"),
                    Self.file("2020-01-08-twin.md", "title: x\npermalink: /2020/01/01/good/"),
                    Self.file("2020-01-09-also-good.md", "title: Also good"),
                ])
            #expect(outcome.imported.map(\.name) == ["2020-01-01-good.md", "2020-01-09-also-good.md"])
            #expect(outcome.refused.count == 8)
            #expect(Set(outcome.refused.map(\.name)).count == 8)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_article") == 2)
        }
    }

    @Test func whatTheDatabaseRefusesIsFoundAndTheOthersGoIn() async throws {
        try await withDesk { desk in
            // Short enough as a file; in the stored form every one of these characters takes six bytes.
            let swelling = String(repeating: "\u{1}", count: 900_000)
            var files = (0..<9).map { Self.file("2020-01-0\($0 + 1)-n\($0)x.md", "title: N\($0)") }
            files[4] = Self.file("2020-01-05-n4x.md", "title: N4", swelling)
            let outcome = try await load(desk, files)
            #expect(outcome.refused.map(\.name) == ["2020-01-05-n4x.md"])
            #expect(outcome.imported.count == 8)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_article") == 8)
        }
    }

    @Test func eightImportsOfOneFolderAtOnceBringItInOnce() async throws {
        try await withDesk { desk in
            let files = (10..<40).map { Self.file("2020-01-01-n\($0)x.md", "title: N\($0)") }
            let outcomes = try await withThrowingTaskGroup(of: ImportArticles.Outcome.self) { group in
                for _ in 0..<8 { group.addTask { try await load(desk, files) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.flatMap(\.refused) == [])
            #expect(outcomes.map(\.imported.count).sorted() == Array(repeating: 0, count: 7) + [30])
            #expect(outcomes.map(\.unchanged.count).sorted() == [0] + Array(repeating: 30, count: 7))
            #expect(try await desk.count("SELECT count(*) FROM editorial.import") == 1)
        }
    }

    @Test func aFileThatChangedIsReportedAndLeftAlone() async throws {
        try await withDesk { desk in
            _ = try await load(desk, [Self.file("2020-01-01-a.md", "title: A", "One.\n")])
            let before = try await state(desk)
            let outcome = try await load(desk, [Self.file("2020-01-01-a.md", "title: A", "Two.\n")])
            #expect(outcome.changed == ["2020-01-01-a.md"])
            #expect(outcome.imported == [])
            #expect(try await state(desk) == before)
        }
    }

    @Test func whatWasNotPublicIsADraft() async throws {
        try await withDesk { desk in
            let outcome = try await load(
                desk,
                [
                    Self.file("2020-01-01-draft.md", "title: Draft\npublished: false"),
                    Self.file("2999-01-01-future.md", "title: Future"),
                ])
            #expect(outcome.imported.map(\.path) == [nil, nil])
            #expect(try await desk.count("SELECT count(*) FROM editorial.article WHERE status = 'drafting'") == 2)
            #expect(try await desk.count("SELECT count(*) FROM editorial.public_article") == 0)
            #expect(try await desk.count("SELECT count(*) FROM editorial.slug") == 0)
        }
    }

    @Test func theRulesApplyFromTheFirstEditOn() async throws {
        try await withDesk { desk in
            let id = try await load(desk, [Self.file("2020-01-01-old.md", "title: Old\nauthors: [ann]")]).imported[0]
                .article
            try await desk.save(id, as: "chief", body: "Edited.", base: .revision(1))
            #expect(try await desk.article(id).status == .drafting)
            #expect(await refusal { try await desk.submit(id, as: "chief") } == .notPlaced(id))
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
            }
            try await desk.submit(id, as: "chief")
            guard case .notApproved? = await refusal({ try await desk.publish(id, as: "chief") }) else {
                Issue.record("an edited import went out without approval")
                return
            }
            try await desk.approve(id)
            try await desk.approve(id, as: "chief")
            let release = try await desk.publish(id, as: "chief")
            #expect(release.kind == .update)
            #expect(release.path == "/2020/01/01/old/")
            #expect(release.firstPublishedAt == (try Timestamp(iso8601: "2020-01-01T05:00:00Z")))
            let owed = try await desk.act("chief") { db, actor in try Debt.list(db, for: actor, limit: 10) }
            #expect(owed.map(\.kind) == [.bylineName])
        }
    }

    @Test func knownPeopleSectionsAndKindsAreUsed() async throws {
        try await withDesk { desk in
            let id = try await load(
                desk,
                [
                    Self.file(
                        "2020-01-01-x.md", "title: X\nauthors: [ann-example, Jo Writer]\nsection: Books\nkind: opinion")
                ]
            ).imported[0].article
            let article = try await desk.article(id)
            #expect(article.section?.text == "books")
            #expect(article.kind == .opinion)
            let names = try await desk.test.reader.read { db in
                try db.rows("SELECT name FROM editorial.public_byline ORDER BY position") { try $0.next(String.self) }
            }
            #expect(names == ["Ann Example", "Jo Writer"])
            #expect(try await desk.count("SELECT count(*) FROM editorial.debt") == 0)
        }
    }

    @Test func twoArticlesOfOneNameHaveTwoSlugs() async throws {
        try await withDesk { desk in
            _ = try await load(
                desk,
                [Self.file("2020-01-01-same.md", "title: A"), Self.file("2021-01-01-same.md", "title: B")])
            _ = try await load(desk, [Self.file("2022-01-01-same.md", "title: C")])
            let slugs = try await desk.test.reader.read { db in
                try db.rows("SELECT slug FROM editorial.public_article ORDER BY first_published_at") {
                    try $0.next(String.self)
                }
            }
            #expect(slugs == ["same", "same-2", "same-3"])
        }
    }

    @Test func onlyWhoMayImportImports() async throws {
        try await withDesk { desk in
            for name in ["writer", "editor", "copy", "fundraiser"] {
                await #expect(throws: AccessError.self) { try await load(desk, [], as: name) }
            }
            for name in ["admin", "publisher", "chief"] { _ = try await load(desk, [], as: name) }
        }
    }

    @Test func anImportIsOneAuditRow() async throws {
        try await withDesk { desk in
            let before = try await desk.count("SELECT count(*) FROM journal.audit")
            _ = try await load(desk, (1...9).map { Self.file("2020-01-0\($0)-x\($0).md", "title: X\($0)") })
            #expect(try await desk.count("SELECT count(*) FROM journal.audit") == before + 1)
        }
    }
}
