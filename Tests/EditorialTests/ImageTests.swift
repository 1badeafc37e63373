import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

struct ImageTests {
    @Test func theSameBytesTwiceAreOnePictureAndOneMediaRow() async throws {
        try await withDesk { desk in
            let first = try await desk.image()
            let again = try await desk.act("editor") { db, actor in
                try AddImage(
                    try PictureFile(name: "other-name.png", bytes: MadePictures.png()), Image.Change(), by: actor
                ).perform(db)
            }
            #expect(!again.isNew)
            #expect(again.image.id == first.id)
            #expect(try await desk.count("SELECT count(*) FROM editorial.media") == 1)
            let other = await refusal { try await desk.image("again.png") { $0.photographer = "Somebody Else" } }
            #expect(other == .imageExists(first.id, name: "dam.png"))
            #expect(first.size?.width == 640 && first.size?.height == 480)
        }
    }

    @Test func eightAtOnceAddOnePicture() async throws {
        try await withDesk { desk in
            let ids = try await withThrowingTaskGroup(of: ID<Image>.self) { group in
                for _ in 0..<8 { group.addTask { try await desk.image().id } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'image.added'") == 1)
        }
    }

    @Test func theDatabaseTakesNoFalseTypeNoLongFileAndNoRepeatedAltText() async throws {
        try await withDesk { desk in
            func insert(_ type: String, _ bytes: [UInt8]) async -> String? {
                await denied {
                    try await desk.test.app.transaction { db in
                        try db.run(
                            """
                            INSERT INTO editorial.media (type, bytes, added_by) SELECT \(type), \(bytes), min(id) \
                            FROM access.account
                            """)
                    }
                }.rule
            }
            let svg = Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8)
            #expect(await insert("image/svg+xml", svg) == "media_type_true")
            #expect(await insert("image/png", svg) == "media_type_true")
            #expect(
                await insert("image/png", MadePictures.png() + Array(repeating: 0, count: 20 << 20)) == "media_size")
            let image = try await desk.image()
            let repeated = await denied {
                try await desk.test.app.transaction { db in
                    try db.run("UPDATE editorial.image SET alt = ' DAM ' WHERE id = \(image.id)")
                }
            }
            #expect(repeated.rule == "image_alt_own")
            for statement: SQL in [
                "UPDATE editorial.image SET media = media", "DELETE FROM editorial.image",
                "UPDATE editorial.image_version SET details = '{}'", "DELETE FROM editorial.media",
                "INSERT INTO editorial.image_version SELECT * FROM editorial.image_version",
                "DELETE FROM editorial.revision_image",
            ] {
                let refused = await denied { try await desk.test.app.transaction { try $0.run(statement) } }
                #expect(refused.state == "42501")
            }
        }
    }

    @Test(arguments: ["dam.png", "DAM", "  the valley  IN March "])
    func anAltTextThatRepeatsFileNameOrCaptionIsRefused(_ alt: String) async throws {
        try await withDesk { desk in
            let error = await refusal {
                try await desk.image {
                    $0.complete()
                    $0.alt = alt
                }
            }
            #expect(error == .altRepeats("dam.png", alt.trimmingCharacters(in: .whitespaces)))
            let rows = try await desk.count("SELECT count(*) FROM editorial.media")
            #expect(rows == 0)
        }
    }

    @Test func whatIsSaidOfAPictureIsKeptInEveryVersion() async throws {
        try await withDesk { desk in
            let image = try await desk.image()
            let changed = try await desk.edit(image.id) {
                $0.caption = ""
                $0.photographer = "Bo Example"
                $0.licensedUntil = "2027-12-31"
                $0.focal = "30,40"
                $0.date = "2026-03"
            }
            #expect(changed.words.caption == nil)
            #expect(changed.words.alt == "A dry valley with a sign")
            #expect(changed.words.licensedUntil?.description == "2027-12-31")
            #expect(changed.words.focal?.text == "30,40")
            #expect(changed.version == 2)
            let same = try await desk.edit(image.id) { $0.photographer = " Bo Example " }
            #expect(same.version == 2)
            let said = try await desk.test.app.read { db in
                try db.rows("SELECT details ->> 'photographer' FROM editorial.image_version ORDER BY number") {
                    try $0.next(String.self)
                }
            }
            #expect(said == ["Ann Example", "Bo Example"])
            let facts = try await desk.test.app.read { db in
                try db.rows("SELECT facts::text FROM journal.audit WHERE subject_kind = 'image' ORDER BY seq") {
                    try $0.next(String.self)
                }
            }
            #expect(facts.count == 2)
            #expect(!facts.joined().contains("Example"))
        }
    }

