import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// What no file of any kind gets away with, all being read by one reader.
struct RecordFileTests {
    /// Each kind of file with a line that is taken.
    static let kinds: [(name: String, kind: ImportRecords.Kind, text: String)] = [
        (
            "stripe-payouts", .stripePayouts,
            PayoutTests.header + String(PayoutTests.lines.split(separator: "\n")[0]) + "\n"
        ),
        ("stripe-payments", .stripePayments, StripePaymentFileTests.header + StripePaymentFileTests.line),
        ("paypal", PayPalFileTests.us, PayPalFileTests.header + PayPalFileTests.row("T1")),
        ("checks", .checks, CheckFileTests.header + "2026-01-05,,1,Zoë Giver,,5.00,USD,,\n"),
        (
            "givewp", GiveWPFileTests.kind,
            GiveWPFileTests.header + "12,Zoë,Giver,a@example.org,19.99,USD,Complete,,,12/29/2025,,Form\n"
        ),
    ]

    @Test(arguments: kinds.map(\.name))
    func everyKindOfFileIsReadInEveryEncodingAndLineEnd(_ name: String) async throws {
        let (_, kind, text) = try #require(Self.kinds.first { $0.name == name })
        func utf16(_ text: String) -> [UInt8] {
            [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        }
        let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
        for bytes in [
            Array(text.utf8), bom + Array(text.utf8), utf16(text), Array(text.replacing("\n", with: "\r\n").utf8),
            Array(text.replacing("\n", with: "\r").utf8), Array(text.dropLast().utf8),
        ] {
            try await withBooks { books in
                let report = try await books.importing(bytes: bytes, as: kind)
                #expect(report.rows == 1 && report.brought.contains { $0.number == 1 })
            }
        }
    }

    @Test(arguments: kinds.map(\.name))
    func whatNoReaderCouldReadOneWayOnlyIsRefusedByItsLine(_ name: String) async throws {
        let (_, kind, text) = try #require(Self.kinds.first { $0.name == name })
        let header = String(text.prefix { $0 != "\n" })
        let width = header.split(separator: ",", omittingEmptySubsequences: false).count
        let row = [String](repeating: "x", count: width - 1).joined(separator: ",")
        try await withBooks { books in
            let before = try await books.contents()
            for (rows, message) in [
                ("", "line 1: the file is empty"),
                (header + "\nx\n", "line 2: 1 fields where the first row has \(width)"),
                (
                    header + "\n\"a\nb\"," + row.dropFirst(2) + ",\"open\n",
                    "line 3: a quote opens here and never closes"
                ),
                (header + "\na\u{0}," + row + "\n", "line 2: a NUL byte"),
                (
                    header + "\n" + String(repeating: "a", count: 1 << 20) + "a," + row + "\n",
                    "line 2: a field is longer"
                ),
                (header + "," + header + "\n", "line 1: the column"), ("unheard-of\n", "line 1: missing columns: "),
            ] {
                let mistakes = try await books.mistakes(rows, as: kind)
                #expect(mistakes.last?.hasPrefix(message) == true, "\(mistakes)")
            }
            #expect(try await books.contents() == before)
            // A header alone brings nothing.
            #expect(try await books.importing(header + "\n", as: kind).rows == 0)
        }
    }

    @Test(arguments: kinds.map(\.name))
    func columnsMayStandInAnyOrder(_ name: String) async throws {
        let (_, kind, text) = try #require(Self.kinds.first { $0.name == name })
        let turned = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).reversed().joined(separator: ",") + "\n"
        }.joined()
        try await withBooks { books in
            let report = try await books.importing(turned, as: kind)
            #expect(report.brought.contains { $0.number == 1 })
        }
    }
}
