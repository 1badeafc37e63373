import Access
import Fundraising
import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// What readers are asked: a text that somebody else signed off, in its place and time.
struct AppealTests {
    /// Books with a campaign, a banner in it, and somebody besides development who may sign off.
    private func withAppeal(_ body: (Books, Appeal) async throws -> Void) async throws {
        try await withBooks { books in
            try await books.addCampaign("spring")
            _ = try await books.app.transaction { db in
                try AddAccount(
                    email: EmailAddress("publisher@example.org"), name: "P", grants: [RoleGrant(.publisher)],
                    by: books.actor(db, .admin)
                ).perform(db)
            }
            let appeal = try await books.app.transaction { db in
                try AddAppeal(
                    slug: Slug("box"), campaign: Slug("spring"), name: "Box", channel: .storyBox, starts: nil,
                    ends: nil,
                    by: books.actor(db)
                ).perform(db)
            }
            try await body(books, appeal)
        }
    }

    @discardableResult
    private func save(
        _ books: Books, _ appeal: Appeal, _ text: String?, _ amounts: [Int64]? = nil, base: Int? = nil
    ) async throws -> AppealRevision {
        let usd = try Currency("USD")
        let amounts = amounts.map { $0.map { Money(minor: $0, currency: usd) } }
        return try await books.app.transaction { db in
            try SaveAppeal(appeal, text: text, amounts: amounts, base: base, by: books.actor(db)).perform(db)
        }
    }

    @discardableResult
    private func sign(
        _ books: Books, _ appeal: Appeal, _ number: Int? = nil, as role: Role = .publisher
    ) async throws -> AppealRevision {
        try await books.app.transaction { db in
            try SignOffAppeal(appeal, revision: number, by: books.actor(db, role)).perform(db)
        }
    }

    private func place(_ books: Books, _ appeal: Appeal, _ change: PlaceAppeal.Change) async throws {
        try await books.app.transaction { try PlaceAppeal(appeal, change, by: books.actor($0)).perform($0) }
    }

