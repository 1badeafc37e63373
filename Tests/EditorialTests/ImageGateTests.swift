import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

/// No picture without file, credit and alternative text goes public, by whichever way.
struct ImageGateTests {
    @Test func anImageWithoutCreditOrAltTextKeepsTheTextIn() async throws {
        try await withDesk { desk in
            let bare = try await desk.image { $0.place = "Somewhere" }
            let id = try await desk.inReview()
            try await desk.change(id) { $0.pictures.lead = .image(bare.id) }
            #expect(
                try await desk.pictureBlocks(id) == [
                    "image_credit: the picture image:\(bare.id) has no credit",
                    "image_alt: the picture image:\(bare.id) has no alternative text",
                ])
            _ = try await desk.edit(bare.id) { $0.agency = "Example Press" }
            // The text has the words it was saved with.
            #expect(try await desk.pictureBlocks(id).count == 2)
            try await desk.change(id) { $0.pictures.refreshed = true }
            #expect(
                try await desk.pictureBlocks(id) == ["image_alt: the picture image:\(bare.id) has no alternative text"])
            _ = try await desk.edit(bare.id) { $0.alt = "A sign in a valley" }
            try await desk.change(id) { $0.pictures.refreshed = true }
            #expect(try await desk.pictureBlocks(id) == [])
        }
    }

    @Test func anAltTextThatRepeatsTheTitleIsRefusedOnSaveAndKeepsTheTextIn() async throws {
        try await withDesk { desk in
            let image = try await desk.image {
                $0.complete()
                $0.alt = "The dam that wasn't"
            }
            let id = try await desk.inReview("The dam that wasn't")
            #expect(
                await refusal { try await desk.change(id) { $0.pictures.lead = .image(image.id) } }
                    == .altRepeats("image:\(image.id)", "The dam that wasn't"))
            // Called so only afterwards.
            let other = try await desk.inReview("Another title")
            try await desk.change(other) { $0.pictures.lead = .image(image.id) }
            try await desk.change(other) { $0.title = "The Dam  that wasn't" }
            #expect(
                try await desk.pictureBlocks(other) == [
                    "image_alt_own: the picture image:\(image.id) has an alternative text that only repeats the title"
                ])
        }
    }

    @Test func anExpiredLicenceKeepsTheTextInUntilItIsRenewed() async throws {
        try await withDesk { desk in
            let image = try await desk.image {
                $0.complete()
                $0.licensedUntil = "2020-01-01"
            }
            let id = try await desk.inReview()
            try await desk.change(id) { $0.pictures.lead = .image(image.id) }
            let expired = "image_licence: the picture image:\(image.id) was licensed until 2020-01-01"
            #expect(try await desk.pictureBlocks(id) == [expired])
            // A licence is a fact of today, not of the text.
            _ = try await desk.edit(image.id) { $0.licensedUntil = "2999-01-01" }
            #expect(try await desk.pictureBlocks(id) == [])
        }
    }

    @Test func aPictureSwappedLaterPassesTheGateAgain() async throws {
        try await withDesk { desk in
            let good = try await desk.image()
            let bare = try await desk.image("other.png", seed: 9) { $0.caption = "x" }
            let id = try await desk.inReview()
            try await desk.change(id) { $0.pictures.lead = .image(good.id) }
            try await desk.approve(id)
            let live = try await desk.publish(id)
            // Words changed in the house don't touch what is live.
            _ = try await desk.edit(good.id) { $0.alt = "" }
            let shown = try await desk.test.reader.read { db in
                try db.value(
                    "SELECT convert_from(content, 'UTF8') FROM editorial.public_article", as: String.self)
            }
            #expect(shown?.contains("A dry valley with a sign") == true)
            try await desk.change(id) { $0.pictures.lead = .image(bare.id) }
            #expect(try await desk.pictureBlocks(id).count == 2)
            try await desk.submit(id)
            try await desk.approve(id)
            #expect(
                await refusal { try await desk.publish(id) }
                    == .picturesIncomplete(
                        id,
                        "the picture image:\(bare.id) has no credit; the picture image:\(bare.id) has no alternative text"
                    ))
            // Nor past the program.
            let raw = await denied {
                try await desk.test.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO editorial.release (article_id, revision, hash, kind, slug, path, html, account_id) \
                        SELECT r.article_id, r.number, r.hash, 'update', 'x', '/x', '', a.id FROM editorial.revision r, \
                        access.account a WHERE r.article_id = \(id) AND r.number = 3 \
                        AND a.email = 'publisher@example.org'
                        """)
                }
            }
            #expect(raw.rule == "release_pictures")
            #expect(try await desk.article(id).liveRelease == live.id)
        }
    }

    @Test func aPictureNamedByAnAddressIsIncompleteUntilTheHouseHasIt() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let text = "Text.\n\n![A sign](/assets/sign.jpg)\n\n![A sign](https://example.org/b.png)\n"
            try await desk.change(id) { $0.body = text }
            let blocks = try await desk.pictureBlocks(id)
            #expect(
                blocks
                    == ["/assets/sign.jpg", "https://example.org/b.png"].flatMap {
                        [
                            "image_bytes: the picture \($0) has no file here",
                            "image_credit: the picture \($0) has no credit",
                        ]
                    })
            let image = try await desk.image()
            try await desk.change(id) {
                $0.pictures.completed = ["/assets/sign.jpg", "https://example.org/b.png"].map {
                    .init(source: $0, image: image.id)
                }
            }
            #expect(try await desk.pictureBlocks(id) == [])
            #expect(
                await refusal {
                    try await desk.change(id) { $0.pictures.completed = [.init(source: "/no.jpg", image: image.id)] }
                } == .pictureNotShown(id, address: "/no.jpg"))
            // The next save of the body keeps what was completed.
            let saved = try await desk.change(id) { $0.body = text + "More.\n" }
            #expect(saved.revision.content.images.map(\.media) == [image.media, image.media])
            #expect(try await desk.pictureBlocks(id) == [])
            let html = try saved.revision.content.html()
            #expect(
                html.contains(
                    "<figure><img src=\"/media/\(image.media)\" alt=\"A sign\" width=\"640\" height=\"480\" />"))
            #expect(html.contains("Photo credit: Example Press/Ann Example"))
            #expect(!html.contains("/assets/sign.jpg"))
        }
    }

    // MARK: The real articles

    static let folder = ImportTests.folder

    @Test(.enabled(if: folder != nil, "the articles aren't beside the package"))
    func realArticlesWithoutPicturesGoOutAndOneWithAPictureOnlyOnceItIsCompleted() async throws {
        try await withDesk { desk in
            let folder = try #require(Self.folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }
            let files = try names.sorted().map {
                ImportFile(name: $0, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))))
            }
            let imported = try await desk.act("publisher") { db, actor in
                try ImportArticles(files, source: "test", zone: .utc, by: actor).perform(db)
            }.imported
            #expect(imported.count == files.count)
            let image = try await desk.image()
            var (without, with) = (0, 0)
            for one in imported {
                try await edit(desk, one.article)
                let sources = try await sources(desk, one.article)
                let blocks = try await desk.pictureBlocks(one.article)
                #expect(blocks.isEmpty == sources.isEmpty, "\(one.name)")
                if sources.isEmpty {
                    without += 1
                    if without <= 5 { try await goesOut(desk, one.article, one.name) }
                    continue
                }
                with += 1
                if with <= 5 { try await isKeptIn(desk, one.article, sources, one.name) }
                for source in sources {
                    #expect(blocks.contains("image_bytes: the picture \(source) has no file here"), "\(one.name)")
                }
                guard with <= 5 else { continue }
                let completed = sources.map { SaveRevision.Pictures.Completed(source: $0, image: image.id) }
                try await complete(desk, one.article, completed)
                #expect(try await desk.pictureBlocks(one.article) == [], "\(one.name)")
                try await goesOut(desk, one.article, one.name)
            }
            #expect(without > 10)
            #expect(with > 10)
        }
    }

    private func edit(_ desk: Desk, _ id: ID<Article>) async throws {
        try await desk.change(id, as: "chief") { $0.note = "First edit" }
        let body = try await desk.act("chief") { db, actor in
            let line = try Articles.find(db, id, for: actor)
            return try Articles.revision(db, of: line)?.content.body ?? ""
        }
        try await desk.change(id, as: "chief") { $0.body = body + "\nEdited here.\n" }
        _ = try await desk.act("chief") { db, actor in
            try MoveArticle(id, to: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
        }
    }

    private func sources(_ desk: Desk, _ id: ID<Article>) async throws -> Set<String> {
        try await desk.act("chief") { db, actor in
            let line = try Articles.find(db, id, for: actor)
            return Set(try Articles.revision(db, of: line)?.content.images.compactMap(\.source) ?? [])
        }
    }

    /// Where the text's own words beside a picture are empty, the house's alternative text stands in.
    private func complete(_ desk: Desk, _ id: ID<Article>, _ pictures: [SaveRevision.Pictures.Completed]) async throws {
        try await desk.change(id, as: "chief") { $0.pictures.completed = pictures }
    }

    /// Refused by the pictures' names, though approved.
    private func isKeptIn(_ desk: Desk, _ id: ID<Article>, _ sources: Set<String>, _ name: String) async throws {
        try await desk.submit(id, as: "chief")
        try await desk.approve(id)
        try await desk.approve(id, as: "publisher")
        guard case .picturesIncomplete(_, let what) = await refusal({ try await desk.publish(id) }) else {
            Issue.record("\(name) went out")
            return
        }
        for source in sources { #expect(what.contains("the picture \(source) has no file here"), "\(name)") }
    }

    private func goesOut(_ desk: Desk, _ id: ID<Article>, _ name: String) async throws {
        if try await desk.article(id).status == .drafting { try await desk.submit(id, as: "chief") }
        try await desk.approve(id)
        try await desk.approve(id, as: "publisher")
        let release = try await desk.publish(id)
        #expect(release.kind == .update, "\(name)")
    }
}
