import Testing
import Values

@testable import Audience

/// Check 31: each form true and false at its edge.
struct WordingTests {
    /// The words for a change from one count to another; nil when they would be false.
    private func phrase(_ wording: String, _ previous: Int, _ current: Int) throws -> String? {
        do { return try Wording(wording).phrase(Growth(current: current, previous: previous)) } catch is AudienceError {
            return nil
        }
    }

    @Test func exactIsTheVeryFigureOrNothing() throws {
        #expect(try phrase("exact", 150_000, 349_500) == "rose by 133 %")
        #expect(try phrase("exact", 200, 465) == "rose by 132.5 %")
        #expect(try phrase("exact", 10_000, 10_001) == "rose by 0.01 %")
        #expect(try phrase("exact", 100_000, 100_001) == nil)
        #expect(try phrase("exact", 3, 7) == nil)
        #expect(try phrase("exact", 8, 7) == "fell by 12.5 %")
        #expect(try phrase("exact", 7, 7) == "stayed the same")
        #expect(try phrase("exact:133", 150_000, 349_500) == "rose by 133 %")
        #expect(try phrase("exact:133", 1_500_000, 3_495_001) == nil)
        #expect(try phrase("exact", 5, 0) == "fell by 100 %")
    }

    @Test func roundedIsTheNearestWholePercent() throws {
        #expect(try phrase("rounded", 1_000, 2_334) == "rose by 133 %")
        #expect(try phrase("rounded:133", 200, 465) == "rose by 133 %")
        #expect(try phrase("rounded:133", 100_000, 233_499) == "rose by 133 %")
        #expect(try phrase("rounded:133", 200, 467) == nil)
        #expect(try phrase("rounded:133", 100_000, 232_499) == nil)
        #expect(try phrase("rounded", 8, 7) == "fell by 13 %")
        #expect(try phrase("rounded", 1_000, 1_005) == "rose by 1 %")
        #expect(try phrase("rounded", 10_000, 10_049) == nil)
    }

    @Test func moreThanIsStrictlyMore() throws {
        #expect(try phrase("more-than", 1_000, 2_334) == "rose by more than 130 %")
        #expect(try phrase("more-than:130", 1_000, 2_301) == "rose by more than 130 %")
        #expect(try phrase("more-than:130", 1_000, 2_300) == nil)
        #expect(try phrase("more-than", 1_000, 2_300) == "rose by more than 120 %")
        // 130.0000…% from above and below: two decimals don't decide.
        #expect(try phrase("more-than", 1_000_000_000, 2_300_000_001) == "rose by more than 130 %")
        #expect(try phrase("more-than", 1_000_000_000, 2_299_999_999) == "rose by more than 120 %")
        #expect(try phrase("more-than", 100, 110) == nil)
        #expect(try phrase("more-than", 100, 89) == "fell by more than 10 %")
        #expect(try phrase("more-than:1", 100, 100) == nil)
    }

    @Test func nearlyIsFromNinetyFiveToUnderAHundredPercentOfTheFigure() throws {
        #expect(try phrase("nearly", 1_000, 2_334) == "rose by nearly 140 %")
        #expect(try phrase("nearly:140", 1_000, 2_330) == "rose by nearly 140 %")
        #expect(try phrase("nearly:140", 10_000, 23_299) == nil)
        #expect(try phrase("nearly:140", 10_000, 23_999) == "rose by nearly 140 %")
        #expect(try phrase("nearly:140", 1_000, 2_400) == nil)
        #expect(try phrase("nearly", 1_000, 2_400) == nil)
        #expect(try phrase("nearly", 1_000, 2_310) == nil)
        #expect(try phrase("nearly", 1_000_000_000, 2_399_999_999) == "rose by nearly 140 %")
        #expect(try phrase("nearly", 1_000, 902) == "fell by nearly 10 %")
    }

    @Test func doubledIsAtLeastTwice() throws {
        #expect(try phrase("doubled", 300, 600) == "doubled")
        #expect(try phrase("doubled", 300, 599) == nil)
        #expect(try phrase("doubled", 300, 601) == "more than doubled")
        #expect(try phrase("doubled", 300, 0) == nil)
        let large = 1 << 53 | 1
        #expect(try phrase("doubled", large, 2 * large) == "doubled")
        #expect(try phrase("doubled", large, 2 * large - 1) == nil)
    }

    @Test func withoutANumberThereAreNoWords() throws {
        for form in Wording.Form.allCases {
            #expect(try phrase(form.rawValue, 0, 5) == nil)
            let unknown = Growth(current: 5, previous: nil)
            #expect(throws: AudienceError.self) { try Wording(form.rawValue).phrase(unknown) }
            #expect(throws: AudienceError.self) { try Wording(form.rawValue).phrase(.incomparable) }
        }
        let estimate = Growth(current: 7, previous: 3).asEstimate
        #expect(try Wording("rounded").phrase(estimate) == "rose by an estimated 133 %")
        #expect(throws: AudienceError.self) { try Wording("more-than").phrase(estimate) }
    }

    @Test(arguments: ["", "about", "exact:", "exact:13.5", "more-than:0", "nearly:-5", "doubled:2", "rounded:+5"])
    func whatIsNoWordingIsRefused(text: String) {
        #expect(throws: ValueError.self) { try Wording(text) }
    }

    @Test func aSentenceNamesPeriodsAndMeterAndNeedsWholePeriods() throws {
        func line(_ isComplete: Bool) throws -> GrowthReport.Line {
            GrowthReport.Line(
                stretch: Stretch(try Period("2025")), views: 349_500, against: Stretch(try Period("2024")),
                previous: 150_000, growth: Growth(current: 349_500, previous: 150_000),
                perHour: Growth(current: nil, previous: nil), isComplete: isComplete, isPreviousComplete: true,
                meters: ["log"], factor: nil, measure: .total)
        }
        #expect(
            try line(true).sentence(Wording("more-than"), site: nil)
                == "Page views rose by more than 130 % in 2025 against 2024 (counted by our log).")
        #expect(throws: AudienceError.falseAsWorded("exact", reason: "2025 isn't complete")) {
            try line(false).sentence(Wording("exact"), site: nil)
        }
    }
}
