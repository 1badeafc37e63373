import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

/// What the letters say, kind by kind, and what is refused.
struct ReceiptKindTests {
    private static let inReturn = "No goods or services were provided"

    @Test func anAcknowledgmentSaysAmountDateAndThatNothingWasGivenInReturn() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example", spouse: "Bob Example", kind: .household)
            let receipt = try await books.issue(books.addGift(1_234_50, of: donor, on: "2025-12-31"))
            let text = try await books.print(receipt).text
            let lines = text.split(separator: "\n").map(String.init)
            for line in [
                "The Example", "Example Press, Inc.", "1 Main Street", "Springfield, NY 10001", "EIN 12-3456789",
                "Receipt R-2025-000001", "Ann Example and Bob Example", "Erin Example", "Treasurer",
            ] { #expect(lines.contains(line), "\(line)") }
            #expect(text.contains("Received on:  December 31, 2025"))
            #expect(text.contains("1,234.50 USD"))
            #expect(text.contains(Self.inReturn))
            #expect(text.contains("501(c)(3)"))
            #expect(text.contains("Attorney General"))
            #expect(!text.contains("In return you received"))
        }
    }

    @Test func aDisclosureSaysWhatWasGotItsValueAndTheRest() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(260_00, of: books.addDonor("Ann Example"), benefit: 20_00)
            #expect(try await books.refusal(gift) == .benefitUnsaid(gift))
            #expect(try await books.refusal(gift, benefit: "  ") == .benefitUnsaid(gift))
            let text = try await books.print(books.issue(gift, benefit: "two dinner tickets")).text
            #expect(text.contains("two dinner tickets"))
            #expect(text.contains("20.00 USD"))
            #expect(text.contains("240.00 USD"))
            #expect(!text.contains(Self.inReturn))
        }
    }

    @Test func aFundsAdvisorIsThankedWithoutAWordOfTax() async throws {
        try await withBooks { books in
            let sponsor = try await books.addDonor("Example Gift Fund", kind: .dafSponsor)
            let advisor = try await books.addDonor("Ann Example")
            let gift = try await books.addGift(500_00, of: sponsor, kind: .daf)
            #expect(try await books.missing().isEmpty)
            #expect(try await books.refusal(gift) == .wrongAddressee(gift, .daf))
            let receipt = try await books.issue(gift, to: advisor)
            let text = try await books.print(receipt).text
            #expect(text.contains("Ann Example") && text.contains("thanks to you"))
            for word in ["deduct", "tax", "goods or services", "Gift Fund"] {
                #expect(!text.lowercased().contains(word.lowercased()), "\(word)")
            }
            // A replacement goes to the advisor again.
            #expect(try await books.replace(receipt).snapshot.addressee.donor == advisor)
        }
    }

    @Test func aRetirementAccountsGiftCameFromItsCustodian() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(500_00, of: books.addDonor("Ann Example"), kind: .ira)
            let text = try await books.print(books.issue(gift)).text
            #expect(text.contains("custodian of your retirement account"))
            #expect(text.contains(Self.inReturn))
            #expect(!text.contains("Deductible contribution"))
        }
    }

    @Test(arguments: [Gift.Kind.stock, .inKind])
    func sharesAndThingsAreNamedAndNotValued(_ kind: Gift.Kind) async throws {
        try await withBooks { books in
            let gift = try await books.addGift(1_234_00, of: books.addDonor("Ann Example"), kind: kind)
            #expect(try await books.refusal(gift) == .descriptionUnsaid(gift))
            let text = try await books.print(books.issue(gift, description: "10 shares of EXMP")).text
            #expect(text.contains("10 shares of EXMP") && text.contains("March 1, 2025"))
            #expect(!text.contains("1,234") && !text.contains("1234") && !text.contains("USD"))
            // Without any value at all it is a gift too.
            let unvalued = try await books.addGift(0, of: books.addDonor("Bob Example"), kind: kind)
            #expect(try await books.missing() == [unvalued])
            _ = try await books.issue(unvalued, description: "A printing press")
        }
    }

    @Test func anEmployersMatchIsReceiptedToTheCompany() async throws {
        try await withBooks { books in
            let person = try await books.addDonor("Ann Example")
            let company = try await books.addDonor("Example Widgets", kind: .company)
            let gift = try await books.addGift(500_00, of: person, kind: .employerMatch)
            #expect(try await books.refusal(gift) == .wrongAddressee(gift, .employerMatch))
            let text = try await books.print(books.issue(gift, to: company)).text
            #expect(text.contains("Example Widgets") && !text.contains("Ann Example"))
            let own = try await books.addGift(300_00, of: person)
            #expect(try await books.refusal(own, to: company) == .otherAddressee(own))
        }
    }

    @Test func whatCannotBeReceiptedIsRefusedWithItsReason() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let small = try await books.addGift(249_99, of: donor)
            #expect(try await books.refusal(small) == .notNeeded(small))
            let test = try await books.addGift(300_00, of: donor, live: false)
            #expect(try await books.refusal(test) == .testGift(test))
            let nobody = try await books.addGift(300_00, of: nil)
            #expect(try await books.refusal(nobody) == .donorUnknown(nobody))
            let erased = try await books.addDonor(nil)
            let gift = try await books.addGift(300_00, of: erased)
            #expect(try await books.refusal(gift) == .donorNameless(erased))
            let disputed = try await books.addGift(300_00, of: donor)
            try await books.enter("dispute_withdrawn", -300_00, on: disputed)
            #expect(try await books.refusal(disputed) == .disputed(disputed))
            await #expect(throws: FundraisingError.unknownGift(ID(999))) { _ = try await books.issue(ID(999)) }
            #expect(try await books.receipts().isEmpty)
            #expect(try await books.missing() == [nobody, gift])
        }
    }

    @Test func withoutALegalNameAndAnEINNothingIsIssued() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let gift = try await books.addGift(300_00, of: donor)
            let nameless = Organisation(legalName: " ", ein: "12-3456789")
            #expect(try await books.refusal(gift, organisation: nameless) == .settingMissing("organisation.legal_name"))
            for ein in ["", "123456789", "12-345678", "1२-3456789"] {
                let numberless = Organisation(legalName: "Example Press", ein: ein)
                #expect(try await books.refusal(gift, organisation: numberless) == .settingMissing("organisation.ein"))
                await #expect(throws: FundraisingError.receipt(.settingMissing("organisation.ein"))) {
                    _ = try await books.statement(donor, organisation: numberless)
                }
            }
        }
    }

    @Test func everyCurrencyIsWrittenWithItsOwnDecimals() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            for (currency, minor, text) in [
                ("JPY", Int64(1_234_567), "1,234,567 JPY"), ("KWD", 1_234_560, "1,234.560 KWD"),
                ("EUR", 5, "0.05 EUR"), ("USD", Int64.max, "92,233,720,368,547,758.07 USD"),
            ] {
                let receipt = try await books.issue(books.addGift(minor, of: donor, currency: currency))
                #expect(try await books.print(receipt).text.contains("Amount:       \(text)\n"), "\(currency)")
            }
        }
    }
}