    @Test func whatCannotBeSaidIsRefused() async throws {
        try await withDesk { desk in
            let image = try await desk.image()
            for change: @Sendable (inout Image.Change) -> Void in [
                { $0.licensedUntil = "soon" }, { $0.focal = "101,0" }, { $0.focal = "1" }, { $0.date = "March" },
                { $0.date = "2026-03-01T10:00+01:00" },
            ] {
                await #expect(throws: ValueError.self) { try await desk.edit(image.id, change) }
            }
            let long = String(repeating: "x", count: 5_001)
            let error = await refusal { try await desk.edit(image.id) { $0.caption = long } }
            #expect(error == .contentRefused(field: "caption", reason: "it is longer than 5000 bytes"))
        }
    }

    @Test func onlyWhoLooksAfterPicturesMayAddThem() async throws {
        try await withDesk { desk in
            for name in ["freelance", "legal", "fundraiser", "admin"] {
                await #expect(throws: AccessError.self, "\(name)") { try await desk.image(as: name) }
            }
            let image = try await desk.image(as: "copy")
            #expect(
                await refusal {
                    try await desk.act("fundraiser") { db, actor in try Image.find(db, image.id, for: actor) }
                }
                    == .imageUnknown("\(image.id)"))
        }
    }

    @Test func thePrintFormOfACreditIsOne() {
        func line(_ placement: Content.Image.Placement, _ name: String?, _ agency: String?) -> String? {
            var image = Content.Image(placement: placement)
            image.photographer = name
            image.agency = agency
            return image.creditLine
        }
        #expect(line(.lead, "Ann Example", "Example Press") == "Top photo credit: Example Press/Ann Example")
        #expect(line(.lead, "Ann Example", nil) == "Top photo credit: Ann Example")
        #expect(line(.lead, nil, "Example Press") == "Top photo credit: Example Press")
        #expect(line(.lead, nil, nil) == nil)
        #expect(line(.lead, " ", "\n") == nil)
        #expect(line(.inline, "Ann Example", nil) == "Photo credit: Ann Example")
        var map = Content.Image(placement: .inline, credit: "As the import said")
        #expect(map.creditLine == "Photo credit: As the import said")
        map.kind = .map
        #expect(map.creditLine == "Map credit: As the import said")
    }

    @Test func whereAPictureIsShownIsListedAsFarAsOneMaySee() async throws {
        try await withDesk { desk in
            let image = try await desk.image()
            let draft = try await desk.pitch("A draft")
            try await desk.save(draft, body: "See ![The sign](image:\(image.id)).", base: nil)
            let live = try await desk.inReview("A live one")
            try await desk.change(live) { $0.pictures.lead = .image(image.id) }
            try await desk.approve(live)
            try await desk.publish(live)
            try await desk.change(live) { $0.pictures.lead = SaveRevision.Pictures.Lead.none }
            func uses(_ name: String) async throws -> [[String]] {
                try await desk.act(name) { db, actor in
                    try ImageUse.list(db, [image.id], for: actor, limit: 10).map {
                        ["\($0.article)", $0.title, $0.placement, $0.path == nil ? "draft" : "live"]
                    }
                }
            }
            #expect(
                try await uses("chief") == [
                    ["\(live)", "A live one", "lead", "live"], ["\(draft)", "A draft", "inline", "draft"],
                ])
            #expect(try await uses("fundraiser") == [["\(live)", "A live one", "lead", "live"]])
        }
    }

    @Test func anEndingLicenceIsListedWithItsUses() async throws {
        try await withDesk { desk in
            let days = try await desk.test.app.read { db in
                try db.rows(
                    "SELECT ((now() AT TIME ZONE 'UTC')::date + d)::text FROM unnest(ARRAY[-1, 0, 20, 40]) AS d"
                ) { try $0.next(String.self) }
            }
            var ids: [ID<Image>] = []
            for (seed, day) in days.enumerated() {
                let image = try await desk.image(seed: UInt8(seed)) {
                    $0.complete()
                    $0.licensedUntil = day
                }
                ids.append(image.id)
            }
            let article = try await desk.pitch()
            try await desk.save(article, body: "![The sign](image:\(ids[0]))", base: nil)
            let endings = try await desk.act("publisher") { db, actor in
                try ImageLicences.ending(db, withinDays: 30, for: actor, limit: 10)
            }
            #expect(endings.map(\.image.id) == Array(ids.prefix(3)))
            #expect(endings.map(\.isOver) == [true, false, false])
            #expect(endings.map { $0.uses.map(\.article) } == [[article], [], []])
        }
    }
}