    private func refusal(_ body: () async throws -> Void) async -> AppealRefusal? {
        do { try await body() } catch FundraisingError.appeal(let refusal) { return refusal } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func anEditTakesEverySignOffAwayAndNobodySignsHisOwnText() async throws {
        try await withAppeal { books, appeal in
            #expect(await refusal { try await sign(books, appeal) } == .noText(appeal.slug))
            let first = try await save(books, appeal, "Give.", [500, 1_000])
            #expect(first.number == 1 && first.amounts.map(\.minor) == [500, 1_000])
            #expect(
                await refusal { try await sign(books, appeal, as: .development) } == .ownText(appeal.slug, number: 1))
            let signed = try await sign(books, appeal, 1)
            #expect(signed.signOffs.map(\.signedBy) == ["publisher@example.org"] && signed.hash == first.hash)
            #expect(await refusal { try await sign(books, appeal) } == .signedAlready(appeal.slug, number: 1))
            // The same words with another amount are another text.
            let second = try await save(books, appeal, nil, [500, 2_000])
            #expect(second.number == 2 && second.hash != first.hash && second.signOffs.isEmpty)
            #expect(try await books.count("fundraising.signed_appeal") == 0)
            #expect(
                await refusal { try await sign(books, appeal, 1) }
                    == .changedMeanwhile(appeal.slug, latest: 2, by: "development@example.org"))
            #expect(
                await refusal { try await save(books, appeal, "Give more.", base: 1) }
                    == .changedMeanwhile(appeal.slug, latest: 2, by: "development@example.org"))
            #expect(await refusal { try await save(books, appeal, "Give.") } == .unchanged(appeal.slug, number: 2))
            try await sign(books, appeal)
            #expect(try await books.count("fundraising.signed_appeal") == 1)
            let all = try await books.app.read { try AppealRevision.all($0, of: appeal.id) }
            #expect(all.map(\.number) == [2, 1] && all.map(\.text) == ["Give.", "Give."])
            #expect(all.map(\.signOffs.count) == [1, 1])
        }
    }

    @Test func theDatabaseHoldsTextsAndSignOffsToo() async throws {
        try await withAppeal { books, appeal in
            let first = try await save(books, appeal, "Give.")
            try await save(books, appeal, "Give now.")
            func signing(_ number: Int, _ hash: String, _ account: String) -> String {
                """
                INSERT INTO fundraising.appeal_sign_off (appeal_id, number, hash, signed_by) SELECT \(appeal.id), \(number), \
                decode('\(hash)', 'hex'), id FROM access.account WHERE email = '\(account)@example.org'
                """
            }
            for (statement, constraint) in [
                (signing(1, first.hash, "publisher"), "appeal_sign_off_latest"),
                (signing(2, first.hash, "publisher"), "appeal_sign_off_revision_fkey"),
                (signing(2, first.hash, "development"), "appeal_sign_off_second_person"),
                ("UPDATE fundraising.appeal_revision SET text = 'x'", nil),
                ("DELETE FROM fundraising.appeal_revision", nil),
                ("DELETE FROM fundraising.appeal_sign_off", nil),
                (
                    "INSERT INTO fundraising.appeal_revision (appeal_id, number, text, amounts, hash, saved_by) VALUES "
                        + "(\(appeal.id), 9, 'x', '{}', '\\x00', 1)", nil
                ),
                (
                    "INSERT INTO fundraising.appeal_revision (appeal_id, text, amounts, saved_by) VALUES "
                        + "(\(appeal.id), 'x', '{0}', 1)", "appeal_revision_amounts"
                ),
            ] as [(String, String?)] {
                let error = await books.refusal(of: statement)
                #expect(error != nil && error?.constraint == constraint, "\(statement)")
            }
            // Amounts are what the campaign counts in, each once, and not too many.
            let euro = Money(minor: 500, currency: try Currency("EUR"))
            await #expect(throws: ValueError.self) {
                try await books.app.transaction { db in
                    _ = try SaveAppeal(appeal, text: nil, amounts: [euro], base: nil, by: books.actor(db)).perform(db)
                }
            }
            await #expect(throws: ValueError.self) { try await save(books, appeal, nil, [500, 500]) }
            await #expect(throws: ValueError.self) { try await save(books, appeal, nil, Array(1...13)) }
            await #expect(throws: FundraisingError.self) { try await save(books, appeal, nil, [-1]) }
            await #expect(throws: FundraisingError.self) { try await save(books, appeal, "Call 4242 4242 4242 4242") }
            await #expect(throws: ValueError.self) { try await save(books, appeal, " ") }
        }
    }

    @Test func placesAndTimesAreReadAsTheyAreWritten() async throws {
        for text in ["all", "section:news", "topic:rivers"] { #expect(try AppealPlace(text).description == text) }
        for text in ["", "All", "all:x", "section", "section:", "section:News", "tag:x", "topic:a b"] {
            #expect(throws: ValueError.self, "\(text)") { try AppealPlace(text) }
        }
        try await withAppeal { books, appeal in
            try await place(books, appeal, .put(.section(Slug("news"))))
            try await place(books, appeal, .put(.section(Slug("news"))))
            try await place(books, appeal, .put(.all))
            #expect(try await books.app.read { try appeal.places($0) }.map(\.description) == ["all", "section:news"])
            try await place(books, appeal, .take(.all))
            #expect(await refusal { try await place(books, appeal, .take(.all)) } == .notPlaced(appeal.slug, .all))
            let noon = try LocalDateTime("2026-03-08 02:30")
            #expect(
                await refusal { try await place(books, appeal, .run(.init(from: noon, until: noon))) }
                    == .windowBackwards)
            // A moment the clocks skip is a moment on the wall all the same.
            let window = AppealWindow(from: noon, until: try LocalDateTime("2026-12-31 23:59:59"))
            try await place(books, appeal, .run(window))
            #expect(try await books.app.read { try appeal.window($0) } == window)
        }
    }
}
