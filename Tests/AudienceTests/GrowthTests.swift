import Foundation
import Testing
import Values

@testable import Audience

/// Check 23, the table of growth.
struct GrowthTests {
    private func percent(_ previous: Int?, _ current: Int?) -> String? {
        Growth(current: current, previous: previous).percent
    }
    private func exact(_ previous: Int, _ current: Int) -> String? {
        Growth(current: current, previous: previous).percentExact
    }

    @Test func aHundredAndThirtyThreePercentIsExact() {
        #expect(percent(150_000, 349_500) == "133")
        #expect(exact(150_000, 349_500) == "133")
        #expect(percent(300, 699) == "133")
        #expect(exact(300, 699) == "133")
    }

    @Test func halvesAreRoundedAwayFromZero() {
        #expect(percent(3, 7) == "133")
        #expect(exact(3, 7) == "133.33")
        #expect(percent(200, 465) == "133")
        #expect(exact(200, 465) == "132.5")
        #expect(percent(200, 467) == "134")
        #expect(exact(200, 467) == "133.5")
        #expect(percent(8, 7) == "-13")
        #expect(exact(8, 7) == "-12.5")
        #expect(percent(1_000, 999) == "0")
        #expect(exact(1_000, 999) == "-0.1")
    }

    @Test func aZeroBaseHasNoPercent() {
        #expect(Growth(current: 5, previous: 0).state == .new)
        #expect(percent(0, 5) == nil)
        #expect(Growth(current: 0, previous: 0).state == .flat)
        #expect(percent(0, 0) == "0")
        #expect(Growth(current: 0, previous: 5).state == .gone)
        #expect(percent(5, 0) == "-100")
        #expect(Growth(current: 5, previous: nil).state == .notAvailable)
        #expect(percent(nil, 5) == nil)
    }

    @Test func countsBeyondWhatADoubleHoldsAreExact() {
        let large = 1 << 53 | 1
        #expect(exact(large, large * 2) == "100")
        #expect(exact(.max, .max) == "0")
        #expect(exact(1, .max) != nil)
    }

    @Test func monthsOfDifferentLengthsAreComparedByTheHourToo() throws {
        let warsaw = try Zone.named("Europe/Warsaw")
        func seconds(_ month: String) throws -> Int {
            let bounds = try Period(month).bounds(in: warsaw)
            return Int(bounds.upperBound.seconds - bounds.lowerBound.seconds)
        }
        #expect(try seconds("2026-02") == 672 * 3_600)
        #expect(try seconds("2026-03") == 743 * 3_600)
        #expect(exact(280_000, 310_000) == "10.71")
        let perHour = Growth.perHour(
            current: 310_000, seconds: try seconds("2026-03"), previous: 280_000,
            previousSeconds: try seconds("2026-02"))
        #expect(perHour.percentExact == "0.13")
    }

    @Test(arguments: [
        ("Europe/Warsaw", "2026-10", 745.0), ("America/New_York", "2026-11", 721),
        ("Australia/Lord_Howe", "2026-04", 720.5),
    ])
    func monthsHaveAsManyHoursAsTheirClocksSay(zone: String, month: String, hours: Double) throws {
        let bounds = try Period(month).bounds(in: Zone.named(zone))
        #expect(Double(bounds.upperBound.seconds - bounds.lowerBound.seconds) / 3_600 == hours)
    }

    private func bucket(_ instant: String, _ zone: String) throws -> Bucket {
        let zone = try Zone.named(zone)
        return SiteCalendar.bucket(try Timestamp(iso8601: instant).seconds, site: 0) {
            zone.offset(at: Timestamp(seconds: $0))
        }
    }

    @Test func aBucketIsTheInstantAtWhichTheLocalHourBegan() throws {
        // Half an hour after midnight in Warsaw's winter is still February.
        let february = try bucket("2026-03-01T00:30:00+02:00", "Europe/Warsaw")
        #expect(LocalDate(daysSince1970: Int(february.day)).description == "2026-02-28")
        let summer = try bucket("2026-10-25T02:30:00+02:00", "Europe/Warsaw")
        let winter = try bucket("2026-10-25T02:30:00+01:00", "Europe/Warsaw")
        #expect(summer.start != winter.start)
        let april = try bucket("2026-04-01T03:15:00+05:30", "Europe/Warsaw")
        #expect(
            Timestamp(seconds: april.start).iso8601(in: .utc) == "2026-03-31T21:00:00Z"
                || Timestamp(seconds: april.start).iso8601(in: .utc) == "2026-03-31T21:00:00+00:00")
        #expect(LocalDate(daysSince1970: Int(april.day)).description == "2026-03-31")
    }

    @Test func aClockThatMovesByHalfAnHourHasThreeBucketsInTwoHours() throws {
        let starts = try ["2026-04-04T14:10:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:40:00Z"].map {
            try bucket($0, "Australia/Lord_Howe").start
        }
        let expected = try ["2026-04-04T14:00:00Z", "2026-04-04T14:30:00Z", "2026-04-04T15:30:00Z"].map {
            try Timestamp(iso8601: $0).seconds
        }
        #expect(starts == expected)
    }

    @Test func coverageClosesADayAndNoMore() throws {
        let day: Int64 = 86_400
        let coverage = Coverage([0...day, (2 * day)...(3 * day), (4 * day + 1)...(5 * day)])
        #expect(coverage.spans == [0...(3 * day), (4 * day + 1)...(5 * day)])
        func covers(_ from: Int64, _ to: Int64, now: Int64 = 9 * 86_400) -> Bool {
            coverage.contains(Timestamp(seconds: from)..<Timestamp(seconds: to), now: Timestamp(seconds: now))
        }
        #expect(covers(0, 3 * day))
        #expect(!covers(0, 4 * day))
        #expect(!covers(-1, 3 * day))
        #expect(!covers(0, 3 * day, now: 3 * day - 1))
    }
}

/// What referring hosts are called.
struct SourceNameTests {
    @Test(arguments: [
        ("google.com", "google"), ("google.co.uk", "google"), ("www.google.de", "google"),
        ("news.google.com", "google news"),
        ("mail.google.com", "gmail"), ("t.co", "x"), ("m.facebook.com", "facebook"),
        ("notfacebook.com", "notfacebook.com"),
        ("chatgpt.com", "chatgpt"), ("example.net", "example.net"), ("google.example.net", "google.example.net"),
    ])
    func hostsAreCalledByTheirName(host: String, name: String) throws {
        let text = try Data(contentsOf: packageRoot.appending(path: "Config/sources.json"))
        let names = try SourceNames(parsing: [UInt8](text))
        #expect(names.name(ofHost: host) == name)
    }
}
