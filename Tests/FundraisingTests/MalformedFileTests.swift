import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

private func giftRow(
    id: String = "g9", email: String = "ann@example.org", name: String = "", at: String = "2025-03-01",
    amount: String = "1.00", currency: String = "USD", method: String = "card", campaign: String = "",
    appeal: String = "", article: String = "", refunded: String = "", refundedAt: String = ""
) -> String {
    [id, email, name, at, amount, currency, method, campaign, appeal, article, refunded, refundedAt].joined(
        separator: ",")
}

/// Files with mistakes: each is refused whole, with the line and what stands there.
struct MalformedFileTests {
    @Test(arguments: [
        (giftRow(id: ""), "line 3: external_id: "),
        (giftRow(id: " g9"), "line 3: external_id \" g9\": "),
        (giftRow(id: "good"), "line 3: external_id \"good\": line 2 has the same"),
        (giftRow(email: "ann"), "line 3: donor_email \"ann\": "),
        (giftRow(at: ""), "line 3: given_at: "),
        (giftRow(at: "yesterday"), "line 3: given_at \"yesterday\": "),
        (giftRow(at: "2025-02-29"), "line 3: given_at \"2025-02-29\": "),
        (giftRow(at: "0025-02-28"), "line 3: given_at \"0025-02-28\": "),
        (giftRow(at: "9999-12-31T23:59:59-05:00"), "line 3: given_at \"9999-12-31T23:59:59-05:00\": "),
        (giftRow(amount: ""), "line 3: amount: "),
        (giftRow(amount: "0"), "line 3: amount \"0\": "),
        (giftRow(amount: "-1"), "line 3: amount \"-1\": "),
        (giftRow(amount: "1e3"), "line 3: amount \"1e3\": "),
        (giftRow(amount: "\"12,34\""), "line 3: amount \"12,34\": "),
        (giftRow(amount: "١٢"), "line 3: amount \"١٢\": "),
        (giftRow(amount: "$5"), "line 3: amount \"$5\": "),
        (giftRow(amount: "19.999"), "line 3: amount \"19.999\": "),
        (giftRow(amount: "92233720368547758.08"), "line 3: amount \"92233720368547758.08\": "),
        (giftRow(amount: "1.5", currency: "JPY"), "line 3: amount \"1.5\": "),
        (giftRow(currency: ""), "line 3: currency: "),
        (giftRow(currency: "XYZ"), "line 3: currency \"XYZ\": "),
        (giftRow(method: "barter"), "line 3: method \"barter\": "),
        (giftRow(campaign: "unheard-of"), "line 3: campaign \"unheard-of\": "),
        (giftRow(appeal: "letter"), "line 3: appeal \"letter\": "),
        (giftRow(campaign: "spring", appeal: "letter"), "line 3: appeal \"letter\": "),
        (giftRow(article: "unheard-of"), "line 3: article \"unheard-of\": "),
        (giftRow(article: "123"), "line 3: article \"123\": "),
        (giftRow(article: "99999999999999999999"), "line 3: article \"99999999999999999999\": "),
        (giftRow(refunded: "1.01", refundedAt: "2025-03-02"), "line 3: refunded_amount \"1.01\": it is more than"),
        (giftRow(refunded: "0.50"), "line 3: refunded_at: "),
        (giftRow(refundedAt: "2025-03-02"), "line 3: refunded_at \"2025-03-02\": "),
        (giftRow(refunded: "0.50", refundedAt: "2025-02-28"), "line 3: refunded_at \"2025-02-28\": it is before"),
        ("g9,ann@example.org", "line 3: 2 fields where the first row has 12"),
        (giftRow(name: "\"unclosed"), "line 3: a quote opens here and never closes"),
        (giftRow(name: "a\u{0}b"), "line 3: a NUL byte"),
    ])
    func aMistakeIsNamedWithItsLineAndNothingIsTaken(_ row: String, _ message: String) async throws {
        try await withBooks { books in
            try await books.addCampaign("spring")
            let before = try await books.contents()
            let mistakes = try await books.mistakes("\(giftRow(id: "good"))\n\(row)\n")
            #expect(mistakes.count == 1, "\(mistakes)")
            #expect(mistakes.first?.hasPrefix(message) == true, "\(mistakes)")
            #expect(try await books.contents() == before)
        }
    }

    @Test func linesAreCountedAsAnEditorCountsThem() async throws {
        try await withBooks { books in
            let mistakes = try await books.mistakes(
                "\(giftRow(id: "g1", name: "\"two\r\nlines\""))\r\n\r\n\(giftRow(id: "g2", amount: "x"))\r\n")
            #expect(mistakes.map { String($0.prefix(19)) } == ["line 5: amount \"x\": "].map { String($0.prefix(19)) })
        }
    }

    @Test func severalMistakesAreNamedAtOnceAndTheRestCounted() async throws {
        try await withBooks { books in
            let rows = (1...1_500).map { giftRow(id: "g\($0)", email: "nobody", amount: "-1") }
            do {
                try await books.importing(rows.joined(separator: "\n"))
                Issue.record("a file of mistakes was taken")
            } catch FundraisingError.badFile(let name, let mistakes, let more) {
                #expect(name == "gifts.csv")
                #expect(mistakes.count == 20)
                #expect(mistakes.map(\.line).prefix(4) == [2, 2, 3, 3])
                #expect(more == 2_980)
            }
        }
    }

    @Test(arguments: ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005"])
    func aCardNumberIsRefusedInAnyFieldAndNeverRepeated(_ card: String) async throws {
        try await withBooks { books in
            for row in [
                giftRow(id: card), giftRow(email: "\(card)@example.org"), giftRow(name: "Ann \(card)"),
                giftRow(at: card), giftRow(amount: card), giftRow(method: card), giftRow(campaign: card),
            ] {
                let mistakes = try await books.mistakes(row + "\n")
                #expect(mistakes.count == 1)
                #expect(mistakes.allSatisfy { $0.hasPrefix("line 2: ") && $0.contains("card number") }, "\(mistakes)")
                #expect(mistakes.allSatisfy { !$0.contains(card) }, "\(mistakes)")
            }
            #expect(try await books.count("fundraising.import_row") == 0)
        }
    }

    @Test func longNumbersThatAreNoCardsAreTaken() async throws {
        try await withBooks { books in
            try await books.importing(
                """
                \(giftRow(id: "4242424242424241"))
                \(giftRow(id: "123456789012"))
                \(giftRow(id: "00000000000000000000000"))
                """)
            #expect(try await books.count("fundraising.gift") == 3)
        }
    }

    @Test func anEmptyFileIsRefusedAndAHeaderAloneIsNoGift() async throws {
        try await withBooks { books in
            await #expect(throws: FundraisingError.self) { try await books.importing(bytes: []) }
            let report = try await books.importing("")
            #expect(report.rows == 0)
        }
    }

    @Test func utf16AndAByteOrderMarkAreRead() async throws {
        try await withBooks { books in
            let text = Books.header + "\r" + giftRow(id: "g1", name: "Zoë") + "\r"
            let utf16: [UInt8] = [0xff, 0xfe] + text.utf16.flatMap { unit in [UInt8(unit & 0xff), UInt8(unit >> 8)] }
            #expect(try await books.importing(bytes: utf16).newGifts == 1)
            let other = Books.header + "\n" + giftRow(id: "g2") + "\n"
            #expect(try await books.importing(bytes: [0xef, 0xbb, 0xbf] + Array(other.utf8)).newGifts == 1)
            let donors = try await books.app.read { try Donor.list($0, limit: 10) }
            #expect(donors.map(\.name) == ["Zoë"])
        }
    }
}
