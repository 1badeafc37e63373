import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Promises: what was promised, what came for it, and what won't come any more.
struct PledgeTests {
    private func usd(_ text: String) throws -> Money { try Money(parsing: text, currency: Currency("USD")) }

    private func parts(_ parts: [(String, String)]) throws -> [PledgeSchedule.Part] {
        try parts.map { .init(dueOn: try LocalDate($0.0), amount: try usd($0.1)) }
    }

    /// A promise of two parts of 60.00 and 40.00 unless others are named.
    private func promise(
        _ books: Books, _ donor: ID<Donor>, _ parts: [(String, String)]? = nil, condition: String? = nil
    ) async throws -> [PledgeInstalment] {
        let parts = try self.parts(parts ?? [("2026-03-01", "60.00"), ("2026-09-01", "40.00")])
        let sum = try parts.reduce(usd("0")) { try $0.adding($1.amount) }
        var promise = AddPledge.Promise(.pledge, of: donor, sum, try PledgeSchedule(parts, promised: sum))
        promise.condition = condition
        return try await books.app.transaction { [promise] db in
            try AddPledge(promise, by: books.actor(db)).perform(db).instalments(db)
        }
    }

    private func give(_ books: Books, _ donor: ID<Donor>, _ amount: String) async throws -> ID<Gift> {
        var slip = RecordGift.Slip(kind: .check, amount: try usd(amount))
        slip.giver = .known(donor)
        return try await books.record(slip)
    }

    @discardableResult
    private func settle(
        _ books: Books, _ part: PledgeInstalment, _ gift: ID<Gift>, _ amount: String? = nil,
        from: SettleInstalment.From = .thePromiser
    ) async throws -> PledgeInstalment {
        let amount = try amount.map { try usd($0) }
        return try await books.app.transaction { db in
            try SettleInstalment(part.id, by: gift, amount: amount, from: from, as: books.actor(db)).perform(db)
        }
    }

    private func refund(_ books: Books, _ gift: ID<Gift>, _ amount: String) async throws {
        let amount = try usd(amount)
        _ = try await books.app.transaction { db in
            try RefundGift(gift, amount, at: nil, reason: "Asked for it", by: books.actor(db)).perform(db)
        }
    }

    private func open(_ books: Books, _ parts: [PledgeInstalment]) async throws -> [Int64] {
        try await books.app.read { db in try parts.map { try PledgeInstalment.find(db, $0.id).open.minor } }
    }

