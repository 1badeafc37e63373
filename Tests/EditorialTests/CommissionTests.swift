import Access
import Editorial
import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// Money that is promised, owed, handed over and noted as paid; nothing here moves any.
struct CommissionTests {
    private static func dollars(_ text: String) -> Money {
        do { return try Money(parsing: text, currency: Currency("USD")) } catch { preconditionFailure("\(error)") }
    }

    private func commission(
        _ desk: Desk, _ article: ID<Article>, _ price: Commission.Price, killPercent: Int = 0, words: Int? = nil
    ) async throws -> Commission {
        try await desk.act("editor") { db, actor in
            let terms = Commission.Terms(price: price, words: words, killPercent: killPercent)
            return try CommissionArticle(article, from: Desk.slug("gus-guest"), terms, by: actor).perform(db)
        }
    }

    private func seen(_ desk: Desk, _ id: ID<Commission>, as name: String = "editor") async throws -> Commission {
        try await desk.act(name) { db, actor in try Commissions.find(db, id, for: actor) }
    }

    private func finance(_ desk: Desk) async throws {
        try await desk.act("admin") { db, admin in
            _ = try AddAccount(
                email: Desk.address("finance"), name: "finance example", grants: [RoleGrant("finance")], by: admin
            ).perform(db)
        }
    }

    @Test func killingAnArticleMakesTheKillFeePayable() async throws {
        try await withDesk { desk in
            let article = try await desk.pitch()
            let fee = try await commission(desk, article, .fee(Self.dollars("333.35")), killPercent: 25)
            #expect(fee.agreed == Self.dollars("333.35"))
            #expect(fee.payable == nil)
            let rate = try await commission(desk, article, .rate(Self.dollars("0.45"), words: 1_200), killPercent: 50)
            #expect(rate.agreed == Self.dollars("540.00"))
            let early = await refusal {
                try await desk.act("editor") { db, actor in
                    _ = try AdvanceCommission(
                        fee.id, .invoiced(Self.dollars("333.35"), reference: nil), by: actor
                    ).perform(db)
                    return try AdvanceCommission(fee.id, .approved, by: actor).perform(db)
                }
            }
            #expect(early == .notPayable(fee.id))
            _ = try await desk.act("chief") { db, actor in
                try SetAside(article, .kill, reason: "the source withdrew", by: actor).perform(db)
            }
            // 333.35 × 25 % is 83.3375, and half a cent goes up.
            #expect(try await seen(desk, fee.id).payable == Self.dollars("83.34"))
            #expect(try await seen(desk, rate.id).payable == Self.dollars("270.00"))
        }
    }

    @Test func aFeeGoesFromInvoiceToPaymentInThatOrderAndOnce() async throws {
        try await withDesk { desk in
            try await finance(desk)
            let article = try await desk.published()
            let id = try await commission(desk, article, .fee(Self.dollars("400.00"))).id
            func step(_ name: String, _ event: AdvanceCommission.Event) async throws -> Commission {
                try await desk.act(name) { db, actor in
                    try AdvanceCommission(id, event, on: LocalDate("2026-12-04"), by: actor).perform(db)
                }
            }
            let skipped = await refusal { try await step("editor", .approved) }
            #expect(skipped == .commissionStep(id, has: nil, wanted: .approved))
            _ = try await step("editor", .invoiced(Self.dollars("400.00"), reference: "2026-17"))
            #expect(try await step("editor", .approved).payable == Self.dollars("400.00"))
            let changed = await refusal {
                try await desk.act("editor") { db, actor in
                    var change = ChangeCommission.Change()
                    change.price = .fee(Self.dollars("9000.00"))
                    return try ChangeCommission(id, change, by: actor).perform(db)
                }
            }
            #expect(changed == .commissionSettled(id))
            func export(_ again: Int64? = nil) async throws -> [ExportCommissions.Line] {
                try await desk.act("finance") { db, actor in
                    try ExportCommissions(again: again, by: actor).perform(db)
                }
            }
            let list = try await export()
            #expect(list.map(\.commission) == [id])
            #expect(list.first?.invoice == "2026-17")
            #expect(try await export() == [])
            #expect(try await export(list.first?.export) == list)
            await #expect(throws: AccessError.self) { _ = try await step("editor", .paid(reference: nil)) }
            #expect(try await step("finance", .paid(reference: "Bank 1")).step == .paid)
            let twice = await refusal { try await step("finance", .paid(reference: nil)) }
            #expect(twice == .commissionStep(id, has: .paid, wanted: .paid))
            let paid = try await desk.act("finance") { db, actor in
                try Commissions.paid(db, in: 2026, threshold: Self.dollars("400.00"), for: actor, limit: 10)
            }
            #expect(paid.map(\.contributor.text) == ["gus-guest"])
            #expect(paid.first?.paid == Self.dollars("400.00"))
            #expect(paid.first?.isReportable == true)
            let lastYear = try await desk.act("finance") { db, actor in
                try Commissions.paid(db, in: 2025, threshold: Self.dollars("400.00"), for: actor, limit: 10)
            }
            #expect(lastYear == [])
        }
    }

