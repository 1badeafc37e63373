import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// Receipts and statements as a script meets them.
struct ReceiptCommandTests {
    private struct House: Sendable {
        let test: TestDatabase
        let folder: String

        func run(_ actor: String, _ words: String..., unset: Bool = false) async -> Console.Ran {
            var console = Console(test, as: "\(actor)@example.org")
            console.folder = folder
            if !unset {
                console.environment["MASTHEAD_ORGANISATION_LEGAL_NAME"] = "Example Press, Inc."
                console.environment["MASTHEAD_ORGANISATION_EIN"] = "12-3456789"
            }
            return await console.run(words, input: [])
        }
    }

    /// Three donors: 300.00, twice 150.00, and 400.00 of which 100.00 went back; in 2025.
    private func withHouse(_ body: (House) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "receipts-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withTestDatabase { test in
            let house = House(test: test, folder: folder)
            for (name, role) in [
                ("admin", "admin"), ("dev", "development"), ("fin", "finance"), ("aud", "auditor"), ("ana", "analyst"),
            ] {
                let console = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let added = await console.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(added.exit == 0, "\(added.err)")
            }
            let rows = """
                external_id,donor_email,donor_name,given_at,amount,currency,refunded_amount,refunded_at
                a,ann@example.org,Ann Example,2025-03-01,300.00,USD,,
                b,bob@example.org,Bob Example,2025-03-02,150.00,USD,,
                c,bob@example.org,Bob Example,2025-03-03,150.00,USD,,
                d,cleo@example.org,Cleo Example,2025-03-04,400.00,USD,100.00,2025-04-01
                e,dan@example.org,Dan Example,2024-03-04,400.00,USD,,

                """
            try rows.write(toFile: folder + "/gifts.csv", atomically: true, encoding: .utf8)
            let imported = await house.run("dev", "donations", "import", folder + "/gifts.csv", "--from", "gifts")
            try #require(imported.exit == 0, "\(imported.err)")
            try await body(house)
        }
    }

    @Test func aYearsReceiptsAreIssuedAtOnceAndOnce() async throws {
        try await withHouse { house in
            let missing = await house.run("aud", "receipt", "list", "--missing", "--year", "2025", "--format", "tsv")
            #expect(missing.exit == 0 && missing.out.split(separator: "\n").count == 3)
            let unset = await house.run("dev", "receipt", "issue", "--year", "2025", "--missing", unset: true)
            #expect(unset.exit == 78)
            #expect(unset.err.contains("organisation.legal_name"))
            let first = await house.run("dev", "receipt", "issue", "--year", "2025", "--missing", "--format", "tsv")
            #expect(first.out == "year\tissued\tleft_out\n2025\t2\t0\n")
            let again = await house.run("dev", "receipt", "issue", "--year", "2025", "--missing", "--format", "tsv")
            #expect(again.out == "year\tissued\tleft_out\n2025\t0\t0\n")
            let list = await house.run("aud", "receipt", "list", "--year", "2025", "--format", "jsonl")
            let amounts = try list.out.split(separator: "\n").map {
                try JSON(parsing: String($0))["amount_minor"]?.integer
            }
            #expect(amounts == [300_00, 300_00])
            let stale = await house.run("aud", "receipt", "list", "--stale", "--format", "jsonl")
            #expect(stale.exit == 0 && stale.out.isEmpty)
        }
    }

    @Test func aReceiptIsPrintedReplacedAndVoided() async throws {
        try await withHouse { house in
            let issued = await house.run("dev", "receipt", "issue", "1", "--format", "jsonl")
            let record = try JSON(parsing: issued.out)
            #expect(record["number"] == "R-2025-000001")
            #expect(record["name"] == "Ann Example")
            let original = await house.run("dev", "receipt", "print", "R-2025-000001")
            let duplicate = await house.run("dev", "receipt", "print", "1")
            #expect(original.exit == 0 && duplicate.out == "DUPLICATE\n\n" + original.out)
            let path = house.folder + "/receipt.html"
            let page = await house.run("dev", "receipt", "print", "1", "--html", path)
            #expect(page.exit == 0, "\(page.err)")
            let html = try String(contentsOfFile: path, encoding: .utf8)
            #expect(html.contains("DUPLICATE") && html.contains("Ann Example"))
            // The file is there, so nothing is printed and no print is counted.
            #expect(await house.run("dev", "receipt", "print", "1", "--format-html", path).exit == 73)
            let shown = try JSON(parsing: await house.run("aud", "receipt", "show", "1", "--format", "jsonl").out)
            #expect(shown["prints"] == 3)

            #expect(await house.run("dev", "receipt", "void", "1", "--reason", "x").exit == 77)
            let replaced = await house.run("fin", "receipt", "replace", "1", "--reason", "Moved", "--format", "jsonl")
            #expect(try JSON(parsing: replaced.out)["replaces"] == "R-2025-000001")
            let voided = await house.run(
                "fin", "receipt", "void", "R-2025-000002", "--reason", "Refunded", "--format", "jsonl")
            #expect(try JSON(parsing: voided.out)["state"] == "voided")
            #expect(await house.run("fin", "receipt", "void", "R-2025-000002", "--reason", "Again").exit == 76)
        }
    }

    @Test func statementsOfAYearAreMadeListedAndPrinted() async throws {
        try await withHouse { house in
            let made = await house.run("dev", "statement", "make", "--all", "--year", "2025", "--format", "tsv")
            #expect(made.out == "year\tmade\tunchanged\tleft_out\n2025\t3\t0\t0\n")
            let again = await house.run("dev", "statement", "make", "--all", "--year", "2025", "--format", "tsv")
            #expect(again.out == "year\tmade\tunchanged\tleft_out\n2025\t0\t3\t0\n")
            let list = await house.run("aud", "statement", "list", "--year", "2025", "--format", "jsonl")
            let lines = try list.out.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.count == 3)
            let id = lines.last?["id"]?.integer ?? 0
            let text = await house.run("aud", "statement", "print", "\(id)")
            #expect(text.exit == 0 && text.out.contains("Statement of gifts in 2025"))
            let path = house.folder + "/statement.html"
            #expect(await house.run("aud", "statement", "print", "\(id)", "--html", path).exit == 0)
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<tfoot>"))
            #expect(await house.run("dev", "statement", "make", "999", "--year", "2025").exit == 66)
            #expect(await house.run("dev", "statement", "make", "1", "--year", "2019").exit == 76)
        }
    }

    private static let badLines: [(line: String, exit: Int32)] = [
        ("receipt issue", 64), ("receipt issue 1 --missing --year 2025", 64), ("receipt issue --missing", 64),
        ("receipt issue x", 64), ("receipt issue 999", 66), ("receipt issue 2", 76),
        ("receipt issue --missing --year 25", 64), ("receipt issue --missing --year 2025 --benefit x", 64),
        ("receipt issue 1 --to 2", 76), ("receipt list --missing", 64),
        ("receipt list --missing --year 2025 --stale", 64), ("receipt show R-2025-000009", 66),
        ("receipt show R-2025-0x9", 66), ("receipt show ;DROP", 66), ("receipt show R-99999999999999999999-1", 66),
        ("receipt print 7", 66), ("statement make --year 2025", 64), ("statement make 1 --all --year 2025", 64),
        ("statement make 1", 64), ("statement print 9", 66),
    ]

    @Test func badInputEndsWithItsCode() async throws {
        try await withHouse { house in
            for (line, exit) in Self.badLines {
                var console = Console(house.test, as: "dev@example.org")
                console.environment["MASTHEAD_ORGANISATION_LEGAL_NAME"] = "Example Press, Inc."
                console.environment["MASTHEAD_ORGANISATION_EIN"] = "12-3456789"
                let ran = await console.run(line.split(separator: " ").map(String.init), input: [])
                #expect(ran.exit == exit, "\(line): \(ran.err)")
                #expect(!ran.err.isEmpty && ran.out.isEmpty, "\(line)")
            }
        }
    }

    @Test func whoMayNotReadReceiptsSeesNone() async throws {
        try await withHouse { house in
            for words in [
                ["receipt", "list"], ["receipt", "list", "--missing", "--year", "2025"], ["receipt", "show", "1"],
                ["receipt", "issue", "1"], ["receipt", "issue", "--missing", "--year", "2025"], ["statement", "list"],
                ["statement", "make", "--all", "--year", "2025"], ["statement", "print", "1"],
            ] {
                var console = Console(house.test, as: "ana@example.org")
                console.environment["MASTHEAD_ORGANISATION_LEGAL_NAME"] = "Example Press, Inc."
                console.environment["MASTHEAD_ORGANISATION_EIN"] = "12-3456789"
                #expect(await console.run(words, input: []).exit == 77, "\(words)")
            }
        }
    }

    @Test func anEINThatIsNoneStopsTheStart() async throws {
        try await withHouse { house in
            var console = Console(house.test, as: "dev@example.org")
            console.environment["MASTHEAD_ORGANISATION_EIN"] = "123456789"
            let ran = await console.run("receipt", "list")
            #expect(ran.exit == 78)
            #expect(ran.err.contains("organisation.ein") && ran.err.contains("12-3456789"))
        }
    }
}
