import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

/// Names that strangers gave themselves, in letters.
struct LetterTests {
    private static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></style>",
        "<!-- & -->", "&lt;b&gt;", "Ann\nAmount:       9,999.00 USD", "Ann\r\n\r\nDUPLICATE", "Ann \u{202E}DSU 00.9",
        "\u{2066}Ann\u{2028}Amount: 1", "{{name}} ${x} %s",
    ]

    @Test(arguments: hostile)
    func aHostileNameStaysAName(_ name: String) async throws {
        try await withBooks { books in
            let gift = try await books.addGift(260_00, of: books.addDonor(name, spouse: name), benefit: 1_00)
            let plain = try await books.addGift(260_00, of: books.addDonor("Ann"), benefit: 1_00)
            let hostile = try await books.print(books.issue(gift, benefit: name))
            let harmless = try await books.print(books.issue(plain, benefit: "a mug"))
            // The same elements in the same order, as a harmless name makes.
            #expect(Self.tags(hostile.html) == Self.tags(harmless.html))
            #expect(!hostile.html.contains("<script"))
            // As many lines, none of them forged; only a long sentence may take a line more.
            let amounts = hostile.text.split(separator: "\n").filter { $0.hasPrefix("Amount:") }
            #expect(amounts.count == 1 && amounts[0].hasSuffix("260.00 USD"))
            #expect(!hostile.text.split(separator: "\n").contains("DUPLICATE"))
            for scalar in hostile.text.unicodeScalars + hostile.html.unicodeScalars {
                #expect(![0x202E, 0x2066, 0x2028, 0x0D].contains(scalar.value))
            }
        }
    }

    private static func tags(_ html: String) -> [String] {
        html.split(separator: "<").dropFirst().map { part in String(part.prefix { $0 != ">" }) }
    }

    @Test func thePageLoadsNothingAndRunsNothing() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(300_00, of: books.addDonor("Ann Example"))
            let html = try await books.print(books.issue(gift)).html
            for word in ["<script", "http:", "https:", "url(", "src=", "href=", "@import", "onload"] {
                #expect(!html.contains(word), "\(word)")
            }
            #expect(html.hasPrefix("<!DOCTYPE html>"))
            #expect(html.split(separator: "<style>").count == 2)
        }
    }

    @Test func theSnapshotAloneMakesTheLetter() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(260_00, of: books.addDonor("Zoë Ünïcode"), benefit: 20_00)
            let receipt = try await books.issue(gift, benefit: "a mug")
            let again = try ReceiptSnapshot(text: receipt.snapshot.text)
            #expect(again == receipt.snapshot)
            #expect(again.text == receipt.snapshot.text)
            let stored = try await books.app.read { db in
                try db.value("SELECT snapshot FROM fundraising.receipt WHERE id = \(receipt.id)", as: String.self)
            }
            #expect(stored == receipt.snapshot.text)
        }
    }
}
