import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// Series, topics and specials: how stories are filed, and what of it the public sees.
struct CollectionTests {
    private func open(_ desk: Desk) async throws {
        try await desk.act("editor") { db, actor in
            _ = try AddSeries(Desk.slug("week-ahead"), name: "The Week Ahead", by: actor).perform(db)
            _ = try AddTopic(Desk.slug("energy"), name: "Energy", by: actor).perform(db)
            _ = try AddTopic(Desk.slug("trade"), name: "Trade", by: actor).perform(db)
            _ = try AddCollection(Desk.slug("special"), title: "Special", by: actor).perform(db)
        }
    }

    private func place(_ desk: Desk, _ id: ID<Article>, _ change: PlaceArticle.Change) async throws {
        _ = try await desk.act("editor") { db, actor in try PlaceArticle(id, change, by: actor).perform(db) }
    }

    private func members(_ desk: Desk) async throws -> [ID<Article>] {
        try await desk.act("editor") { db, _ in
            try Collection.find(db, Desk.slug("special")).members(db, limit: 50).map(\.article)
        }
    }

    @Test func anArticleIsFiledUnderSeriesTopicsAndRegions() async throws {
        try await withDesk { desk in
            try await open(desk)
            let id = try await desk.pitch()
            let change = PlaceArticle.Change(
                series: .some(Desk.slug("week-ahead")), topics: [Desk.slug("trade"), Desk.slug("energy")],
                regions: [Desk.slug("eu"), Desk.slug("africa"), Desk.slug("eu")])
            let placed = try await desk.act("editor") { db, actor in try PlaceArticle(id, change, by: actor).perform(db)
            }
            #expect(placed.series?.text == "week-ahead")
            #expect(placed.topics.map(\.text) == ["energy", "trade"])
            #expect(placed.regions == ["africa", "eu"])
            let less = try await desk.act("editor") { db, actor in
                try PlaceArticle(id, .init(series: .some(nil), topics: [Desk.slug("trade")]), by: actor).perform(db)
            }
            #expect(less.series == nil)
            #expect(less.topics.map(\.text) == ["trade"])
            #expect(less.regions == ["africa", "eu"])
            let unknown = await refusal { try await place(desk, id, .init(topics: [Desk.slug("nothing")])) }
            #expect(unknown == .topicUnknown(Desk.slug("nothing")))
            await #expect(throws: AccessError.self) {
                _ = try await desk.act("bookeditor") { db, actor in
                    try PlaceArticle(id, .init(regions: []), by: actor).perform(db).regions
                }
            }
        }
    }

    @Test func aSpecialShowsItsPinnedAndWhatItsRulesBringAndStaysWhenClosed() async throws {
        try await withDesk { desk in
            try await open(desk)
            let pinned = try await desk.published("Pinned")
            let ruled = try await desk.published("Ruled")
            let draft = try await desk.pitch("Draft")
            try await place(desk, ruled, .init(topics: [Desk.slug("energy")]))
            try await place(desk, draft, .init(topics: [Desk.slug("energy")]))
            try await desk.act("editor") { db, actor in
                _ = try AddCollectionRule(.init(topic: Desk.slug("energy")), to: Desk.slug("special"), by: actor)
                    .perform(db)
                _ = try PinArticle(pinned, in: Desk.slug("special"), .pinned(1), by: actor).perform(db)
                _ = try PinArticle(draft, in: Desk.slug("special"), .pinned(2), by: actor).perform(db)
            }
            #expect(try await members(desk) == [pinned, ruled])
            try await desk.act("editor") { db, actor in
                _ = try CloseCollection(Desk.slug("special"), by: actor).perform(db)
            }
            let later = try await desk.published("Later")
            try await place(desk, later, .init(topics: [Desk.slug("energy")]))
            #expect(try await members(desk) == [pinned, ruled])
            let closed = await refusal {
                try await desk.act("editor") { db, actor in
                    try PinArticle(later, in: Desk.slug("special"), .pinned(1), by: actor).perform(db)
                }
            }
            #expect(closed == .collectionClosed(Desk.slug("special")))
        }
    }

    @Test func rulesBySectionSeriesContributorAndTagBringTheirs() async throws {
        try await withDesk { desk in
            try await open(desk)
            let id = try await desk.published("Story")
            for (rule, expected) in [
                (AddCollectionRule.Rule(section: Desk.slug("books")), false),
                (.init(section: Desk.slug("world"), series: Desk.slug("week-ahead")), false),
                (.init(contributor: Desk.slug("gus-guest")), false), (.init(tag: "rivers"), false),
                (.init(section: Desk.slug("world"), contributor: Desk.slug("ann-example")), true),
            ] {
                try await desk.act("editor") { db, actor in
                    _ = try AddCollectionRule(rule, to: Desk.slug("special"), by: actor).perform(db)
                }
                #expect(try await members(desk) == (expected ? [id] : []), "\(rule)")
            }
        }
    }

    @Test func nothingPlannedShowsInThePublicSeriesTopicsOrSpecials() async throws {
        try await withDesk { desk in
            try await open(desk)
            let id = try await desk.inReview("Zyxplanted plan")
            try await place(
                desk, id, .init(series: .some(Desk.slug("week-ahead")), topics: [Desk.slug("energy")]))
            try await desk.act("editor") { db, actor in
                _ = try PinArticle(id, in: Desk.slug("special"), .pinned(1), by: actor).perform(db)
            }
            func counts() async throws -> [Int] {
                try await desk.test.reader.read { db in
                    try ["public_series", "public_topic", "public_collection"].map { name in
                        let sql: SQL =
                            switch name {
                            case "public_series": "SELECT count(*) FROM editorial.public_series"
                            case "public_topic": "SELECT count(*) FROM editorial.public_topic"
                            default: "SELECT count(*) FROM editorial.public_collection"
                            }
                        return try db.value(sql, as: Int.self) ?? -1
                    }
                }
            }
            #expect(try await counts() == [0, 0, 0])
            try await desk.approve(id)
            try await desk.publish(id)
            #expect(try await counts() == [1, 1, 1])
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET public_status = 'unpublished' WHERE id = \(id)")
            }
            #expect(try await counts() == [0, 0, 0])
        }
    }
}
