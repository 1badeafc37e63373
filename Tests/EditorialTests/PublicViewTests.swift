import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct PublicViewTests {
    private static let token = "xyzzytoken"

    /// Everything the reader role can see, as text; bytes as text, too. Whatever view comes later is among it.
    private func everything(_ desk: Desk) async throws -> String { try await desk.publicText() }

    @Test func aDraftAppearsInNoPublicView() async throws {
        try await withDesk { desk in
            let token = Self.token
            _ = try await desk.published("Something else")
            // A section, a contributor and every field of a text that isn't out, in review and approved.
            try await desk.act("admin") { db, actor in
                _ = try AddSection(Desk.slug(token), name: token, by: actor).perform(db)
                _ = try AddContributor(name: "\(token) person", kind: .outside, by: actor).perform(db)
            }
            let fresh = try await desk.pitch(token, section: token)
            let old = try await desk.published("Live already")
            for id in [fresh, old] {
                try await desk.save(
                    id, as: "chief", body: token, title: token, bylines: ["\(token)-person:\(token)"],
                    slug: "\(token)-slug")
                try await desk.submit(id, as: "chief")
                #expect(try await !everything(desk).contains(token))
                try await desk.approve(id, as: "chief")
                try await desk.approve(id, as: "publisher")
                #expect(try await !everything(desk).contains(token))
            }
            // And the search is able to find it.
            try await desk.publish(old)
            #expect(try await everything(desk).contains(token))
        }
    }

    @Test func theReaderSeesTheViewsAndNoTable() async throws {
        try await withDesk { desk in
            let tables = try await desk.test.owner.read { db in
                try db.rows(
                    """
                    SELECT relname FROM pg_class WHERE relnamespace = 'editorial'::regnamespace AND relkind IN ('r', 'v')
                    """
                ) { try $0.next(String.self) }
            }
            #expect(tables.count > 20)
            for table in tables where !table.hasPrefix("public_") && table != "slug" {
                let error = await denied {
                    try await desk.test.reader.read { db in
                        try db.run("SELECT FROM editorial.\(SQL(stringLiteral: table))")
                    }
                }
                #expect(error.state == "42501", "\(table)")
            }
        }
    }

    @Test func bylinesAndSectionOfWhatIsLiveAreThere() async throws {
        try await withDesk { desk in
            let id = try await desk.pitch()
            try await desk.save(id, body: "x", bylines: ["gus-guest", "ann-example:with"], base: nil)
            try await desk.submit(id)
            try await desk.approve(id)
            try await desk.publish(id)
            let names = try await desk.test.reader.read { db in
                try db.rows("SELECT name FROM editorial.public_byline ORDER BY position") { try $0.next(String.self) }
            }
            #expect(names == ["Gus Guest", "Ann Example"])
            let sections = try await desk.test.reader.read { db in
                try db.rows("SELECT slug FROM editorial.public_section") { try $0.next(String.self) }
            }
            #expect(sections == ["world"])
        }
    }

    @Test func whoMayReadNoDraftsSeesTheLiveTextOnly() async throws {
        try await withDesk { desk in
            let id = try await desk.published("Live title")
            let hidden = try await desk.inReview("Hidden")
            try await desk.save(id, body: "new", title: "Draft title")
            let lines = try await desk.act("fundraiser") { db, actor in
                try Articles().list(db, for: actor, limit: 10)
            }
            #expect(lines.map(\.article.id) == [id])
            #expect(lines.map(\.article.title) == ["Live title"])
            #expect(lines.map(\.article.status) == [.published])
            #expect(lines.map(\.article.head) == [1])
            for (text, count) in [("Draft title", 0), ("Live title", 1)] {
                var articles = Articles()
                articles.text = text
                let query = articles
                let found = try await desk.act("fundraiser") { db, actor in
                    try query.list(db, for: actor, limit: 10).count
                }
                #expect(found == count)
            }
            #expect(
                await refusal {
                    try await desk.act("fundraiser") { db, actor in try Articles.find(db, hidden, for: actor) }
                } == .articleUnknown("\(hidden)"))
            #expect(
                await refusal {
                    try await desk.act("fundraiser") { db, actor in
                        try Articles.revision(db, of: try Articles.find(db, id, for: actor), number: 2)
                    }
                } == .revisionUnknown(id, number: 2))
        }
    }

    @Test func listsPageByIdAndFilter() async throws {
        try await withDesk { desk in
            var ids: [ID<Article>] = []
            for number in 1...7 { ids.append(try await desk.pitch("Pitch \(number)")) }
            _ = try await desk.pitch("Bookish", section: "books")
            var seen: [ID<Article>] = []
            var articles = Articles()
            articles.section = Desk.slug("world")
            let query = articles
            while true {
                let after = seen.last
                let page = try await desk.act("chief") { db, actor in
                    try query.list(db, for: actor, after: after, limit: 3)
                }
                if page.isEmpty { break }
                seen += page.map(\.article.id)
            }
            #expect(seen == ids.reversed())
        }
    }
}
