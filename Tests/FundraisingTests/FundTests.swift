import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What gifts may be spent on.
struct FundTests {
    private func add(_ books: Books, _ slug: String, _ restriction: Fund.Restriction) async throws {
        try await books.app.transaction { db in
            _ = try AddFund(slug: Slug(slug), name: slug, restriction: restriction, by: books.actor(db)).perform(db)
        }
    }

    private func give(_ books: Books, _ amount: String, to fund: String?) async throws -> ID<Gift> {
        var slip = RecordGift.Slip(kind: .cash, amount: try Money(parsing: amount, currency: Currency("USD")))
        slip.fund = try fund.map { try Slug($0) }
        return try await books.record(slip)
    }

    @Test func moneyIsAddedUpByWhatItMayBeSpentOn() async throws {
        try await withBooks { books in
            try await add(books, "courts", .purpose("Reporting on the courts"))
            try await add(books, "rivers", .purpose("Reporting on rivers"))
            try await add(books, "next-year", .time(until: LocalDate("2026-12-31")))
            try await add(books, "general", .none)
            for (amount, fund) in [
                ("10.00", "courts"), ("2.50", "rivers"), ("7.00", "next-year"), ("1.00", "general"), ("0.10", nil),
            ] { _ = try await give(books, amount, to: fund) }
            let gift = try await give(books, "4.00", to: "courts")
            _ = try await books.app.transaction { db in
                try RefundGift(
                    gift, Money(parsing: "1.00", currency: Currency("USD")), at: nil, reason: "Asked for it",
                    by: books.actor(db)
                ).perform(db)
            }
            let sums = try await books.app.read { db in
                try db.rows(
                    """
                    SELECT restriction || ' ' || sum(net_minor) FROM fundraising.restricted_contribution \
                    GROUP BY restriction ORDER BY restriction
                    """
                ) { try $0.next(String.self) }
            }
            #expect(sums == ["none 110", "purpose 1550", "time 700"])
            let held = try await books.app.read { db in try Fund.find(db, Slug("courts")).holdings(db) }
            #expect(held.map(\.gifts) == [2] && held.map(\.net.minor) == [1_300])
        }
    }

    @Test func whatWasGivenForOneThingStaysGivenForIt() async throws {
        try await withBooks { books in
            try await add(books, "courts", .purpose("Reporting on the courts"))
            func edit(_ change: EditFund.Change, as role: Role = .development) async throws {
                try await books.app.transaction { db in
                    _ = try EditFund(Slug("courts"), change, by: books.actor(db, role)).perform(db)
                }
            }
            try await edit(.init(purpose: "Reporting on courts and prisons"))
            _ = try await give(books, "1.00", to: "courts")
            await #expect(throws: FundraisingError.fundKeeps(try Slug("courts"))) {
                try await edit(.init(purpose: "Parties"))
            }
            await #expect(throws: FundraisingError.fundRestriction(try Slug("courts"), "purpose")) {
                try await withBooks { other in
                    try await self.add(other, "courts", .purpose("Courts"))
                    try await other.app.transaction { db in
                        _ = try EditFund(
                            Slug("courts"), .init(until: LocalDate("2026-01-01")), by: other.actor(db)
                        ).perform(db)
                    }
                }
            }
            await #expect(throws: FundraisingError.fundSlugTaken(try Slug("courts"))) {
                try await self.add(books, "courts", .none)
            }
            await #expect(throws: AccessError.self) { try await edit(.init(name: "Mine"), as: .auditor) }
            try await edit(.init(name: "Courts and prisons"))
            let fund = try await books.app.read { try Fund.find($0, Slug("courts")) }
            #expect(fund.name == "Courts and prisons")
            #expect(fund.restriction == .purpose("Reporting on courts and prisons"))

            // The database says so too, and what the restriction is can't be written at all.
            for (statement, constraint) in [
                ("UPDATE fundraising.fund SET purpose = 'Parties'", "fund_keeps"),
                ("UPDATE fundraising.fund SET restriction = 'none'", nil),
                (
                    "INSERT INTO fundraising.fund (slug, name, restriction) VALUES ('x', 'X', 'purpose')",
                    "fund_restricted_how"
                ),
            ] as [(String, String?)] {
                let error = await books.refusal(of: statement)
                #expect(error != nil && error?.constraint == constraint, "\(statement)")
            }
        }
    }
}

extension Books {
    /// What the database itself says to the program's own role; nil when it lets it.
    func refusal(of statement: String) async -> PostgresError? {
        do {
            _ = try await app.transaction { try $0.run(SQL(stringLiteral: statement)) }
            return nil
        } catch let error as PostgresError { return error } catch { return nil }
    }
}
