import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Gifts written out, read by a spreadsheet's rules, and read in again.
struct DonationsExportTests {
    private static let names = [
        "=HYPERLINK(\"http://example.com\",\"x\")", "+1 800", "-Ann", "@ann", "\tAnn", "\u{ff1d}SUM(A1)", "'=quoted",
        "''twice", "'Tis Example", "Ann \"Zo\u{eb}\" Giver, Jr.", "two\nlines", "=cmd|' /C calc'!A0",
    ]

    private static var file: String {
        let rows = names.enumerated().map { index, name in
            let id = index == 0 ? "+1" : "g\(index)"
            // What a spreadsheet would have written: an apostrophe before a text keeps it a text.
            let text = name.hasPrefix("'=") || name.hasPrefix("''") ? "'" + name : name
            return
                "\(id),a\(index)@example.org,\"\(text.replacing("\"", with: "\"\""))\",2025-03-0\(index % 9 + 1)T12:00:00Z,"
                + "12345.60,USD,\(index % 2 == 0 ? "check" : ""),\(index == 3 ? "2.50,2025-04-01" : ",")\n"
        }
        return "external_id,donor_email,donor_name,given_at,amount,currency,method,refunded_amount,refunded_at\n"
            + rows.joined()
    }

    @Test func anExportIsSafeInASpreadsheetAndImportsToNoChange() async throws {
        try await withTestDatabase { test in
            let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID())").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            func run(_ line: String, as name: String? = "fund") async throws -> Console.Ran {
                await Console(test, as: name.map { "\($0)@example.org" }).run(
                    line.split(separator: " ").map(String.init), input: [])
            }
            for (name, role) in [("admin", "admin"), ("fund", "development"), ("sums", "analyst")] {
                let ran = try await run(
                    "account add --email \(name)@example.org --name \(name) --role \(role)",
                    as: name == "admin" ? nil : "admin")
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try Self.file.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
            #expect(try await run("donations import \(folder)/in.csv --from gifts").exit == 0)
            let gift = "gift add --kind check --amount 5.00 --currency USD --email b@example.org --given 2025-05-01"
            #expect(try await run(gift).exit == 0)

            let exported = try await run("donations export --format csv")
            try #require(exported.exit == 0, "\(exported.err)")
            var reader = try CSVReader(Array(exported.out.utf8))
            try reader.readHeader(required: ["donor_name", "amount", "source"])
            var (names, amounts): (Set<String>, Set<String>) = ([], [])
            while let row = try reader.next() {
                for field in row.fields where field != row["amount"] {
                    #expect(!"=+-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(field.prefix(1)) || field.isEmpty)
                }
                if row["source"] == "gifts" { names.insert(row["donor_name"] ?? "") }
                amounts.insert(row["amount"] ?? "")
            }
            #expect(names.count == Self.names.count && names.contains("'=HYPERLINK(\"http://example.com\",\"x\")"))
            #expect(amounts == ["12345.60", "5.00"])

            #expect(exported.err == "")

            try exported.out.write(toFile: folder + "/out.csv", atomically: true, encoding: .utf8)
            let again = try await run("donations import \(folder)/out.csv --from gifts --format jsonl")
            try #require(again.exit == 0, "\(again.err)")
            let report = try #require(try JSON(parsing: String(again.out.dropLast())).object)
            #expect(report["new_gifts"] == 0 && report["new_refunds"] == 0)
            #expect(report["unchanged"] == .integer(Int64(Self.names.count + 1)))
            let second = try await run("donations export --format csv")
            #expect(second.out == exported.out)

            // A gift of another way that the books don't have is no gift of a file.
            let forged = exported.out.replacing("5.00,USD", with: "6.00,USD")
            try forged.write(toFile: folder + "/forged.csv", atomically: true, encoding: .utf8)
            let refused = try await run("donations import \(folder)/forged.csv --from gifts")
            #expect(refused.exit == 65 && refused.err.contains("the books have no such gift"), "\(refused)")
            #expect(try await run("donations export", as: "sums").exit == 77)

            let byHand = Self.names.count + 1
            #expect(try await run("gift adjust \(byHand) --lower 1.00 --reason Typo").exit == 0)
            let told = try await run("donations export --format csv")
            #expect(told.exit == 0 && told.out == exported.out)
            #expect(told.err.contains("1 of these gifts were in dispute, corrected or written off"), "\(told.err)")
        }
    }
}
