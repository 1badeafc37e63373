import Testing
import Values

@Suite struct ZoneTests {
    @Test func aClockSetForwardSkipsAnHour() throws {
        let newYork = try Zone.named("America/New_York")
        #expect(
            newYork.resolve(try LocalDateTime("2026-03-08 02:30"))
                == .nonexistent(
                    before: try Timestamp(iso8601: "2026-03-08T01:30:00-05:00"),
                    after: try Timestamp(iso8601: "2026-03-08T03:30:00-04:00")))
        #expect(
            newYork.resolve(try LocalDateTime("2026-03-08 03:00"))
                == .unique(try Timestamp(iso8601: "2026-03-08T03:00:00-04:00")))
        #expect(
            newYork.resolve(try LocalDateTime("2026-03-08 01:59:59"))
                == .unique(try Timestamp(iso8601: "2026-03-08T01:59:59-05:00")))
    }

    @Test func aClockSetBackShowsAnHourTwice() throws {
        let newYork = try Zone.named("America/New_York")
        #expect(
            newYork.resolve(try LocalDateTime("2026-11-01 01:30"))
                == .ambiguous(
                    earlier: try Timestamp(iso8601: "2026-11-01T01:30:00-04:00"),
                    later: try Timestamp(iso8601: "2026-11-01T01:30:00-05:00")))
        #expect(
            newYork.resolve(try LocalDateTime("2026-11-01 02:00"))
                == .unique(try Timestamp(iso8601: "2026-11-01T02:00:00-05:00")))
    }

    @Test func aDayBeginsWhenItsMidnightWasJumpedOver() throws {
        // Santiago's clocks went from 24:00 to 01:00 into 2025-09-07; Samoa left out the whole of 2011-12-30.
        let santiago = try Zone.named("America/Santiago")
        #expect(santiago.startOfDay(try LocalDate("2025-09-07")).description == "2025-09-07T04:00:00Z")
        let apia = try Zone.named("Pacific/Apia")
        #expect(apia.startOfDay(try LocalDate("2011-12-30")).description == "2011-12-30T10:00:00Z")
        #expect(apia.startOfDay(try LocalDate("2011-12-31")).description == "2011-12-30T10:00:00Z")
        #expect(try Period("2011-12-30").bounds(in: apia).isEmpty)
        // Havana's went from 01:00 back to 00:00: the day has two midnights and begins with the first.
        let havana = try Zone.named("America/Havana")
        #expect(havana.startOfDay(try LocalDate("2025-11-02")).description == "2025-11-02T04:00:00Z")
    }

    @Test func theRuleGoesOnBeyondTheLastListedYear() throws {
        let newYork = try Zone.named("America/New_York")
        let dublin = try Zone.named("Europe/Dublin")
        for year in [2038, 2100, 2437, 2438, 2500, 2838, 4000, 9998] {
            #expect(newYork.offset(at: try Timestamp(iso8601: "\(year)-07-01T00:00:00Z")) == -4 * 3_600, "\(year)")
            #expect(newYork.offset(at: try Timestamp(iso8601: "\(year)-01-01T00:00:00Z")) == -5 * 3_600, "\(year)")
            #expect(dublin.offset(at: try Timestamp(iso8601: "\(year)-07-01T00:00:00Z")) == 3_600, "\(year)")
            #expect(dublin.offset(at: try Timestamp(iso8601: "\(year)-01-01T00:00:00Z")) == 0, "\(year)")
        }
    }

    @Test func stretchesOfOneOffsetMeetWithoutAGap() throws {
        for name in ["America/New_York", "Africa/Casablanca", "America/Nuuk", "Asia/Gaza", "Europe/Dublin"] {
            let zone = try Zone.named(name)
            var span = zone.span(at: Timestamp(seconds: 0))
            let end = try Timestamp(iso8601: "3300-01-01T00:00:00Z").seconds
            while span.end < end {
                let next = zone.span(at: Timestamp(seconds: span.end))
                guard next.start == span.end, next.offset != span.offset, next.end > next.start else {
                    Issue.record("\(name): \(span) then \(next)")
                    break
                }
                span = next
            }
        }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../etc/passwd", "Europe/../../etc/passwd", "Europe/", "Europe", "europe/warsaw\u{0}",
        "Mars/Base",
        "tzdata.zi", "zone.tab", "leapseconds", "posixrules ", "right/Europe/Warsaw", "Europe//Warsaw", ".", "+5",
        "CET", "EET",
        "MET", "WET",
    ])
    func whatIsNotAZoneIsRefused(_ name: String) {
        #expect(throws: ValueError.self) { try Zone.named(name) }
    }

    @Test func utcNeedsNoFileAndNeverChanges() throws {
        #expect(Zone.utc.offset(at: Timestamp(seconds: .max)) == 0)
        #expect(try Zone.named("UTC") == .utc)
        #expect(Zone.utc.local(at: Timestamp(seconds: -1)).description == "1969-12-31T23:59:59")
    }

    @Test func manyTasksReadOneZoneAtOnce() async throws {
        let instant = Timestamp(seconds: 1_767_243_600)
        let offsets = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<64 { group.addTask { try Zone.named("Pacific/Chatham").offset(at: instant) } }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(offsets == [13 * 3_600 + 2_700])
    }
}
