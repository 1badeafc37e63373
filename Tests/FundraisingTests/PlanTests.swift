import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// The dates of plans, reckoned from their anchors.
struct PlanScheduleTests {
    private func schedule(_ anchor: String, _ unit: PlanSchedule.Unit, every: Int = 1) throws -> PlanSchedule {
        PlanSchedule(anchor: try LocalDateTime(anchor), unit: unit, every: every)
    }

    @Test func the31stStaysThe31stFor48Months() throws {
        let plan = try schedule("2024-01-31 09:30", .month)
        for n in 0..<48 {
            let date = plan.date(n)
            // Written out here: year and month count on, the day is the 31st or the month's last.
            let (year, month) = (2024 + n / 12, n % 12 + 1)
            let last = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            #expect(date == (try LocalDate(year: year, month: month, day: last)))
        }
    }

    @Test func the29thOfFebruaryComesBack() throws {
        let plan = try schedule("2024-02-29 12:00", .year)
        #expect(
            (0...4).map { plan.date($0).description } == [
                "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
            ])
        let monthly = try schedule("2024-02-29 12:00", .month)
        #expect(monthly.date(1).description == "2024-03-29")
        #expect(monthly.date(12).description == "2025-02-28")
        #expect(monthly.date(13).description == "2025-03-29")
    }

    @Test func theWallTimeStaysAcrossClockChanges() throws {
        let zone = try Zone.named("America/New_York")
        // Clocks go forward on 8 March 2026 at 2:00 and back on 1 November 2026 at 2:00.
        let nightly = try schedule("2026-03-06 02:30", .day)
        #expect(
            (0...3).map { nightly.instant($0, in: zone).iso8601(in: zone) } == [
                "2026-03-06T02:30:00-05:00", "2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00",
                "2026-03-09T02:30:00-04:00",
            ])
        let autumn = try schedule("2026-10-31 01:30", .day)
        #expect(autumn.instant(1, in: zone).iso8601(in: zone) == "2026-11-01T01:30:00-04:00")
        #expect(autumn.instant(2, in: zone).iso8601(in: zone) == "2026-11-02T01:30:00-05:00")
    }

    @Test func datesBetweenTwoDaysAreThoseOfAPlainCount() throws {
        var random = SeededRandom(seed: 20)
        for _ in 0..<500 {
            let day = try LocalDate("2020-01-01").adding(days: Int.random(in: 0...1_500, using: &random))
            let plan = PlanSchedule(
                anchor: LocalDateTime(date: day, secondOfDay: 0),
                unit: PlanSchedule.Unit.allCases.randomElement(using: &random) ?? .month,
                every: Int.random(in: 1...5, using: &random))
            let first = try LocalDate("2020-01-01").adding(days: Int.random(in: 0...3_000, using: &random))
            let last = first.adding(days: Int.random(in: -5...900, using: &random))
            let expected = (0...5_000).map { ($0, plan.date($0)) }.filter { first <= $0.1 && $0.1 <= last }
            let dates = plan.dates(from: first, through: last)
            #expect(dates.map(\.n) == expected.map(\.0))
            #expect(dates.map(\.date) == expected.map(\.1))
        }
    }

    @Test(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
    func theMonthlySumIsThatOfTheVectors() throws {
        let vectors = try Vectors()
        var sum = Ratio.zero
        for plan in vectors.json["mrr"]?["plans"]?.array ?? [] {
            let amount = Money(minor: plan.array?[0].integer ?? 0, currency: try Currency("USD"))
            let word = plan.array?[1].string ?? ""
            let unit = PlanSchedule.Unit(rawValue: word) ?? .month
            let schedule = try schedule("2026-01-01 00:00", unit, every: word == "quarter" ? 3 : 1)
            sum = try sum.adding(schedule.monthly(amount))
        }
        #expect(sum.rounded == vectors.json["mrr"]?["expect"]?.integer)
        #expect(sum == Ratio(32_000, of: 3))
    }
}

/// What plans bring, will bring and should have brought.
struct PlanReportTests {
    private func withPlans(_ body: (Plans) async throws -> Void) async throws {
        try await withBooks { try await body(Plans(books: $0)) }
    }

    @Test(.enabled(if: Vectors.path != nil, "the vectors are not beside the package"))
    func thePlansOfTheVectorsBringWhatTheySay() async throws {
        let vectors = try Vectors()
        try await withPlans { plans in
            for (index, plan) in (vectors.json["mrr"]?["plans"]?.array ?? []).enumerated() {
                let word = plan.array?[1].string ?? ""
                try await plans.add("sub_\(index)", anchor: "2026-01-05T12:00:00Z")
                try await plans.say(
                    "sub_\(index)", "2026-01-05T12:00:00Z", "active", plan.array?[0].integer ?? 0,
                    word == "quarter" ? "month" : word, every: word == "quarter" ? 3 : 1)
            }
            let report = MonthlyReport(from: try LocalDate("2026-01-04"), to: try LocalDate("2026-01-05"))
            let totals = try await plans.books.app.read { try report.totals($0) }
            #expect(totals.map(\.now.rounded) == [vectors.json["mrr"]?["expect"]?.integer])
            #expect(totals.first?.lines.map(\.change) == [.new])
            #expect(totals.first?.before == .zero)
        }
    }