    @Test func termsChangeByNewVersionsAndTheOldOnesStay() async throws {
        try await withDesk { desk in
            let article = try await desk.pitch()
            let id = try await commission(desk, article, .rate(Self.dollars("0.50"), words: 800)).id
            let changed = try await desk.act("editor") { db, actor in
                var change = ChangeCommission.Change()
                change.words = 1_000
                return try ChangeCommission(id, change, by: actor).perform(db)
            }
            #expect(changed.version == 2)
            #expect(changed.agreed == Self.dollars("500.00"))
            let words = try await desk.test.app.read { db in
                try db.rows("SELECT words FROM editorial.commission_version ORDER BY number") {
                    try $0.next(Int.self)
                }
            }
            #expect(words == [800, 1_000])
            for sql: SQL in [
                "UPDATE editorial.commission_version SET words = 1", "DELETE FROM editorial.commission_event",
                "UPDATE editorial.commission SET article_id = 1",
            ] {
                let answer = await denied { try await desk.test.app.transaction { db in try db.run(sql) } }
                #expect(answer.state == "42501")
            }
        }
    }

    @Test func feesAreForThoseWhoMayReadThemAndDevelopmentSeesNone() async throws {
        try await withDesk { desk in
            try await finance(desk)
            let article = try await desk.pitch()
            let id = try await commission(desk, article, .fee(Self.dollars("400.00"))).id
            #expect(try await seen(desk, id, as: "chief").agreed == Self.dollars("400.00"))
            let finance = try await seen(desk, id, as: "finance")
            #expect(finance.agreed == Self.dollars("400.00"))
            // Finance reads fees and no drafts.
            #expect(finance.title == nil)
            for name in ["fundraiser", "writer", "publisher", "admin", "freelance"] {
                await #expect(throws: AccessError.self, "\(name)") { _ = try await seen(desk, id, as: name) }
                await #expect(throws: AccessError.self, "\(name)") {
                    _ = try await desk.act(name) { db, actor in
                        try Commissions().list(db, for: actor, limit: 10).count
                    }
                }
                await #expect(throws: AccessError.self, "\(name)") {
                    _ = try await desk.act(name) { db, actor in
                        try Commissions.paid(
                            db, in: 2026, threshold: Self.dollars("1.00"), for: actor, limit: 10
                        ).count
                    }
                }
            }
            let other = await refusal { try await seen(desk, id, as: "bookeditor") }
            #expect(other == .commissionUnknown("\(id)"))
        }
    }

    private static let numbers = [
        "123-45-6789", "see 12-3456789.", "EIN 123456789", "SSN: 123 45 6789", "tax id no. 12 3456789",
        "１２３-４５-６７８９", "123\u{2011}45\u{2011}6789", "his Social Security number is 123456789",
        "W-9 (123456789) on file", "(123-45-6789)",
    ]

    @Test(arguments: numbers)
    func aTaxNumberIsRefusedInEveryFieldAndNotRepeated(number: String) async throws {
        try await withDesk { desk in
            let article = try await desk.pitch()
            let id = try await commission(desk, article, .fee(Self.dollars("400.00"))).id
            for field in ["agreement", "note"] {
                let error = await refusal {
                    try await desk.act("editor") { db, actor in
                        var change = ChangeCommission.Change()
                        if field == "note" { change.note = number } else { change.agreement = number }
                        return try ChangeCommission(id, change, by: actor).perform(db)
                    }
                }
                #expect(error == .taxNumber(field: field))
            }
            let invoice = await refusal {
                try await desk.act("editor") { db, actor in
                    try AdvanceCommission(
                        id, .invoiced(Self.dollars("1.00"), reference: number), by: actor
                    ).perform(db)
                }
            }
            #expect(invoice == .taxNumber(field: "reference"))
            let profile = await refusal {
                try await desk.act("editor") { db, actor in
                    var change = EditContributor.Change()
                    change.affiliations = number
                    return try EditContributor(Desk.slug("gus-guest"), change, by: actor).perform(db)
                }
            }
            #expect(profile == .taxNumber(field: "affiliations"))
        }
    }

    @Test(arguments: [
        "+1 212-555-0147", "2026-11-22", "ISBN 978-3-16-148410-0", "Signed 2026-01-15, folder 12-34",
        "protein 123456789",
        "10.1038/123-45", "call 555 0147 or 555 0148", "Invoice 123456789",
    ])
    func whatIsNoTaxNumberIsKept(text: String) async throws {
        try await withDesk { desk in
            let profile = try await desk.act("editor") { db, actor in
                var change = EditContributor.Change()
                change.affiliations = text
                return try EditContributor(Desk.slug("gus-guest"), change, by: actor).perform(db)
            }
            #expect(profile.affiliations == text)
        }
    }

    @Test func theDatabaseRefusesATaxNumberToo() async throws {
        try await withDesk { desk in
            let answer = await denied {
                try await desk.test.app.transaction { db in
                    try db.run("UPDATE editorial.contributor SET biography = 'born 123-45-6789' WHERE id = 1")
                }
            }
            #expect(answer.rule == "contributor_clean")
        }
    }
}
