import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

struct ExportTests {
    private func export(
        _ desk: Desk, _ which: Export.Which = .all, as name: String = "chief", section: String? = nil
    ) async throws -> [ExportedFile] {
        try await desk.act(name) { db, actor in
            let ids = try Export.ids(db, which, section: section.map(Desk.slug), for: actor)
            return try stride(from: 0, to: ids.count, by: Export.batch).flatMap { start in
                try Export.files(db, Array(ids[start..<min(ids.count, start + Export.batch)]), for: actor)
            }
        }
    }

    private func load(
        _ desk: Desk, _ files: [ImportFile], zone: String = "America/New_York"
    ) async throws -> ImportArticles.Outcome {
        try await desk.act("publisher") { db, actor in
            try ImportArticles(files, source: "test", zone: try Zone.named(zone), by: actor).perform(db)
        }
    }

    /// What an export wrote, as an import reads it: pictures beside.
    private func files(_ desk: Desk, _ exported: [ExportedFile]) async throws -> [ImportFile] {
        try await desk.test.app.read { db in
            try exported.map { file in
                var media: [String: [UInt8]] = [:]
                for hash in file.media { media[hash] = try Export.media(db, hash)?.bytes }
                return ImportFile(name: file.name, bytes: file.bytes, media: media)
            }
        }
    }

    @Test(.enabled(if: ImportTests.folder != nil, "the articles aren't beside the package"))
    func all64RealArticlesComeBackEqual() async throws {
        try await withDesk { desk in
            let folder = try #require(ImportTests.folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }
            let given = try names.sorted().map { name in
                ImportFile(name: name, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
            }
            #expect(given.count == 64)
            #expect(try await load(desk, given).refused == [])
            let back = try await export(desk, .live)
            #expect(
                Dictionary(uniqueKeysWithValues: back.map { ($0.name, $0.bytes) })
                    == Dictionary(uniqueKeysWithValues: given.map { ($0.name, $0.bytes) }))
        }
    }

    @Test(arguments: [3, 77] as [UInt64])
    func exportImportExportIsByteEqualForWhatWasBornHereToo(_ seed: UInt64) async throws {
        try await withDesk { desk in
            var made = MadeHTML(seed: seed)
            // Titles and texts that mean something to YAML, HTML, Markdown and templates.
            for text in [
                "A: b", "<b>bold</b> & {{ x }}", "'", "- x\n", "\u{2028}\u{85}\u{7F}é", "null", "2015-01-01", "# x",
            ] {
                let id = try await desk.pitch("T " + text)
                try await desk.save(
                    id, body: "\n\n" + made.text() + "\n---\n{% raw %}" + text + "\r\n", title: text + "x ",
                    bylines: ["ann-example", "gus-guest:photographer"], slug: "s\(made.number(1_000_000_000))x",
                    base: nil)
                _ = try await desk.act("chief") { db, actor in
                    try PlaceArticle(
                        id, PlaceArticle.Change(regions: [Desk.slug("eu"), Desk.slug("asia")]), by: actor
                    ).perform(db)
                }
                if made.number(2) == 0 {
                    try await desk.submit(id)
                    try await desk.approve(id)
                    try await desk.publish(id)
                    if made.number(2) == 0 {
                        try await desk.save(id, body: "Second.")
                        try await desk.submit(id)
                        try await desk.approve(id)
                        try await desk.publish(id)
                    }
                    if made.number(2) == 0 { try await desk.save(id, body: "A draft beside.") }
                }
            }
            _ = try await load(
                desk,
                [
                    ImportFile(
                        name: "posts/2020-01-01-édité.md",
                        bytes: Array(
                            "---\nlayout: post # kept\nwhere:\n  - a: 1\n\n    b: 2\ntitle: Old\nseries: The Week\ntopics: [Dams, Rivers]\nregions: eu\nexcerpt: x\n---\r\nText.\r\n"
                                .utf8))
                ])
            let first = try await export(desk)
            #expect(first.count == 9)
            let given = try await files(desk, first)
            try await withDesk { other in
                let outcome = try await load(other, given, zone: "Asia/Tokyo")
                #expect(outcome.refused == [], "seed \(seed)")
                let second = try await export(other)
                #expect(second.map(\.name).sorted() == first.map(\.name).sorted())
                for file in second {
                    let before = first.first { $0.name == file.name }
                    #expect(file.bytes == before?.bytes, "seed \(seed): \(file.name)")
                    #expect(file.isPublic == before?.isPublic)
                }
                for table in ["series WHERE slug = 'the-week'", "topic WHERE slug IN ('dams', 'rivers')"] {
                    let made = try await other.test.owner.read { db in
                        try db.value(
                            table.hasPrefix("series")
                                ? "SELECT count(*) FROM editorial.series WHERE slug = 'the-week'"
                                : "SELECT count(*) FROM editorial.article_topic", as: Int.self)
                    }
                    #expect(made == (table.hasPrefix("series") ? 1 : 2))
                }
                // Not the bytes alone: the texts are the same letter by letter.
                let texts: (Desk) async throws -> Set<[UInt8]> = { desk in
                    Set(
                        try await desk.test.app.read { db in
                            try db.rows(
                                """
                                SELECT r.content FROM editorial.article a JOIN editorial.revision r \
                                ON r.article_id = a.id AND r.number = coalesce((SELECT l.revision \
                                FROM editorial.release l WHERE l.id = a.live_release_id), a.head)
                                """
                            ) { try $0.next([UInt8].self) }
                        })
                }
                #expect(try await texts(other) == texts(desk))
            }
        }
    }

