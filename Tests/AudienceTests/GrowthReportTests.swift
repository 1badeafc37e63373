import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Check 23: what is compared with what, by the spec's rules. A log with the same views in every hour makes the length
/// of a stretch its count.
struct GrowthReportTests {
    @Test func aMonthIsHeldAgainstTheOneBeforeAndByTheHour() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test)
            try await site.log(1, everyHourFrom: "2026-01-01 00:00", to: "2026-05-01 00:00")
            let lines = try await site.growth(
                GrowthReport(.each(.month)), now: "2026-05-02T00:00:00Z")
            #expect(lines.map(\.stretch.description) == ["2026-01", "2026-02", "2026-03", "2026-04"])
            // Warsaw's hours: 31 · 24, 28 · 24, 31 · 24 − 1, 30 · 24.
            #expect(lines.map(\.views) == [744, 672, 743, 720])
            #expect(lines.map(\.growth.state) == [.notAvailable, .ok, .ok, .ok])
            // 71 / 672 = 10.565… %
            #expect(lines[2].growth.percentExact == "10.57")
            #expect(lines[2].perHour.percentExact == "0")
            #expect(lines[2].meters == ["log"])
        }
    }

    @Test func theMonthSoFarIsHeldAgainstTheSameElapsedTimeOfTheWall() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test)
            try await site.log(1, everyHourFrom: "2026-08-01 00:00", to: "2026-10-30 10:00")
            // The log ends at 10:00; what the clock says since doesn't count.
            let mtd = try await site.growth(GrowthReport(.monthToDate), now: "2026-10-30T11:00:00+01:00")
            #expect(mtd.map(\.stretch.description) == ["2026-10-01..2026-10-30T10:00"])
            #expect(mtd[0].against.description == "2026-09-01..2026-09-30T10:00")
            // 29 days and 10 hours, and the hour that October has twice.
            #expect(mtd[0].views == 707 && mtd[0].previous == 706)
            #expect(mtd[0].growth.state == .ok)
            // Nothing was counted in November: nothing is said of it.
            let later = try await site.growth(GrowthReport(.monthToDate), now: "2026-11-05T11:00:00+01:00")
            #expect(later[0].growth.state == .notAvailable)
            let yearAgo = try await site.growth(
                GrowthReport(.monthToDate, against: .yearAgo), now: "2026-10-30T11:00:00+01:00")
            #expect(yearAgo[0].against.description == "2025-10-01..2025-10-30T10:00")
            #expect(yearAgo[0].growth.state == .notAvailable)
        }
    }

    @Test func theElapsedTimeOfALongMonthEndsWithTheShortOne() throws {
        let march = Stretch(from: try LocalDateTime("2026-03-01 00:00"), to: try LocalDateTime("2026-03-31 10:00"))
        #expect(march.sameElapsed(monthsEarlier: 1).description == "2026-02-01..2026-02-28")
        #expect(march.sameElapsed(monthsEarlier: 12).description == "2025-03-01..2025-03-31T10:00")
        let leap = Stretch.trailing(7, through: try LocalDate("2028-02-29").adding(months: -12))
        #expect(leap.description == "2027-02-22..2027-02-28")
    }

    @Test func trailingDaysAreWholeDays() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test)
            try await site.log(1, everyHourFrom: "2026-10-01 00:00", to: "2026-10-28 12:00")
            let week = try await site.growth(GrowthReport(.trailing(days: 7)), now: "2026-10-28T13:00:00+01:00")
            #expect(week[0].stretch.description == "2026-10-21..2026-10-27")
            #expect(week[0].against.description == "2026-10-14..2026-10-20")
            // Seven days, one of them of 25 hours.
            #expect(week[0].views == 169 && week[0].previous == 168)
            let long = try await site.growth(GrowthReport(.trailing(days: 14)), now: "2026-10-28T13:00:00+01:00")
            #expect(long[0].growth.state == .notAvailable, "the 14 days before aren't covered")
        }
    }

    @Test func aYearByItsAverageMonthIsHeldAgainstAMonth() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test, zone: "UTC")
            try await site.log(2, everyHourFrom: "2025-01-01 00:00", to: "2026-01-01 00:00")
            try await site.log(3, everyHourFrom: "2026-01-01 00:00", to: "2026-03-01 00:00")
            let now = "2026-03-02T00:00:00Z"
            let fixed = GrowthReport(
                .one(try Period("2026-01")), against: .period(try Period("2025")), measure: .averageMonth)
            let line = try await site.growth(fixed, now: now)[0]
            // 8,760 hours twice, by twelve: 1,460; January 744 hours three times: 2,232.
            #expect(line.previous == 1_460 && line.views == 2_232)
            // 772 / 1,460 = 52.876… %
            #expect(line.growth.percentExact == "52.88")
            #expect(
                try line.sentence(Wording("rounded"), site: "example.org")
                    == "Page views of example.org rose by 53 % in January 2026 against the average month of 2025 "
                    + "(counted by our log).")
            let unequal = GrowthReport(.one(try Period("2026-01")), against: .period(try Period("2025")))
            await #expect(throws: AudienceError.periodGranularity(period: "2025", wanted: "month")) {
                try await site.growth(unequal, now: now)
            }
            let days = GrowthReport(
                .one(try Period("2026-01-31")), against: .period(try Period("2025-06-30")))
            // Any two periods: 72 views against 48.
            #expect(try await site.growth(days, now: now)[0].growth.percentExact == "50")
        }
    }

    @Test func nothingIsSaidOfAPeriodThatEndsInTheFuture() async throws {
        try await withTestDatabase { test in
            let site = try await CountedSite(test, zone: "UTC")
            try await site.log(1, everyHourFrom: "2026-01-15 00:00", to: "2026-03-10 00:00")
            func states(_ completeness: GrowthReport.Completeness) async throws -> [Growth.State] {
                try await site.growth(
                    GrowthReport(.each(.month), completeness: completeness), now: "2026-03-10T06:00:00Z"
                ).map(\.growth.state)
            }
            #expect(try await states(.required) == [.notAvailable, .notAvailable, .notAvailable])
            #expect(try await states(.partialAllowed) == [.notAvailable, .ok, .notAvailable])
        }
    }
}
