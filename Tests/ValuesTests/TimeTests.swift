import Testing
import Values

@Suite struct TimeTests {
    @Test func daysAreCountedWithoutAGapForFourHundredYears() throws {
        var day = LocalDate(daysSince1970: -146_097)
        #expect(day.description == "1570-01-01")
        for number in -146_097...146_097 {
            #expect(day.daysSince1970 == number)
            let next = LocalDate(daysSince1970: number + 1)
            let isNextDay = next.day == day.day + 1 && next.month == day.month && next.year == day.year
            let isNextMonth =
                next.day == 1 && day.day == LocalDate.days(inMonth: day.month, of: day.year)
                && next.year * 12 + next.month == day.year * 12 + day.month + 1
            guard isNextDay != isNextMonth else {
                Issue.record("\(next) follows \(day)")
                return
            }
            day = next
        }
    }

    @Test func knownDaysHaveTheirNumbersAndWeekdays() throws {
        #expect(try LocalDate("1970-01-01").daysSince1970 == 0)
        #expect(try LocalDate("2000-03-01").daysSince1970 == 11_017)
        #expect(try LocalDate("2026-11-22").weekday == 0)
        #expect(try LocalDate("1969-12-31").weekday == 3)
        #expect(LocalDate.isLeap(2000) && LocalDate.isLeap(2028) && !LocalDate.isLeap(1900) && !LocalDate.isLeap(2026))
    }

    @Test(arguments: [
        "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1", "26-01-01", "2026/01/01", "0000-01-01",
        "2026-01-01 ", "20260101", "٢٠٢٦-01-01", "",
    ])
    func aDayThatDoesNotExistIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try LocalDate(text) }
    }

    @Test func aMonthLaterIsClampedToItsLastDay() throws {
        let start = try LocalDate("2024-01-31")
        #expect(start.adding(months: 1).description == "2024-02-29")
        #expect(start.adding(months: 13).description == "2025-02-28")
        #expect(start.adding(months: 2).description == "2024-03-31")
        #expect(start.adding(months: -2).description == "2023-11-30")
        #expect(try LocalDate("2024-02-29").adding(months: -12).description == "2023-02-28")
        #expect(start.adding(days: 30).description == "2024-03-01")
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2025-12-31T14:00:00+01:00", 1_767_186_000_000_000),
        ("2025-12-31T23:59:59.999999-05:00", 1_767_243_599_999_999), ("1969-12-31T23:59:59.5Z", -500_000),
        ("2026-01-01 05:30+0530", 1_767_225_600_000_000), ("2026-01-01t00:00:00z", 1_767_225_600_000_000),
        ("2026-01-01T00:00:00.123456789Z", 1_767_225_600_123_456),
    ])
    func anInstantIsReadWithItsOffset(_ text: String, _ microseconds: Int64) throws {
        #expect(try Timestamp(iso8601: text).microseconds == microseconds)
    }

    @Test(arguments: [
        "2026-01-01T00:00:00", "2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
        "2026-02-30T00:00:00Z", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00.Z",
        "2026-01-01T0:00:00Z", "", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+01:",
    ])
    func anInstantThatIsOpenToReadingsIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try Timestamp(iso8601: text) }
    }

    @Test func anInstantPrintsInItsZoneWithAFractionOnlyWhenThereIsOne() throws {
        let warsaw = try Zone.named("Europe/Warsaw")
        #expect(Timestamp(seconds: 1_767_186_000).iso8601(in: warsaw) == "2025-12-31T14:00:00+01:00")
        #expect(Timestamp(microseconds: 1_767_186_000_250_000).iso8601(in: warsaw) == "2025-12-31T14:00:00.25+01:00")
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
        #expect(Timestamp(seconds: 0).description == "1970-01-01T00:00:00Z")
    }

    @Test func aNumberFromAStrangerIsHeldAtTheEdgeOfTime() {
        #expect(Timestamp(seconds: .max).microseconds == .max)
        #expect(Timestamp(seconds: .min).adding(seconds: -1).microseconds == .min)
        #expect(Timestamp(seconds: 1).adding(seconds: .max).microseconds == .max)
        for edge in [Timestamp(seconds: .max), Timestamp(seconds: .min)] { #expect(!edge.description.isEmpty) }
    }

    @Test func aWallTimeIsReadWithAndWithoutSeconds() throws {
        #expect(try LocalDateTime("2026-12-01 17:00").description == "2026-12-01T17:00:00")
        #expect(try LocalDateTime("2026-12-01T17:00:30").secondOfDay == 61_230)
        for text in ["2026-12-01", "2026-12-01 24:00", "2026-12-01 17:00Z", "2026-02-30 10:00", "2026-12-01 5:00"] {
            #expect(throws: ValueError.self, "\(text)") { try LocalDateTime(text) }
        }
    }
}

@Suite struct PeriodTests {
    static func hours(_ period: String, _ zone: String) throws -> Double {
        let bounds = try Period(period).bounds(in: Zone.named(zone))
        return Double(bounds.upperBound.seconds - bounds.lowerBound.seconds) / 3_600
    }

