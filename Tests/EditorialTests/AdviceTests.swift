import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// What a colleague would notice before a text goes out.
struct AdviceTests {
    private func advice(_ desk: Desk, body: String, title: String = "A title", dek: String = "A dek") async throws
        -> [Advice]
    {
        let id = try await desk.pitch(title)
        return try await desk.act("editor") { db, actor in
            let change = SaveRevision.Change(title: title, dek: dek, body: body)
            _ = try SaveRevision(id, change, base: nil, by: actor).perform(db)
            return try Advice.list(db, id, for: actor)
        }
    }

    private func of(_ rule: Advice.Rule, _ advice: [Advice]) -> [Advice] { advice.filter { $0.rule == rule } }

    @Test func namesNearlyAsKnownOnesAreNamedAndRightOnesAreNot() async throws {
        try await withDesk { desk in
            try await desk.act("copy") { db, actor in
                try EditHouseWord(.name, "Volodymyr Zelenskyy", .add(instead: nil), by: actor).perform(db)
            }
            let found = of(
                .name,
                try await advice(
                    desk,
                    body: """
                        Ann Exampel met Ann Example. Volodimyr Zelensky's letter went to Gus Guest, and to Gus Guests.
                        Anna Exemplars was elsewhere; an example isn't Ann. Ann
                        Exampel again.
                        """))
            #expect(
                found.map { "\($0.found) > \($0.instead ?? "")" }.sorted() == [
                    "Ann Exampel > Ann Example", "Gus Guests > Gus Guest", "Volodimyr Zelensky > Volodymyr Zelenskyy",
                ])
        }
    }

    @Test func linksThatLeadNowhereOrToTheUnpublishedAreNamed() async throws {
        try await withDesk { desk in
            let live = try await desk.published("Live story", slug: "live-story")
            let retracted = try await desk.published("Bad story", slug: "bad-story")
            let gone = try await desk.published("Gone story", slug: "gone-story")
            let draft = try await desk.pitch("Draft story")
            try await desk.save(draft, body: "Draft.\n", slug: "draft-story")
            try await desk.test.owner.transaction { db in
                try db.run("UPDATE editorial.article SET public_status = 'retracted' WHERE id = \(retracted)")
                try db.run("UPDATE editorial.article SET public_status = 'unpublished' WHERE id = \(gone)")
            }
            let paths = try await desk.test.app.read { db in
                try db.rows(
                    "SELECT article_id, path FROM editorial.release WHERE kind = 'first'"
                ) { (try $0.next(ID<Article>.self), try $0.next(String.self)) }
            }
            let path = Dictionary(paths) { first, _ in first }
            let (ok, bad) = (try #require(path[live]), try #require(path[retracted]))
            let lost = try #require(path[gone])
            let found = try await advice(
                desk,
                body: """
                    [a](\(ok)#part) [b](\(bad)) [c](\(lost)) [d](/2026/11/draft-story) [e](/2026/11/never)
                    [f](www.example.org/x) [g](https://example.org) [h](mailto:a@example.org) [i][ref] [j](#note)

                    [ref]: example.com/y
                    ```
                    [k](/in/code)
                    ```
                    """)
            #expect(of(.retractedLink, found).map(\.found) == [bad])
            #expect(of(.unpublishedLink, found).map(\.found) == [lost])
            #expect(of(.draftLink, found).map(\.found) == ["/2026/11/draft-story"])
            #expect(of(.deadLink, found).map(\.found) == ["/2026/11/never"])
            #expect(of(.linkWithoutScheme, found).map(\.found).sorted() == ["example.com/y", "www.example.org/x"])
        }
    }

    @Test func houseStyleDoubleWordsAndWhatIsMissingAreNamed() async throws {
        try await withDesk { desk in
            try await desk.act("copy") { db, actor in
                try EditHouseWord(.style, "e-mail", .add(instead: "email"), by: actor).perform(db)
                try EditHouseWord(.style, "internet", .add(instead: "Internet"), by: actor).perform(db)
                try EditHouseWord(.style, "utilise", .add(instead: "use"), by: actor).perform(db)
            }
            let found = try await advice(
                desk, body: "E-mail is on the the Internet. He had had enough; stop. Stop. Reutilised.\n", dek: "")
            #expect(of(.style, found).map(\.found) == ["e-mail"])
            #expect(of(.doubleWord, found).map(\.found) == ["the the"])
            #expect(of(.missing, found).map(\.found) == ["dek", "teaser"])
            let twice = await refusal {
                try await desk.act("copy") { db, actor in
                    try EditHouseWord(.style, "e-mail", .add(instead: nil), by: actor).perform(db)
                }
            }
            #expect(twice == .houseWordExists("e-mail"))
            await #expect(throws: AccessError.self) {
                try await desk.act("writer") { db, actor in
                    try EditHouseWord(.style, "x", .add(instead: nil), by: actor).perform(db)
                }
            }
        }
    }

    @Test func adviceKeepsNothingIn() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            let advice = try await desk.act("writer") { db, actor in try Advice.list(db, id, for: actor) }
            #expect(!advice.isEmpty)
            try await desk.approve(id)
            #expect(try await desk.publish(id).kind == .first)
            let hidden = await refusal {
                try await desk.act("fundraiser") { db, actor in try Advice.list(db, id, for: actor) }
            }
            #expect(hidden == .articleUnknown("\(id)"))
        }
    }
}