    private func refusal(_ body: () async throws -> Void) async -> PledgeRefusal? {
        do { try await body() } catch FundraisingError.pledge(let refusal) { return refusal } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func promisedIsNeverReceived() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            _ = try await promise(books, donor)
            let hanging = try await promise(books, donor, [("2026-05-01", "500.00")], condition: "Readers give as much")
            #expect(try await books.report() == [])
            #expect(try await books.count("fundraising.entry") == 0)
            let totals = try await books.app.read { try Pledge.totals($0) }
            #expect(totals.map(\.hangs) == [false, true])
            #expect(totals.map(\.promised.minor) == [10_000, 50_000])
            #expect(totals.map(\.open.minor) == [10_000, 50_000])

            let pledge = hanging[0].pledge
            try await books.app.transaction { db in
                _ = try MeetCondition(pledge, on: nil, by: books.actor(db)).perform(db)
            }
            #expect(try await books.app.read { try Pledge.totals($0) }.map(\.promised.minor) == [60_000])
            #expect(
                await refusal {
                    try await books.app.transaction { db in
                        _ = try MeetCondition(pledge, on: nil, by: books.actor(db)).perform(db)
                    }
                } == .conditionMet(pledge))
            #expect(
                await books.refusal(of: "UPDATE fundraising.pledge SET met_on = '2020-01-01'")?.constraint != nil)
        }
    }

    @Test func aGiftSettlesAtMostWhatIsOpenAndARefundOpensItAgain() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let parts = try await promise(books, donor)
            let gift = try await give(books, donor, "100.00")
            #expect(
                await refusal { try await settle(books, parts[0], gift) }
                    == .aboveOpen(parts[0].id, open: try usd("60")))
            try await settle(books, parts[0], gift, "20.00")
            try await settle(books, parts[0], gift, "40.00")
            try await settle(books, parts[1], gift)
            #expect(try await open(books, parts) == [0, 0])
            #expect(
                await refusal { try await settle(books, parts[1], gift, "0.01") }
                    == .aboveGift(gift, left: try usd("0")))

            // What goes back is taken from what was settled last.
            try await refund(books, gift, "30.00")
            #expect(try await open(books, parts) == [0, 3_000])
            try await refund(books, gift, "70.00")
            #expect(try await open(books, parts) == [6_000, 4_000])
            let second = try await give(books, donor, "50.00")
            try await settle(books, parts[0], second)
            #expect(try await open(books, parts) == [1_000, 4_000])
            #expect(try await books.net() == ["2026": 5_000])
        }
    }

    @Test func onlyAGiftThatFitsThePromiseSettlesIt() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let other = try await books.addDonor("Bo Giver")
            let parts = try await promise(books, donor)
            var euros = RecordGift.Slip(kind: .cash, amount: try Money(parsing: "10", currency: Currency("EUR")))
            euros.giver = .known(donor)
            let inEuros = try await books.record(euros)
            #expect(
                await refusal { try await settle(books, parts[0], inEuros) } == .notForPledge(inEuros, parts[0].pledge))
            let others = try await give(books, other, "10.00")
            #expect(
                await refusal { try await settle(books, parts[0], others) } == .ofOtherDonor(others, parts[0].pledge))
            try await settle(books, parts[0], others, "4.00", from: .anyone)
            // Once they are one person it needs no saying.
            _ = try await books.merge(other, into: donor)
            try await settle(books, parts[0], others)
            #expect(try await open(books, parts) == [5_000, 4_000])
            #expect(
                await refusal { try await settle(books, parts[0], others) } == .aboveGift(others, left: try usd("0")))
        }
    }

    @Test func instalmentsComeToThePromiseInTheDatabaseToo() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            _ = try await promise(books, donor)
            let added =
                "INSERT INTO fundraising.pledge_instalment (pledge_id, due_on, amount_minor) VALUES (1, '2027-01-01', 1)"
            #expect(await books.refusal(of: added)?.constraint == "pledge_instalments_sum")
            let bare = """
                INSERT INTO fundraising.pledge (kind, donor_id, currency, amount_minor, promised_on, is_conditional, \
                created_by) VALUES ('pledge', 1, 'USD', 100, '2026-01-01', false, 1)
                """
            #expect(await books.refusal(of: bare)?.constraint == "pledge_instalments_sum")
            for statement in [
                "UPDATE fundraising.pledge SET amount_minor = 1", "DELETE FROM fundraising.pledge_instalment",
                "UPDATE fundraising.pledge_instalment SET amount_minor = 1",
                "DELETE FROM fundraising.pledge_settlement",
            ] { #expect(await books.refusal(of: statement)?.sqlstate == "42501", "\(statement)") }
            // A statement that skips the program's own checks meets the database's.
            let gift = try await give(books, donor, "70.00")
            func insert(_ instalment: Int, _ minor: Int) async -> String? {
                await books.refusal(
                    of: """
                        INSERT INTO fundraising.pledge_settlement (instalment_id, gift_id, amount_minor, settled_by) \
                        VALUES (\(instalment), \(gift), \(minor), 1)
                        """)?.constraint
            }
            #expect(await insert(1, 6_001) == "pledge_settlement_within_open")
            #expect(await insert(1, 6_000) == nil)
            #expect(await insert(2, 1_001) == "pledge_settlement_within_gift")
        }
    }

    @Test func oneInstalmentIsNotSettledTwiceAtOnce() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let part = try await promise(books, donor, [("2026-03-01", "100.00")])[0]
            var gifts: [ID<Gift>] = []
            for _ in 0..<6 { gifts.append(try await give(books, donor, "30.00")) }
            let settled = await withTaskGroup(of: Bool.self) { group in
                for gift in gifts {
                    group.addTask { (try? await self.settle(books, part, gift)) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(settled == 3)
            #expect(try await open(books, [part]) == [1_000])
        }
    }

    @Test func givingUpMuchTakesTwoPeopleHoweverItIsCut() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let parts = try await promise(books, donor, [("2026-03-01", "900.00"), ("2026-09-01", "900.00")])
            func writeOff(_ part: Int, _ amount: String? = nil, as role: Role = .development) async throws
                -> PledgeWriteOff
            {
                let amount = try amount.map { try usd($0) }
                return try await books.app.transaction { db in
                    try WriteOffInstalment(
                        parts[part].id, amount: amount, reason: "Moved away", by: books.actor(db, role)
                    ).perform(db)
                }
            }
            func approve(_ id: ID<PledgeWriteOff>, as role: Role = .finance) async throws {
                try await books.app.transaction { db in
                    _ = try ApproveWriteOff(id, by: books.actor(db, role)).perform(db)
                }
            }
            #expect(try await writeOff(0).counts)
            #expect(try await open(books, parts) == [0, 90_000])
            let large = try await writeOff(1, "100.01", as: .finance)
            #expect(large.takesTwo && !large.counts)
            #expect(try await open(books, parts) == [0, 90_000])
            #expect(await refusal { try await approve(large.id) } == .ownWriteOff(large.id))
            let second = try await writeOff(1, "300.00")
            await #expect(throws: AccessError.self) { try await approve(second.id, as: .development) }
            try await approve(second.id)
            #expect(await refusal { try await approve(second.id) } == .writeOffDecided(second.id))
            #expect(try await open(books, parts) == [0, 60_000])
            // What came meanwhile isn't given up.
            try await settle(books, parts[1], try await give(books, donor, "550.00"))
            #expect(
                await refusal { _ = try await writeOff(1, "50.01") } == .aboveOpen(parts[1].id, open: try usd("50")))
            let money = try await books.app.read { try Pledge.find($0, parts[0].pledge) }
            #expect(money.promised.minor == money.settled.minor + money.writtenOff.minor + money.open.minor)
            #expect(
                await books.refusal(
                    of: "UPDATE fundraising.pledge_write_off SET approved_by = 1, approved_at = now() WHERE id = 1")?
                    .constraint != nil)
        }
    }

    @Test func evenPartsComeToTheWholeAndKeepTheirDay() async throws {
        let schedule = try PledgeSchedule(usd("100.00"), every: .month, times: 3, from: LocalDate("2026-01-31"))
        #expect(schedule.parts.map(\.amount.minor) == [3_334, 3_333, 3_333])
        #expect(schedule.parts.map(\.dueOn.description) == ["2026-01-31", "2026-02-28", "2026-03-31"])
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let (minor, times) = (
                Int64.random(in: 240...1_000_000_000, using: &random), Int.random(in: 1...240, using: &random)
            )
            let even = try PledgeSchedule(
                Money(minor: minor, currency: Currency("USD")), every: .week, times: times,
                from: LocalDate("2026-01-01"))
            #expect(even.parts.reduce(0) { $0 + $1.amount.minor } == minor)
            let amounts = even.parts.map(\.amount.minor)
            #expect((amounts.max() ?? 0) - (amounts.min() ?? 0) <= 1)
        }
        for bad in [
            [("2026-01-01", "1.00")], [("2026-01-01", "50.00"), ("2026-01-01", "50.00")], [],
            [("2026-01-01", "101.00"), ("2026-01-02", "-1.00")],
        ] {
            let parts = try parts(bad)
            #expect(throws: FundraisingError.self) { try PledgeSchedule(parts, promised: try usd("100.00")) }
        }
    }

    @Test func whatIsDueIsSaidTheLongestOverdueFirst() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("A Foundation")
            let sum = try usd("30.00")
            var grant = AddPledge.Promise(
                .grant, of: donor, sum,
                try PledgeSchedule(sum, every: .quarter, times: 3, from: LocalDate("2026-01-15")))
            grant.reportsDue = [try LocalDate("2026-04-01"), try LocalDate("2027-04-01")]
            let pledge = try await books.app.transaction { [grant] db in
                try AddPledge(grant, by: books.actor(db)).perform(db)
            }
            let due = try await books.app.read { db in
                (
                    try PledgeInstalment.due(db, upTo: LocalDate("2026-04-15"), limit: 10).map(\.dueOn.description),
                    try PledgeReport.due(db, upTo: LocalDate("2026-04-15"), limit: 10)
                )
            }
            #expect(due.0 == ["2026-01-15", "2026-04-15"])
            #expect(due.1.map(\.dueOn.description) == ["2026-04-01"])
            let report = due.1[0].id
            try await books.app.transaction { db in
                _ = try ReportToFunder(report, on: nil, by: books.actor(db)).perform(db)
            }
            let left = try await books.app.read { db in
                try PledgeReport.due(db, upTo: LocalDate("2030-01-01"), limit: 10).map(\.dueOn.description)
            }
            #expect(left == ["2027-04-01"])
            #expect(pledge.open == sum)
        }
    }

    @Test func forgettingADonorTakesTheWordsOfHisPromise() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            let parts = try await promise(books, donor, condition: "When Ann's house is sold")
            _ = try await books.app.transaction { db in
                try WriteOffInstalment(parts[0].id, reason: "Ann moved", by: books.actor(db)).perform(db)
            }
            let before = try await books.app.read { try Pledge.totals($0) }
            _ = try await books.app.transaction { db in
                try EraseDonor(donor, reason: "Asked by letter", by: books.actor(db)).perform(db)
            }
            #expect(try await books.app.read { try Pledge.totals($0) } == before)
            #expect(try await books.count("fundraising.pledge WHERE condition IS NOT NULL") == 0)
            #expect(try await books.count("fundraising.pledge_write_off WHERE reason IS NOT NULL") == 0)
        }
    }
}
