import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct WordPressTests {
    struct Loaded {
        var outcome = ImportArticles.Outcome()
        var remarks: [String: [String]] = [:]
        var tally = WXRReader.Tally()
    }

    /// Both passes, in pieces that cut everything anywhere, and the import.
    private func load(_ desk: Desk, _ files: String..., piece: Int = 777) async throws -> Loaded {
        try await load(desk, bytes: files.map { Array($0.utf8) }, piece: piece)
    }

    private func load(_ desk: Desk, bytes files: [[UInt8]], piece: Int = 777) async throws -> Loaded {
        var loaded = Loaded()
        var survey = WXRSurvey()
        for (index, file) in files.enumerated() {
            survey.begin("file\(index).xml")
            for start in stride(from: 0, to: file.count, by: piece) {
                try survey.take(Array(file[start..<min(file.count, start + piece)]))
            }
            try survey.finish()
        }
        let zone = try Zone.named("America/New_York")
        var reader = WXRReader(survey.site, sections: [Desk.slug("world"), Desk.slug("books")], zone: zone)
        var articles: [ImportFile] = []
        for (index, file) in files.enumerated() {
            reader.begin("file\(index).xml")
            var read: [WXRReader.Read] = []
            for start in stride(from: 0, to: file.count, by: piece) {
                read += reader.take(Array(file[start..<min(file.count, start + piece)]))
            }
            for one in read + reader.finish() {
                switch one {
                case .refused(let refusal): loaded.outcome.refused.append(refusal)
                case .article(let article, _, let remarks):
                    articles.append(article)
                    loaded.remarks[article.name] = remarks
                }
            }
        }
        for start in stride(from: 0, to: articles.count, by: ImportArticles.batch) {
            let batch = Array(articles[start..<min(articles.count, start + ImportArticles.batch)])
            loaded.outcome.add(
                try await desk.act("publisher") { db, actor in
                    try ImportArticles(batch, source: "wordpress", zone: zone, by: actor).perform(db)
                })
        }
        loaded.tally = reader.tally
        return loaded
    }

    private func site(_ items: String..., version: String = "1.2") -> String {
        MadeExport.head(version: version) + items.joined() + MadeExport.foot
    }

    private func text(_ desk: Desk, _ sql: SQL) async throws -> String? {
        try await desk.test.app.read { db in try db.value(sql, as: String?.self) ?? nil }
    }

    @Test(arguments: ["1.0", "1.1", "1.2"])
    func whatWasPublicIsPublicAtItsOldAddressAndInstant(_ version: String) async throws {
        try await withDesk { desk in
            let more =
                MadeExport.meta("_wp_old_slug", "older")
                + "<category domain=\"category\" nicename=\"uncategorized\"><![CDATA[Uncategorized]]></category>"
                + "<category domain=\"category\" nicename=\"asia\"><![CDATA[Asia]]></category>"
                + "<category domain=\"category\" nicename=\"world\"><![CDATA[World]]></category>"
                + "<category domain=\"post_tag\" nicename=\"dams\"><![CDATA[Dams]]></category>"
                + "<category domain=\"author\" nicename=\"cap-guest\"><![CDATA[guest]]></category>"
                + "<category domain=\"author\" nicename=\"cap-bob\"><![CDATA[bob]]></category>"
                + MadeExport.meta("_thumbnail_id", "50")
            let guest = MadeExport.item(
                id: 9, title: "Gina Guest", type: "guest-author",
                more: MadeExport.meta("cap-display_name", "Gina Guest") + MadeExport.meta("cap-user_login", "guest"))
            let picture = MadeExport.item(
                id: 50, title: "dam.jpg", status: "inherit", type: "attachment",
                more: "<wp:attachment_url>https://old.example.org/dam.jpg</wp:attachment_url>"
                    + MadeExport.meta("_wp_attachment_image_alt", "The dam from above")
                    + MadeExport.meta(
                        "_wp_attachment_metadata", "a:1:{s:10:\"image_meta\";a:1:{s:6:\"credit\";s:8:\"Jo Photo\";}}"))
            let loaded = try await load(
                desk,
                site(
                    MadeExport.item(
                        id: 7, title: "It’s &amp; <em>here</em>",
                        content: "<!-- wp:paragraph -->\n<p>Text.</p>\n<!-- /wp:paragraph -->",
                        more: more), picture, guest, version: version))
            #expect(loaded.outcome.refused == [])
            let name = "wordpress/old.example.org/7.md"
            #expect(loaded.outcome.imported.map(\.name) == [name])
            let article = try await desk.test.reader.read { db in
                try db.row(
                    "SELECT title, path, slug, section, release_kind, html, first_published_at FROM editorial.public_article"
                ) {
                    (
                        [
                            try $0.next(String.self), try $0.next(), try $0.next(), try $0.next(), try $0.next(),
                            try $0.next(),
                        ], try $0.next(Timestamp.self)
                    )
                }
            }
            #expect(
                article?.0 == ["It’s & here", "/2015/01/story-7/", "story-7", "world", "imported", "<p>Text.</p>\n"])
            #expect(article?.1 == (try Timestamp(iso8601: "2015-01-08T14:30:00Z")))
            #expect(
                try await text(desk, "SELECT leads_to FROM editorial.public_path WHERE path = '/2015/01/older/'")
                    == "/2015/01/story-7/")
            #expect(
                try await text(desk, "SELECT string_agg(name, ', ' ORDER BY position) FROM editorial.public_byline")
                    == "Gina Guest, Bob Writer")
            let image = try await text(
                desk, "SELECT (convert_from(content, 'UTF8')::jsonb -> 'images' -> 0)::text FROM editorial.revision")
            for part in ["The dam from above", "Jo Photo", "https://old.example.org/dam.jpg", "lead"] {
                #expect(image?.contains(part) == true)
            }
            #expect(
                try await text(desk, "SELECT convert_from(content, 'UTF8')::jsonb ->> 'tags' FROM editorial.revision")
                    == "[\"Asia\", \"Dams\"]")
            // What the export doesn't say: the kind, and the picture's bytes.
            #expect(
                try await text(desk, "SELECT string_agg(kind, ' ' ORDER BY kind) FROM editorial.debt")
                    == "image_bytes kind")
        }
    }

    @Test func whatWasNotPublicIsADraftAndNothingOfItIsPublic() async throws {
        try await withDesk { desk in
            let loaded = try await load(
                desk,
                site(
                    MadeExport.item(id: 1, status: "draft", gmt: "0000-00-00 00:00:00"),
                    MadeExport.item(id: 2, status: "pending"),
                    MadeExport.item(
                        id: 3, link: "https://old.example.org/?p=3", status: "future", gmt: "2999-01-01 00:00:00"),
                    MadeExport.item(id: 4, status: "private"),
                    MadeExport.item(
                        id: 5, more: "<wp:post_password><![CDATA[\(MadeExport.secret)]]></wp:post_password>"),
                    MadeExport.item(id: 6, status: "trash"), MadeExport.item(id: 7, type: "nav_menu_item")))
            #expect(loaded.outcome.imported.count == 5)
            #expect(loaded.tally.skipped == ["state trash": 1, "nav_menu_item": 1])
            #expect(try await desk.count("SELECT count(*) FROM editorial.article WHERE status = 'drafting'") == 5)
            #expect(try await desk.count("SELECT count(*) FROM editorial.release") == 0)
            #expect(try await desk.count("SELECT count(*) FROM editorial.slug") == 0)
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.article WHERE due_at = '2999-01-01T00:00:00Z'")
                    == 1)
            for (id, word) in [(3, "was scheduled"), (4, "private"), (5, "password"), (2, "waiting for review")] {
                #expect(loaded.remarks["wordpress/old.example.org/\(id).md"]?.contains { $0.contains(word) } == true)
            }
        }
    }

    @Test func noSecretIsStored() async throws {
        try await withDesk { desk in
            var made = MadeExport(seed: 5)
            let form = MadeExport.item(id: 900, content: "[signup api_key=\"\(MadeExport.secret)\"]Join[/signup]")
            let loaded = try await load(desk, made.file(posts: 40), site(form))
            #expect(loaded.tally.comments == 40)
            #expect(loaded.tally.secrets >= 80)
            #expect(loaded.outcome.imported.count == 41)
            for word in [MadeExport.secret, "reader@x.example", "ann@old.example.org"] {
                let found = try await desk.test.owner.read { db in
                    try db.rows(
                        """
                        SELECT c.table_schema || '.' || c.table_name FROM information_schema.tables c \
                        WHERE c.table_schema IN ('editorial', 'journal', 'access') AND c.table_type = 'BASE TABLE' \
                        AND (xpath('/row/c/text()', query_to_xml(format( \
                        'SELECT count(*) AS c FROM %I.%I t WHERE t::text LIKE %L OR t::text LIKE %L', c.table_schema, \
                        c.table_name, '%' || \(word) || '%', '%' || encode(convert_to(\(word), 'UTF8'), 'hex') || '%'), \
                        false, true, '')))[1]::text <> '0'
                        """
                    ) { try $0.next(String.self) }
                }
                #expect(found == [], "\(word)")
            }
        }
    }

    @Test func badPostsAreNamedByIdTitleAndLineAndTheRestLoad() async throws {
        try await withDesk { desk in
            let broken = "    <item>\n<title>Broken</title><wp:post_id>2</wp:post_id><b></item>\n"
            let entity = "    <item>\n<title>Odd</title><wp:post_id>5</wp:post_id><link>a&nbsp;b</link></item>\n"
            let file = site(
                MadeExport.item(id: 1), broken, MadeExport.item(id: 3), entity,
                MadeExport.item(id: 1, title: "Another"), MadeExport.item(id: 3),
                MadeExport.item(id: 6, link: "https://old.example.org/2015/01/story-1/"),
                MadeExport.item(id: 8, gmt: "0000-00-00 00:00:00").replacing(
                    "Thu, 08 Jan 2015 14:30:00 +0000", with: ""
                )
                .replacing("2015-01-08 09:30:00", with: "0000-00-00 00:00:00"))
            let loaded = try await load(desk, file)
            #expect(
                Set(loaded.outcome.imported.map(\.name)) == [
                    "wordpress/old.example.org/1.md", "wordpress/old.example.org/3.md",
                ])
            let line = file.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.contains("Broken")
            }
            let names = loaded.outcome.refused.map(\.name)
            #expect(names.contains("file0.xml: post 2 \"Broken\", line \(line ?? 0)"), "\(names)")
            #expect(names.contains { $0.contains("post 5 \"Odd\"") })
            #expect(names.contains { $0.contains("post 1 \"Another\"") })
            #expect(names.contains("wordpress/old.example.org/6.md"))
            #expect(names.contains { $0.contains("post 8") })
            #expect(loaded.tally.repeated == 1)
        }
    }

    @Test func bytesThatAreNoTextAreRepairedAndSaid() async throws {
        try await withDesk { desk in
            var bytes = Array(site(MadeExport.item(id: 1, content: "before AAAA after")).utf8)
            if let at = bytes.firstRange(of: Array("AAAA".utf8))?.lowerBound {
                bytes.replaceSubrange(at..<(at + 4), with: [0xFF, 0x0B, 0x00, 0xC3])
            }
            let loaded = try await load(desk, bytes: [bytes])
            #expect(loaded.outcome.imported.count == 1)
            #expect(loaded.remarks.values.first?.contains { $0.contains("characters that no text has") } == true)
            let html = try await text(desk, "SELECT html FROM editorial.release")
            #expect(html?.hasPrefix("<p>before ") == true && html?.hasSuffix(" after</p>\n") == true)
        }
    }

    @Test(arguments: [
        ("plain", Array("hello".utf8)), ("rss", Array("<rss><channel></channel></rss>".utf8)),
        ("utf-16", [0xFF, 0xFE, 0x3C, 0x00]), ("empty", [UInt8]()),
        ("bomb", Array("<!DOCTYPE r [<!ENTITY a \"wordpress.org/export/\">]><rss>&a;</rss>".utf8)),
    ])
    func aFileThatIsNoExportIsRefused(_ name: String, _ bytes: [UInt8]) async throws {
        var survey = WXRSurvey()
        survey.begin(name)
        #expect(throws: ImportRefusal.self) {
            try survey.take(bytes)
            try survey.finish()
        }
    }

    @Test func importingTwiceChangesNothingAndSeveralFilesAreOneExport() async throws {
        try await withDesk { desk in
            var made = MadeExport(seed: 11)
            let file = made.file(posts: 30)
            let first = try await load(desk, file)
            let revisions = try await desk.count("SELECT count(*) FROM editorial.revision")
            let audit = try await desk.count("SELECT count(*) FROM journal.audit")
            let again = try await load(desk, file, file, piece: 100_000)
            #expect(again.outcome.imported == [])
            #expect(again.outcome.unchanged.count == first.outcome.imported.count)
            #expect(again.tally.repeated == 30)
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == revisions)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit") == audit)
        }
    }

    @Test func shortcodesBecomeWhatTheyShowAndUnknownOnesAreNamed() async throws {
        try await withDesk { desk in
            let content = """
                One [sic] and [1].

                [caption id="attachment_5" width="300"]<a href="/big"><img class="wp-image-50" src="/dam.jpg" alt="" /></a> The dam[/caption]

                [gallery ids="50,51"]

                [embed]https://www.youtube.com/watch?v=abc[/embed]

                [magic_box color="red"]Inside[/magic_box] and [[gallery]].
                """
            let picture = MadeExport.item(
                id: 50, status: "inherit", type: "attachment",
                more: "<wp:attachment_url>https://old.example.org/dam.jpg</wp:attachment_url>"
                    + MadeExport.meta("_wp_attachment_image_alt", "From above"))
            let loaded = try await load(desk, site(MadeExport.item(id: 1, content: content), picture))
            let body = try await text(
                desk, "SELECT convert_from(content, 'UTF8')::jsonb ->> 'body' FROM editorial.revision")
            #expect(
                body == """
                    One \\[sic\\] and \\[1\\].

                    [![](/dam.jpg)](/big)

                    ![From above](https://old.example.org/dam.jpg)

                    https://www.youtube.com/watch?v=abc

                    Inside and \\[gallery\\].

                    """)
            #expect(loaded.remarks.values.first?.contains("the shortcode [magic_box] was taken out") == true)
            #expect(
                try await text(desk, "SELECT detail FROM editorial.debt WHERE kind = 'template_tag'") == "[magic_box]")
            let images = try await text(
                desk, "SELECT (convert_from(content, 'UTF8')::jsonb -> 'images' -> 0)::text FROM editorial.revision")
            #expect(images?.contains("The dam") == true && images?.contains("From above") == true)
        }
    }

    @Test func anImportedPostWithDebtGoesThroughReviewAndOutAfterItsFirstEdit() async throws {
        try await withDesk { desk in
            let id = try await load(desk, site(MadeExport.item(id: 1))).outcome.imported[0].article
            try await desk.save(id, as: "chief", body: "Edited.\n", base: .revision(1))
            #expect(await refusal { try await desk.submit(id, as: "chief") } == .notPlaced(id))
            _ = try await desk.act("chief") { db, actor in
                try MoveArticle(id, to: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
            }
            try await desk.submit(id, as: "chief")
            await #expect(throws: EditorialError.self) { try await desk.publish(id, as: "chief") }
            try await desk.approve(id)
            try await desk.approve(id, as: "publisher")
            let release = try await desk.publish(id)
            #expect(release.path == "/2015/01/story-1/")
            #expect(release.firstPublishedAt == (try Timestamp(iso8601: "2015-01-08T14:30:00Z")))
        }
    }
}