    @Test func monthsHaveTheHoursTheirClocksGiveThem() throws {
        #expect(try Self.hours("2026-10", "Europe/Warsaw") == 745)
        #expect(try Self.hours("2026-11", "America/New_York") == 721)
        #expect(try Self.hours("2026-04", "Australia/Lord_Howe") == 720.5)
        #expect(try Self.hours("2026-02", "Europe/Warsaw") == 672)
        #expect(try Self.hours("2026-03", "Europe/Warsaw") == 743)
        #expect(try Self.hours("2024", "Asia/Kolkata") == 8_784)
    }

    @Test func aMonthInWarsawBeginsBeforeItDoesInUTC() throws {
        let bounds = try Period("2026-03").bounds(in: Zone.named("Europe/Warsaw"))
        #expect(bounds.lowerBound.description == "2026-02-28T23:00:00Z")
        #expect(bounds.upperBound.description == "2026-03-31T22:00:00Z")
    }

    @Test func theLastSecondOfTheYearInNewYorkIsTheOldYears() throws {
        let newYork = try Zone.named("America/New_York")
        let last = Timestamp(seconds: 1_767_243_599)
        let first = Timestamp(seconds: 1_767_243_600)
        #expect(Period(.year, containing: last, in: newYork) == (try Period("2025")))
        #expect(Period(.year, containing: first, in: newYork) == (try Period("2026")))
        #expect(try Period("2026").bounds(in: newYork).lowerBound == first)
    }

    @Test(arguments: [
        "2025", "2025-12", "2025-12-31", "2025-12-31T14:00+01:00", "2026-04-05T01:00+11:00", "2026-01-01T00:00+00:00",
    ])
    func aPeriodReadsBackWhatItPrints(_ text: String) throws {
        #expect(try Period(text).description == text)
    }

    @Test(arguments: [
        "", "25", "20255", "2025-", "2025-13", "2025-1", "2025-02-29", "2025-12-31T14", "2025-12-31T14:00",
        "2025-12-31T14:30+01:00", "2025-12-31T14:00:30+01:00", "0000", "-025", "2025-W01",
    ])
    func whatNamesNoPeriodIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try Period(text) }
    }

    @Test func everyInstantOfTheYearLiesInExactlyTheBoundsOfItsHour() throws {
        for name in ["Europe/Warsaw", "Australia/Lord_Howe", "Asia/Kolkata", "America/New_York", "UTC"] {
            let zone = try Zone.named(name)
            let year = try Period("2026").bounds(in: zone)
            var hour = Period(.hour, containing: year.lowerBound, in: zone)
            var instant = year.lowerBound
            while instant < year.upperBound {
                let bounds = hour.bounds(in: zone)
                guard bounds.lowerBound == instant, bounds.upperBound > instant,
                    Period(.hour, containing: instant, in: zone) == hour,
                    Period(.hour, containing: bounds.upperBound.adding(seconds: -1), in: zone) == hour,
                    try Period(hour.description) == hour
                else {
                    Issue.record("\(name) \(hour) \(bounds) at \(instant)")
                    break
                }
                let next = hour.next(in: zone)
                #expect(next.previous(in: zone) == hour)
                hour = next
                instant = bounds.upperBound
            }
        }
    }

    @Test func lordHowesHalfHourGoesIntoTheBucketsOfItsOwnClock() throws {
        let zone = try Zone.named("Australia/Lord_Howe")
        let texts = ["2026-04-04T14:10:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:40:00Z"]
        let hours = try texts.map { Period(.hour, containing: try Timestamp(iso8601: $0), in: zone) }
        #expect(
            hours.map(\.description) == ["2026-04-05T01:00+11:00", "2026-04-05T01:00+10:30", "2026-04-05T02:00+10:30"])
        let starts = ["2026-04-04T14:00:00Z", "2026-04-04T14:30:00Z", "2026-04-04T15:30:00Z"]
        #expect(try starts.map { Period(hourStarting: try Timestamp(iso8601: $0), in: zone) } == hours)
    }

    @Test func theHourThatComesTwiceInWarsawIsTwoPeriods() throws {
        let zone = try Zone.named("Europe/Warsaw")
        let summer = try Timestamp(iso8601: "2026-10-25T02:30:00+02:00")
        let winter = try Timestamp(iso8601: "2026-10-25T02:30:00+01:00")
        let hours = [summer, winter].map { Period(.hour, containing: $0, in: zone) }
        #expect(hours.map(\.description) == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"])
        #expect(hours[0].next(in: zone) == hours[1])
    }

    @Test func aYearEarlierIsClampedInFebruary() throws {
        #expect(try Period("2028-02-29").yearEarlier(in: .utc).description == "2027-02-28")
        #expect(try Period("2026-03").yearEarlier(in: .utc).description == "2025-03")
        #expect(try Period("2026").yearEarlier(in: .utc).description == "2025")
        #expect(try Period("2026-01-31").next(in: .utc).description == "2026-02-01")
        #expect(try Period("2026-01").previous(in: .utc).description == "2025-12")
    }
}
