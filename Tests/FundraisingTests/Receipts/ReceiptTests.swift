import Access
import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

struct ReceiptTests {
    @Test func fiftyAtOnceTakeConsecutiveNumbers() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            var gifts: [ID<Gift>] = []
            for _ in 0..<50 { gifts.append(try await books.addGift(300_00, of: donor)) }
            let receipts = try await withThrowingTaskGroup(of: Receipt.self) { group in
                for gift in gifts { group.addTask { try await books.issue(gift) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let expected = (1...50).map { "R-2025-0000" + ($0 < 10 ? "0\($0)" : "\($0)") }
            #expect(receipts.map(\.number).sorted() == expected)
            #expect(Set(receipts.map(\.gift)) == Set(gifts))
        }
    }

    @Test func theSameGiftFiftyTimesAtOnceHasOneReceiptAndTakesOneNumber() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(300_00, of: books.addDonor("Ann Example"))
            let issued = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { (try? await books.issue(gift)) != nil } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(issued == 1)
            let other = try await books.addGift(300_00, of: books.addDonor("Bob Example"))
            #expect(try await books.issue(other).number == "R-2025-000002")
        }
    }

    @Test func aTransactionKilledAfterItTookANumberLeavesNoHole() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            var gifts: [ID<Gift>] = []
            for _ in 0..<4 { gifts.append(try await books.addGift(300_00, of: donor)) }
            try await books.issue(gifts[0])
            for round in 0..<3 {
                let gift = gifts[1]
                do {
                    try await books.app.transaction(.once) { db in
                        let actor = try books.actor(db)
                        let receipt = try IssueReceipt(gift, organisation: .example, by: actor).perform(db)
                        // It had the number; nothing is committed.
                        guard receipt.number == "R-2025-000002" else { return }
                        _ = try db.run("SELECT pg_terminate_backend(pg_backend_pid())")
                    }
                    Issue.record("round \(round): it was committed")
                } catch is PostgresError {}
            }
            var numbers: [String] = []
            for gift in gifts.dropFirst() { numbers.append(try await books.issue(gift).number) }
            #expect(numbers == ["R-2025-000002", "R-2025-000003", "R-2025-000004"])
        }
    }

    @Test func everyYearCountsForItself() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let old = try await books.addGift(300_00, of: donor, on: "2024-12-31")
            let new = try await books.addGift(300_00, of: donor, on: "2025-01-01")
            #expect(try await books.issue(new).number == "R-2025-000001")
            #expect(try await books.issue(old).number == "R-2024-000001")
        }
    }

    @Test func aReprintIsIdenticalButForTheWordDuplicate() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(260_00, of: books.addDonor("Ann Example"), benefit: 20_00)
            let receipt = try await books.issue(gift, benefit: "two dinner tickets")
            let (first, second, third) = (
                try await books.print(receipt), try await books.print(receipt), try await books.print(receipt)
            )
            #expect(!first.text.contains("DUPLICATE"))
            #expect(second.text == "DUPLICATE\n\n" + first.text)
            #expect(second.html.replacing("<p class=\"mark\">DUPLICATE</p>\n", with: "") == first.html)
            #expect(third == second)
            let after = try await books.app.read { db in
                try Receipts.find(db, receipt.number, for: books.actor(db, .auditor))
            }
            #expect(after.prints == 3)
        }
    }

    @Test func printingAtOnceGivesOneOriginal() async throws {
        try await withBooks { books in
            let receipt = try await books.issue(books.addGift(300_00, of: books.addDonor("Ann Example")))
            let originals = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 { group.addTask { !(try await books.print(receipt)).text.contains("DUPLICATE") } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(originals == 1)
        }
    }

    @Test func aRenamedDonorAndAMovedOrganisationChangeNoOldReceipt() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example", email: "ann@example.org")
            let gift = try await books.addGift(300_00, of: donor)
            let receipt = try await books.issue(gift)
            let before = try await books.print(receipt)
            try await books.app.transaction { db in
                try db.run("UPDATE fundraising.donor_identity SET name = 'Ann Other' WHERE donor_id = \(donor)")
                try db.run("DELETE FROM fundraising.donor_email WHERE donor_id = \(donor)")
                try db.run("UPDATE fundraising.gift SET anonymous = true WHERE id = \(gift)")
            }
            let after = try await books.print(receipt)
            #expect(after.text == "DUPLICATE\n\n" + before.text)
            #expect(after.text.contains("Ann Example") && !after.text.contains("Ann Other"))

            let moved = Organisation(legalName: "Moved Press", ein: "98-7654321", address: "2 Side Street")
            let replacement = try await books.replace(receipt, organisation: moved)
            let new = try await books.print(replacement).text
            #expect(new.contains("Ann Other") && new.contains("Moved Press") && new.contains("2 Side Street"))
        }
    }

    @Test func aRefundMakesAReceiptStaleUntilItIsReplacedOrVoided() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let partly = try await books.addGift(600_00, of: donor)
            let wholly = try await books.addGift(600_00, of: donor)
            let old = try await books.issue(partly)
            let gone = try await books.issue(wholly)
            #expect(try await books.receipts(stale: true).isEmpty)
            try await books.enter("refund", -100_00, on: partly)
            try await books.enter("refund", -600_00, on: wholly)
            let stale = try await books.receipts(stale: true).map(\.number)
            #expect(Set(stale) == [old.number, gone.number])

            let new = try await books.replace(old)
            #expect(new.number == "R-2025-000003")
            #expect(new.kind == .replacement && new.replaces == old.number)
            #expect(new.snapshot.amount.minor == 500_00)
            #expect(try await books.print(new).text.contains("500.00 USD"))
            await #expect(throws: FundraisingError.receipt(.nothingReceived(wholly))) {
                _ = try await books.replace(gone)
            }
            #expect(try await books.void(gone).state == .voided)
            #expect(try await books.receipts(stale: true).isEmpty)
            #expect(try await books.refusal(wholly) == .nothingReceived(wholly))

            let ended = try await books.app.read { db in try Receipts.find(db, old.number, for: books.actor(db)) }
            #expect(ended.state == .replaced && ended.replacedBy == new.number)
            #expect(ended.snapshot == old.snapshot)
            await #expect(throws: FundraisingError.receipt(.ended(number: old.number, how: "replaced"))) {
                _ = try await books.void(old)
            }
            await #expect(throws: FundraisingError.receipt(.ended(number: old.number, how: "replaced"))) {
                _ = try await books.print(old)
            }
        }
    }

    @Test func aRefundBeforeTheReceiptIsNetted() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            let above = try await books.addGift(400_00, of: donor)
            let below = try await books.addGift(400_00, of: donor)
            try await books.enter("refund", -100_00, on: above)
            try await books.enter("refund", -150_01, on: below)
            #expect(try await books.missing() == [above])
            #expect(try await books.issue(above).snapshot.amount.minor == 300_00)
            #expect(try await books.refusal(below) == .notNeeded(below))
            #expect(try await books.issue(below, onRequest: true).snapshot.amount.minor == 249_99)
        }
    }

    /// A refund waits for the receipt or the receipt for it: never is more stated than was kept, unseen.
    @Test func aRefundAndAReceiptAtOnceEndNettedOrStale() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            for _ in 0..<20 {
                let gift = try await books.addGift(600_00, of: donor)
                async let refunded: Void = books.enter("refund", -100_00, on: gift)
                let receipt = try await books.issue(gift)
                try await refunded
                let isStale = try await books.receipts(stale: true).contains { $0.id == receipt.id }
                #expect(isStale == (receipt.snapshot.amount.minor == 600_00))
            }
        }
    }

    @Test func aVoidedReceiptKeepsItsNumberAndTheGiftMayHaveAnother() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(300_00, of: books.addDonor("Ann Example"))
            let first = try await books.issue(gift)
            #expect(try await books.refusal(gift) == .hasReceipt(gift, number: first.number))
            _ = try await books.void(first)
            #expect(try await books.missing() == [gift])
            #expect(try await books.issue(gift).number == "R-2025-000002")
            #expect(try await books.receipts().map(\.state) == [.issued, .voided])
        }
    }

    // MARK: Who may, and what the database holds

    @Test func whoIssuesDoesNotVoidAndAnAuditorOnlyReads() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(300_00, of: books.addDonor("Ann Example"))
            await #expect(throws: AccessError.self) { _ = try await books.issue(gift, as: .auditor) }
            await #expect(throws: AccessError.self) { _ = try await books.issue(gift, as: .analyst) }
            let receipt = try await books.issue(gift)
            await #expect(throws: AccessError.self) { _ = try await books.void(receipt, as: .development) }
            await #expect(throws: AccessError.self) {
                _ = try await books.app.read { db in
                    try Receipts.find(db, receipt.number, for: books.actor(db, .analyst))
                }
            }
            let seen = try await books.app.read { db in
                try Receipts.find(db, receipt.number, for: books.actor(db, .auditor))
            }
            #expect(seen.number == receipt.number)
        }
    }

    static let forgeries: [SQL] = [
        "UPDATE fundraising.receipt SET snapshot = '{}'", "UPDATE fundraising.receipt SET number = 7",
        "DELETE FROM fundraising.receipt", "TRUNCATE fundraising.receipt CASCADE",
        "UPDATE fundraising.receipt_series SET last_number = 0", "DELETE FROM fundraising.receipt_series",
        "INSERT INTO fundraising.receipt_series (series, year) VALUES ('Z', 2025)",
        "INSERT INTO fundraising.receipt (series, year, number, kind, gift_id, snapshot, issued_by) "
            + "SELECT series, year, 9, kind, gift_id, snapshot, issued_by FROM fundraising.receipt",
        "INSERT INTO fundraising.receipt_end (receipt_id, how, reason, ended_by) "
            + "SELECT id, 'voided', 'x', issued_by FROM fundraising.receipt",
        "DELETE FROM fundraising.receipt_end", "UPDATE fundraising.receipt_print SET copy = 9",
        "DELETE FROM fundraising.receipt_print", "UPDATE fundraising.statement SET snapshot = '{}'",
        "DELETE FROM fundraising.statement",
        "INSERT INTO fundraising.statement (donor_id, year, version, snapshot, made_by) "
            + "SELECT donor_id, year, 9, snapshot, made_by FROM fundraising.statement",
    ]

    @Test func asTheAppRoleNothingThatWasSaidCanBeChanged() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Example")
            _ = try await books.print(books.issue(books.addGift(300_00, of: donor)))
            _ = try await books.statement(donor)
            let before = try await books.contents()
            for forgery in Self.forgeries {
                do {
                    try await books.app.transaction { db in _ = try db.run(forgery) }
                    Issue.record("\(forgery) was done")
                } catch let error as PostgresError {
                    #expect(error.sqlstate == "42501", "\(forgery): \(error)")
                }
            }
            #expect(try await books.contents() == before)
        }
    }

    @Test func theDatabaseItselfRefusesASecondReceiptAndAnotherAmount() async throws {
        try await withBooks { books in
            let gift = try await books.addGift(300_00, of: books.addDonor("Ann Example"))
            func call(_ amount: Int64) async throws -> String? {
                do {
                    try await books.app.transaction { db in
                        let actor = try books.actor(db)
                        let said = "{\"amount_minor\":\(amount),\"currency\":\"USD\"}"
                        try db.run(
                            """
                            SELECT fundraising.issue_receipt('R', \(gift), NULL, NULL, \(said), \(actor.account))
                            """)
                    }
                    return nil
                } catch let error as PostgresError {
                    return error.constraint
                }
            }
            #expect(try await call(300_01) == "receipt_states_net")
            let receipt = try await books.issue(gift)
            // The refused one took no number.
            #expect(receipt.number == "R-2025-000001")
            #expect(try await call(300_00) == "receipt_one_live")
        }
    }

    @Test func theOutboxNamesNobodyAndTheAuditNeither() async throws {
        try await withBooks { books in
            let mailed = try await books.addDonor("Ann Example", email: "ann@example.org")
            let silent = try await books.addDonor("Bob Example", email: "bob@example.org")
            try await books.app.transaction { db in
                try db.run("UPDATE fundraising.donor_identity SET no_mail = true WHERE donor_id = \(silent)")
            }
            let receipt = try await books.issue(books.addGift(300_00, of: mailed))
            _ = try await books.issue(books.addGift(300_00, of: silent))
            _ = try await books.issue(books.addGift(300_00, of: books.addDonor("Cleo Example")))
            let effects = try await books.app.read { db in
                try db.rows("SELECT type || ' ' || subject_id || ' ' || payload::text FROM journal.outbox ORDER BY id")
                {
                    try $0.next(String.self)
                }
            }
            #expect(
                effects == ["receipt.issued \(receipt.id.rawValue) {\"donor\": \(mailed), \"receipt\": \(receipt.id)}"])
            let facts = try await books.app.read { db in
                try db.rows("SELECT facts::text FROM journal.audit WHERE subject_kind = 'receipt'") {
                    try $0.next(String.self)
                }
            }
            #expect(facts.count == 3 && facts.allSatisfy { !$0.contains("xample") })
        }
    }
}
