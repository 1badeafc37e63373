import Testing
import Values

@testable import Fundraising

/// IRS Publication 1771, gift by gift.
struct ReceiptRuleTests {
    private func rule(
        _ amount: Int64, benefit: Int64 = 0, kind: Gift.Kind = .card, in currency: String = "USD"
    ) throws -> ReceiptRule {
        let currency = try Currency(currency)
        return try ReceiptRule(
            kind: kind, amount: Money(minor: amount, currency: currency),
            benefit: Money(minor: benefit, currency: currency))
    }

    @Test func aGiftOfTwoHundredAndFiftyDollarsNeedsAnAcknowledgmentAndACentLessDoesNot() throws {
        #expect(try !rule(249_99).isNeeded)
        let full = try rule(250_00)
        #expect(full.isNeeded)
        #expect(full.form == .acknowledgment)
        #expect(full.deductible?.minor == 250_00)
    }

    @Test func twoGiftsAreNotAddedUp() throws {
        #expect(try [rule(150_00), rule(150_00)].allSatisfy { !$0.isNeeded })
    }

    @Test func aPaymentOfMoreThanSeventyFiveDollarsPartlyForSomethingNeedsADisclosure() throws {
        #expect(try !rule(75_00, benefit: 10_00).isNeeded)
        let disclosed = try rule(75_01, benefit: 1)
        #expect(disclosed.isNeeded)
        #expect(disclosed.form == .disclosure)
        #expect(disclosed.deductible?.minor == 75_00)
        #expect(try !rule(75_01).isNeeded)
    }

    @Test func whatTheDonorGotIsTakenOffTheDeduction() throws {
        let rule = try rule(260_00, benefit: 20_00)
        #expect(rule.form == .disclosure)
        #expect(rule.deductible?.minor == 240_00)
        #expect(try self.rule(100_00, benefit: 150_00).deductible?.minor == 0)
    }

    @Test func eachKindOfGiftHasItsLetter() throws {
        #expect(try rule(500_00, kind: .daf).form == .thanks)
        #expect(try rule(500_00, kind: .daf).deductible == nil)
        #expect(try !rule(500_00, kind: .daf).isNeeded)
        #expect(try rule(500_00, kind: .grantPayment).form == .thanks)
        #expect(try rule(500_00, kind: .ira).form == .custodian)
        #expect(try rule(500_00, kind: .ira).deductible == nil)
        for kind in [Gift.Kind.stock, .inKind] {
            let rule = try rule(0, kind: kind)
            #expect(rule.isNeeded && !rule.statesAmount && rule.deductible == nil)
        }
        #expect(try rule(500_00, kind: .employerMatch).form == .company)
        for kind in [Gift.Kind.check, .cash, .wire, .bequest] {
            #expect(try rule(500_00, kind: kind).form == .acknowledgment)
            #expect(try !rule(20_00, kind: kind).isNeeded)
        }
    }

    /// The limits are in dollars, and no rate is guessed.
    @Test func inAnotherCurrencyEveryGiftCountsAsLarge() throws {
        #expect(try rule(1, in: "JPY").isNeeded)
        #expect(try rule(5_00, benefit: 1_00, in: "EUR").isNeeded)
        #expect(try rule(5_00, benefit: 1_00, in: "EUR").form == .disclosure)
    }

    @Test func amountsAtTheEndOfTheRangeOverflowNothing() throws {
        #expect(try rule(.max, benefit: .max).deductible?.minor == 0)
        #expect(throws: ValueError.self) { try rule(.min, benefit: 1) }
    }
}
