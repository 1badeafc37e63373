import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Payouts and other systems' files as they are typed.
struct PayoutCommandTests {
    private static let header =
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,automatic_payout_id,"
        + "description\n"

    private struct Desk {
        let test: TestDatabase
        let folder: String

        func run(_ line: String, as name: String = "finance") async -> Console.Ran {
            var console = Console(test, as: "\(name)@example.org")
            console.folder = folder
            return await console.run(line.split(separator: " ").map(String.init), input: [])
        }

        func object(_ line: String, as name: String = "finance") async throws -> [String: JSON] {
            let ran = await run(line + " --format jsonl", as: name)
            try #require(ran.exit == 0, "\(line): \(ran.err)")
            return try #require(try JSON(parsing: ran.out.split(separator: "\n").last.map(String.init) ?? "").object)
        }

        func write(_ text: String, to name: String) throws -> String {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            return "\(folder)/\(name)"
        }
    }

    private func withDesk(_ body: (Desk) async throws -> Void) async throws {
        try await withTestDatabase { test in
            let folder = FileManager.default.temporaryDirectory.appending(path: "payouts-\(UUID())").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            for (name, role) in [
                ("admin", "admin"), ("finance", "finance"), ("fund", "development"), ("pen", "writer"),
            ] {
                let by = Console(test, as: name == "admin" ? nil : "admin@example.org")
                let ran = await by.run(
                    "account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
                try #require(ran.exit == 0, "\(ran.err)")
            }
            try await test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO fundraising.payout (processor, external_id, live, amount_minor, currency, arrives_on, \
                    status) VALUES ('stripe', 'po_1', true, 1000, 'USD', '2025-11-28', 'paid')
                    """)
            }
            try await body(Desk(test: test, folder: folder))
        }
    }

    @Test func aPayoutIsReconciledAndLockedByScript() async throws {
        try await withDesk { desk in
            #expect(try await desk.object("donations gaps")["gap"] == "payout_without_lines")
            let bare = await desk.run("payout reconcile po_1")
            #expect(bare.exit == 76 && bare.err.contains("has no lines yet"), "\(bare)")
            let first = try desk.write(
                Self.header + "txn_1,2025-11-26 10:00:00,usd,10.01,0,10.01,fee,,po_1,A correction\n", to: "a.csv")
            let report = try await desk.object("donations import \(first) --from stripe-payouts", as: "fund")
            #expect(report["new_lines"] == 1 && report["new_fees"] == 1 && report["rows"] == 1)
            let told = await desk.run("donations import \(first) --from stripe-payouts")
            #expect(told.exit == 0 && told.err.contains("was imported before"), "\(told)")

            let short = await desk.run("payout reconcile 1 --lock --format tsv")
            #expect(short.exit == 76 && short.err.contains("add up to 10.01 USD, and 10.00 USD was paid"), "\(short)")
            // The lines are shown all the same.
            #expect(short.out.contains("txn_1\tfee"))
            let second = try desk.write(
                Self.header + "txn_2,2025-11-26 10:00:00,usd,-0.01,0,-0.01,fee,,po_1,\n", to: "b.csv")
            let noted = await desk.run("donations import \(second) --from stripe-payouts --dry-run")
            #expect(noted.exit == 0 && noted.err.contains("Not read: the columns description."), "\(noted)")
            #expect(await desk.run("payout reconcile 1").exit == 76)
            #expect(await desk.run("donations import \(second) --from stripe-payouts").exit == 0)
            #expect(try await desk.object("payout show po_1")["difference_minor"] == 0)
            #expect(await desk.run("payout reconcile 1", as: "fund").exit == 0)
            #expect(await desk.run("payout reconcile 1 --lock", as: "fund").exit == 77)
            #expect(await desk.run("payout reconcile 1 --lock").exit == 0)
            #expect(await desk.run("payout reconcile 1 --lock").exit == 76)
            #expect(await desk.run("payout reconcile 1").exit == 0)
            #expect(try await desk.object("payout list")["locked_by"] == "finance")
            #expect(await desk.run("payout list --open --format jsonl").out == "")
            #expect(await desk.run("donations gaps --format jsonl").out == "")
        }
    }

    @Test func whatIsNotThereOrNotAllowedIsSaidByItsExitCode() async throws {
        try await withDesk { desk in
            #expect(await desk.run("payout show po_9").exit == 66)
            #expect(await desk.run("payout show 9").exit == 66)
            #expect(await desk.run("payout reconcile").exit == 64)
            #expect(await desk.run("payout list", as: "pen").exit == 77)
            #expect(await desk.run("donations import nowhere.csv --from stripe-payouts").exit == 66)
            #expect(await desk.run("donations import nowhere.csv --from stripe").exit == 64)
            let file = try desk.write("a,b\n1,2\n", to: "bad.csv")
            let ran = await desk.run("donations import \(file) --from stripe-payouts")
            #expect(ran.exit == 65 && ran.err.contains("line 1: missing columns: automatic_payout_id"), "\(ran)")
            #expect(await desk.run("donations import \(file) --from stripe-payouts", as: "pen").exit == 77)
        }
    }
}