    @Test func theBridgeLeadsFromTheBeginningToTheEnd() async throws {
        try await withPlans { plans in
            for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                try await plans.add(name, anchor: "2026-01-05T12:00:00Z")
            }
            for name in ["a", "b", "c", "d", "e"] {
                try await plans.say(name, "2026-01-05T12:00:00Z", "active", 1_000)
            }
            try await plans.say("f", "2026-01-05T12:00:00Z", "active", 700)
            try await plans.say("f", "2026-01-20T12:00:00Z", "paused", 700)
            // From here on it is February.
            try await plans.say("a", "2026-02-10T12:00:00Z", "active", 18_000, "year")
            try await plans.say("b", "2026-02-10T12:00:00Z", "active", 100, "week", every: 2)
            try await plans.say("c", "2026-02-10T12:00:00Z", "cancelled", 1_000, voluntary: true)
            try await plans.say("d", "2026-02-10T12:00:00Z", "overdue", 1_000)
            try await plans.say("e", "2026-02-10T12:00:00Z", "cancelled", 1_000, voluntary: false)
            try await plans.say("f", "2026-02-10T12:00:00Z", "active", 700)
            try await plans.say("g", "2026-02-10T12:00:00Z", "active", 300)
            try await plans.say("h", "2026-02-10T12:00:00Z", "pending", 900)
            // Midnight of the last day is New York's: this is March.
            try await plans.say("d", "2026-03-01T05:00:00Z", "cancelled", 1_000, voluntary: true)

            let report = MonthlyReport(from: try LocalDate("2026-01-31"), to: try LocalDate("2026-02-28"))
            let total = try #require(try await plans.books.app.read { try report.totals($0) }.first)
            let changes = total.lines.map { "\($0.change.rawValue) \($0.plans)" }
            #expect(
                changes == [
                    "new 1", "reactivated 1", "expansion 1", "contraction 1", "unchanged 1", "churn_voluntary 1",
                    "churn_involuntary 1",
                ])
            #expect(total.before == Ratio(5_000, of: 1))
            // 1,500 + 100 × 52 / 24 + 1,000 + 700 + 300
            #expect(total.now == Ratio(3_500 * 24 + 5_200, of: 24))
            #expect(total.plansBefore == 5)
            #expect(total.plansNow == 5)
            var sum = total.before
            for line in total.lines {
                sum = try sum.adding(line.now).adding(Ratio(-line.before.numerator, of: line.before.denominator))
            }
            #expect(sum == total.now)
        }
    }

    @Test func theForecastGoesByTheAnchor() async throws {
        try await withPlans { plans in
            try await plans.add("m", anchor: "2025-10-31T16:00:00Z")
            try await plans.say("m", "2025-10-31T16:00:00Z", "active", 1_000)
            try await plans.add("w", anchor: "2026-01-01T17:00:00Z")
            try await plans.say("w", "2026-01-01T17:00:00Z", "active", 100, "week")
            try await plans.add("p", anchor: "2026-01-01T17:00:00Z")
            try await plans.say("p", "2026-01-01T17:00:00Z", "paused", 5_000)
            let report = ForecastReport(from: try LocalDate("2026-02-01"), to: try LocalDate("2026-04-30"))
            let zone = plans.books.zone
            let lines = try await plans.books.app.read { try report.lines($0, in: zone) }
            #expect(
                lines.map { "\($0.month) \($0.plans) \($0.instalments) \($0.amount.minor)" } == [
                    // Thursdays of February 2026: 5, 12, 19, 26; of April five.
                    "2026-02 2 5 1400", "2026-03 2 5 1400", "2026-04 2 6 1500",
                ])
        }
    }

    @Test func aRenewalThatNeitherCameNorFailedIsAGap() async throws {
        try await withPlans { plans in
            try await plans.add("m", anchor: "2026-01-31T17:00:00Z")
            try await plans.say("m", "2026-01-31T17:00:00Z", "active", 1_000)
            try await plans.instalment("m", due: "2026-01-31T17:00:00Z", paid: "2026-01-31T17:00:05Z")
            // February is missing, March failed, April was asked for and nothing came of it.
            try await plans.instalment("m", due: "2026-04-01T05:00:00Z", failed: "2026-04-01T06:00:00Z")
            try await plans.instalment("m", due: "2026-04-30T17:00:00Z")
            try await plans.say("m", "2026-05-10T17:00:00Z", "paused", 1_000)
            try await plans.say("m", "2026-07-15T17:00:00Z", "active", 1_000)
            try await plans.instalment("m", due: "2026-07-31T17:00:00Z", paid: "2026-07-31T17:00:05Z")
            let report = GapReport(from: try LocalDate("2026-01-01"), to: try LocalDate("2026-08-25"))
            let zone = plans.books.zone
            let rows = try await plans.books.app.read { try report.rows($0, in: zone) }
            // While it paused, in May and June, nothing was due.
            #expect(rows.map(\.due.description) == ["2026-02-28", "2026-04-30"])
            #expect(rows.allSatisfy { $0.amount.minor == 1_000 })
        }
    }
}