    @Test func anEditedFileKeepsTheKeysWeDoNotKnow() async throws {
        try await withDesk { desk in
            let source = """
                ---
                layout: post
                title: "Old"
                tumblr:
                  url: http://x.example  # where it was
                  list:
                  - 1
                authors:
                - ann-example
                excerpt: Dek
                custom: [a, b]
                ---
                Text.
                """
            let id = try await load(desk, [ImportFile(name: "2020-01-01-old.md", bytes: Array(source.utf8))]).imported[
                0
            ]
            .article
            try await desk.save(id, as: "chief", body: "New text.\n")
            #expect(try await export(desk, .live)[0].bytes == Array(source.utf8))
            #expect(try await export(desk, .live)[0].hasDraftWaiting)
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
            }
            try await desk.submit(id, as: "chief")
            try await desk.approve(id)
            try await desk.approve(id, as: "publisher")
            try await desk.publish(id)
            let file = try await export(desk, .live)[0]
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(file.name == "2020-01-01-old.md")
            for part in [
                "layout: post\n", "tumblr:\n  url: http://x.example  # where it was\n  list:\n  - 1\n",
                "custom: [a, b]\n",
                "title: \"Old\"", "dek: \"Dek\"", "section: \"world\"", "kind: \"reporting\"",
                "permalink: \"/2020/01/01/old/\"",
                "kind: \"update\"", "\n---\nNew text.\n",
            ] { #expect(text.contains(part), "\(part) in \(text)") }
            #expect(!text.contains("excerpt"))
        }
    }

    @Test func onlyWhoReadsEverythingExports() async throws {
        try await withDesk { desk in
            _ = try await desk.pitch()
            // A section's editor reads all drafts, but holds the permission for his section alone.
            for name in ["freelance", "fundraiser", "editor"] {
                await #expect(throws: AccessError.self) { try await export(desk, as: name) }
            }
            for name in ["chief", "publisher", "copy", "deputy"] { _ = try await export(desk, as: name) }
            #expect(
                await refusal {
                    try await desk.act("chief") { db, actor in try Export.ids(db, .all, only: [ID(99)], for: actor) }
                } == .articleUnknown("99"))
        }
    }

    @Test func liveAndDraftsAreToldApartAndSections() async throws {
        try await withDesk { desk in
            let live = try await desk.published("Out", slug: "out")
            let draft = try await desk.inReview("In", slug: "in-here")
            #expect(try await export(desk, .live).map(\.article) == [live])
            #expect(try await export(desk, .drafts).map(\.article) == [draft])
            #expect(try await export(desk, .drafts)[0].name == "drafts/\(draft).md")
            #expect(try await export(desk, .all, section: "books") == [])
            #expect(try await export(desk, .all, section: "world").count == 2)
            let name = try await export(desk, .live)[0].name
            #expect(name.hasSuffix("-out.md") && name.count == "2026-01-01-out.md".count)
        }
    }

    @Test func aNameThatLeadsOutOfTheFolderIsNotUsed() async throws {
        try await withDesk { desk in
            for (index, name) in ["../../x.md", "/etc/x.md", "a/../b.md", ".hidden.md", "a\u{1b}.md", "media/x.md"]
                .enumerated()
            {
                _ = try await load(
                    desk,
                    [
                        ImportFile(
                            name: name,
                            bytes: Array(
                                "---\ntitle: T\ndate: 2020-01-0\(index + 1)\npermalink: /p\(index)\nslug: s\(index)x\n---\n"
                                    .utf8))
                    ])
            }
            let names = try await export(desk).map(\.name)
            #expect(names.count == 6)
            for name in names {
                #expect(name.hasPrefix("2020-01-0") && !name.contains("..") && !name.contains("/"), "\(name)")
            }
        }
    }
}
