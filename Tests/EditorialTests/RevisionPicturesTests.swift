import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct RevisionPicturesTests {
    @Test func aTextKeepsThePicturesWordsItWasSavedWith() async throws {
        try await withDesk { desk in
            let image = try await desk.image()
            let id = try await desk.pitch()
            let first = try await desk.change(id, base: nil) {
                $0.body = "![The sign](image:\(image.id))\n"
                $0.pictures.lead = .image(image.id)
            }
            #expect(first.revision.content.images.map(\.alt) == ["A dry valley with a sign", "The sign"])
            #expect(
                first.revision.content.images.map(\.creditLine) == [
                    "Top photo credit: Example Press/Ann Example", "Photo credit: Example Press/Ann Example",
                ])
            _ = try await desk.edit(image.id) { $0.photographer = "Bo Example" }
            let second = try await desk.change(id) { $0.body = "![The sign](image:\(image.id)) More.\n" }
            #expect(second.revision.content.images.map(\.photographer) == ["Ann Example", "Ann Example"])
            let third = try await desk.change(id) { $0.pictures.refreshed = true }
            #expect(third.revision.content.images.map(\.photographer) == ["Bo Example", "Bo Example"])
            #expect(third.revision.content.images.map(\.alt) == ["A dry valley with a sign", "The sign"])
            let same = try await desk.change(id) { $0.pictures.refreshed = true }
            #expect(!same.isNew)
        }
    }

    @Test func anInlinePictureIsPutAtTheEndOnce() async throws {
        try await withDesk { desk in
            let image = try await desk.image()
            let id = try await desk.pitch()
            let first = try await desk.change(id, base: nil) {
                $0.body = "Text."
                $0.pictures.inline = [image.id]
            }
            #expect(first.revision.content.body == "Text.\n\n![](image:\(image.id))\n")
            #expect(first.revision.content.images.map(\.alt) == ["A dry valley with a sign"])
            let again = try await desk.change(id) { $0.pictures.inline = [image.id] }
            #expect(!again.isNew)
            let gone = try await desk.change(id) { $0.body = "Text." }
            #expect(gone.revision.content.images.isEmpty)
        }
    }

    @Test(arguments: ["image:99", "image:", "image:abc", "image:-1"])
    func anUnknownPictureIsRefusedAndNothingIsSaved(_ address: String) async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let error = await refusal { try await desk.save(id, body: "![x](\(address))", base: nil) }
            guard case .imageUnknown = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await desk.count("SELECT count(*) FROM editorial.revision") == 0)
            #expect(
                await refusal { try await desk.change(id, base: nil) { $0.pictures.lead = .image(ID(7)) } }
                    == .imageUnknown("7"))
        }
    }

    @Test func aPictureInCodeIsNoPicture() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            let saved = try await desk.save(id, body: "```\n![x](image:99)\n```\n`![y](/z.png)`\n", base: nil)
            #expect(saved.revision.content.images.isEmpty)
            #expect(try await desk.pictureBlocks(id) == [])
        }
    }

    @Test func aReferenceThatBecameNoPictureNeverReachesThePage() throws {
        let html = try Content(title: "t", body: "![x](image:12) and [y](image:13)").html()
        #expect(!html.contains("image:"))
    }

    @Test func hostileWordsOfAPictureStayWords() async throws {
        try await withDesk { desk in
            let image = try await desk.image {
                $0.alt = "\"><script>steal()</script>"
                $0.caption = "<img src=x onerror=steal()>"
                $0.agency = "A & B"
            }
            let id = try await desk.pitch()
            let saved = try await desk.save(
                id, body: "![](image:\(image.id))\n\nIn ![](image:\(image.id)) a line.", base: nil)
            let html = try saved.revision.content.html()
            #expect(!html.contains("<script") && !html.contains("<img src=x"))
            #expect(html.contains("Photo credit: A &amp; B"))
            #expect(html.contains("<figure>") && html.contains("<small>"))
        }
    }

    @Test func everyFieldIsSavedClearedAndShownInTheDifference() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "Text.\n", base: nil)
            let saved = try await desk.change(id) {
                $0.kicker = "Over it"
                $0.teaser = "A teaser"
                $0.shortHeadline = "Short"
                $0.socialTitle = "Elsewhere"
                $0.socialText = "Text elsewhere"
                $0.disclosure = "She knows him"
                $0.tags = ["water", "dams"]
            }
            let content = try Content(canonical: saved.revision.content.canonical)
            #expect(content.kicker == "Over it")
            #expect(content.tags == ["water", "dams"])
            let diff = try await desk.act("chief") { db, actor in
                try History.diff(db, id, from: 1, to: 2, for: actor)
            }
            for line in [
                "+tags: water, dams", "+kicker: Over it", "+teaser: A teaser", "+short headline: Short",
                "+social title: Elsewhere", "+social text: Text elsewhere", "+disclosure: She knows him",
            ] { #expect(diff.lines.map(\.text).contains(line), "\(line)") }
            let cleared = try await desk.change(id) {
                $0.kicker = ""
                $0.teaser = ""
                $0.shortHeadline = ""
                $0.socialTitle = ""
                $0.socialText = ""
                $0.disclosure = ""
                $0.tags = []
            }
            let first = try await desk.act("chief") { db, actor in
                try Articles.revision(db, of: try Articles.find(db, id, for: actor), number: 1)
            }
            #expect(cleared.revision.hash == first?.hash)
        }
    }

    @Test func aDocumentFromBeforePicturesWereObjectsKeepsItsHash() async throws {
        let old =
            #"{"body":"One.\n","bylines":[],"dek":"","images":[{"alt":"A dam","caption":"c","credit":"Somebody","#
            + #""media":"00ff","placement":"lead","source":"/dam.png"},{"placement":"inline","source":"/b.png"}],"#
            + #""title":"Old","version":1}"#
        let content = try Content(canonical: Array(old.utf8))
        #expect(String(decoding: content.canonical, as: UTF8.self) == old)
        #expect(content.images[0].creditLine == "Top photo credit: Somebody")
        var new = content
        new.kicker = "k"
        new.images[0].kind = .map
        new.images[0].licensedUntil = try LocalDate("2027-01-31")
        new.images[0].focal = try FocalPoint("30,40")
        #expect(try Content(canonical: new.canonical).canonical == new.canonical)
        let unknown = old.replacing(#""alt":"A dam""#, with: #""alt":"A dam","extra":1"#)
        #expect(throws: ValueError.self) { try Content(canonical: Array(unknown.utf8)) }
    }

    @Test func anOlderTextComesBackAsANewRevisionAndNothingGoesLive() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let live = try await desk.article(id).liveRelease
            try await desk.save(id, body: "It fell.\n")
            func restore(_ revision: Int, base: SaveRevision.Base? = nil, as name: String = "writer") async throws
                -> SaveRevision.Saved
            {
                try await desk.act(name) { db, actor in
                    try RestoreRevision(id, revision: revision, base: base, by: actor).perform(db)
                }
            }
            let restored = try await restore(1)
            #expect(restored.isNew)
            #expect(restored.revision.number == 3)
            #expect(restored.revision.parent == 1)
            #expect(restored.revision.note == "Restored from revision 1")
            #expect(restored.revision.content.body == "It stood there.\n")
            #expect(try await desk.article(id).liveRelease == live)
            #expect(try await desk.article(id).status == .drafting)
            #expect(
                try await desk.count("SELECT count(*) FROM editorial.approval WHERE revision = 3 AND carries IS NULL")
                    == 0)
            let again = try await restore(1)
            #expect(!again.isNew)
            guard case .changedMeanwhile(let conflict) = await refusal({ try await restore(2, base: .revision(2)) })
            else {
                Issue.record("a stale restore was taken")
                return
            }
            #expect(conflict.current == 3)
            #expect(await refusal { try await restore(9) } == .revisionUnknown(id, number: 9))
            await #expect(throws: AccessError.self) { try await restore(2, as: "legal") }
        }
    }
}
