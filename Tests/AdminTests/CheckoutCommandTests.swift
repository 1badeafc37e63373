import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Deposits, matches, corrections and the donation form's limits as others script them.
struct CheckoutCommandTests {
    @Test func aDepositIsCountedAndClosedByScript() async throws {
        try await withMoneyOffice { office in
            let batch = try await office.object(
                "fund", "batch open --total 350.00 --currency USD --count 2 --deposited 2026-01-05")
            #expect(batch["equal"] == false)
            _ = try await office.object("fund", "gift add --kind check --amount 250.00 --currency USD --batch 1")
            #expect(await office.run("fund", "batch close 1").exit == 76)
            _ = try await office.object("fund", "gift add --kind cash --amount 100.00 --currency USD")
            #expect(try await office.object("fund", "batch add 1 2")["equal"] == true)
            #expect(try await office.object("read", "batch show 1")["items"]?.array?.count == 2)
            let closed = try await office.object("fund", "batch close 1")
            #expect(closed["closed_by"] == "fund@example.org" && closed["added_minor"] == 35_000)
            #expect(await office.run("read", "batch list --open --format tsv --no-header").out == "")
            // A gift that can't go into the deposit it is added to isn't recorded at all.
            #expect(
                await office.run("fund", "gift add --kind cash --amount 1.00 --currency USD --batch 1").exit == 76)
            let gifts = try await office.test.app.read {
                try $0.value("SELECT count(*) FROM fundraising.gift", as: Int.self)
            }
            #expect(gifts == 2)
            for (line, exit) in [
                ("batch open --total 0 --currency USD --count 1 --deposited 2026-01-05", 65),
                ("batch open --total 1.00 --currency USD --count 0 --deposited 2026-01-05", 65),
                ("batch open --total 1.00 --currency USD --count 1", 64), ("batch add 1", 64), ("batch add 1 2", 76),
                ("batch add 9 2", 66), ("batch remove 1 1", 76), ("batch close 9", 66), ("batch show x", 64),
                ("batch close 1", 76),
            ] as [(String, Int32)] {
                let ran = await office.run("fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
            }
        }
    }

    @Test func aMatchIsPromisedAndReportedByScript() async throws {
        try await withMoneyOffice { office in
            for line in [
                "donor add --name |A Sponsor|", "donor add --name |A Reader|",
                "pledge add 1 100.00 --currency USD --from 2026-01-31",
                "match add --sponsor 1 --pledge 1 --ratio 2:1 --cap 100.00 --from 2025-03-01 --until 2025-03-31 "
                    + "--per-donor 60.00",
                "gift add --kind check --amount 20.00 --currency USD --donor 2 --given 2025-03-02",
                "gift add --kind check --amount 20.00 --currency USD --donor 2 --given 2025-03-03",
            ] { _ = try await office.object("fund", line) }
            let report = await office.run("read", "match report 1 --format csv")
            #expect(
                report.out.split(whereSeparator: \.isNewline).map { $0.split(separator: ",").last.map(String.init) }
                    == [
                        "matched", "40.00", "20.00",
                    ])
            #expect(try await office.object("read", "match list")["paid_minor"] == 0)
            let more = await office.run("read", "match report 1 --after 1 --format tsv --no-header")
            #expect(more.out.hasPrefix("2\t2\t"))
            for (line, exit) in [
                ("match add --sponsor 2 --pledge 1 --ratio 1:1 --cap 1 --from 2025-03-01 --until 2025-03-31", 76),
                ("match add --sponsor 1 --pledge 1 --ratio 1:1 --cap 1 --from 2025-03-01 --until 2025-03-31", 76),
                ("match add --sponsor 1 --pledge 9 --ratio 1:1 --cap 1 --from 2025-03-01 --until 2025-03-31", 66),
                ("match add --sponsor 1 --pledge 1 --ratio 1-1 --cap 1 --from 2025-03-01 --until 2025-03-31", 64),
                ("match add --sponsor 1 --pledge 1 --ratio 1:1 --cap 0 --from 2025-03-01 --until 2025-03-31", 65),
                ("match add --sponsor 1 --pledge 1 --ratio 1:1 --cap 1 --from 2025-03-02 --until 2025-03-01", 65),
                ("match report 9", 66),
            ] as [(String, Int32)] {
                let ran = await office.run("fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
            }
        }
    }

    @Test func aCorrectionAndALargeReceiptTakeTwoPeopleByScript() async throws {
        try await withMoneyOffice { office in
            var console = office.console
            console.environment["MASTHEAD_ORGANISATION_LEGAL_NAME"] = "Example Press, Inc."
            console.environment["MASTHEAD_ORGANISATION_EIN"] = "12-3456789"
            let house = MoneyOffice(test: office.test, console: console)
            _ = try await house.object("fund", "donor add --name |Ann Giver|")
            _ = try await house.object("fund", "gift add --kind check --amount 5000.00 --currency USD --donor 1")
            _ = try await house.object("fund", "receipt issue 1")
            let asked = await house.run("money", "receipt void 1 --reason |The check bounced|")
            #expect(asked.exit == 0 && asked.err.contains("second person"))
            #expect(await house.run("money", "receipt void 1 --reason |The check bounced|").exit == 76)
            #expect(
                try await house.object("money2", "receipt void 1 --reason |The check bounced|")["state"] == "voided")

            #expect(
                try await house.object("fund", "gift adjust 1 --write-off 5000.00 --reason Bounced")["entry"] == .null)
            #expect(try await house.object("read", "gift adjustments --open")["takes_two"] == true)
            #expect(await house.run("fund", "gift approve-adjustment 1").exit == 77)
            #expect(try await house.object("money", "gift approve-adjustment 1")["entry"]?.integer != nil)
            #expect(try await house.object("read", "gift show 1")["status"] == "refunded")
            for (line, exit) in [
                ("gift adjust 1 --lower 1.00 --reason x", 76),
                ("gift adjust 1 --raise 1.00 --lower 1.00 --reason x", 64),
                ("gift adjust 1 --reason x", 64), ("gift adjust 9 --raise 1.00 --reason x", 66),
                ("gift adjust 1 --raise 0 --reason x", 65), ("gift adjust 1 --raise 1.00 --reason | |", 65),
            ] as [(String, Int32)] {
                let ran = await house.run("fund", line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
            }
            #expect(await house.run("money", "gift approve-adjustment 1").exit == 76)
            #expect(await house.run("money", "gift approve-adjustment 9").exit == 66)
        }
    }

    @Test func theDonationFormsLimitsAreSeenAndSetByScript() async throws {
        try await withMoneyOffice { office in
            #expect(try await office.object("read", "checkout limits")["per_block"] == 30)
            let changed = try await office.object(
                "fund", "checkout limits --per-block 5 --pause-minutes 9 --least 3.00 --currency USD")
            #expect(changed["per_block"] == 5 && changed["per_email"] == 6 && changed["pause_minutes"] == 9)
            #expect(changed["least"]?.array?.contains("3.00 USD") == true)
            try await office.test.owner.transaction { db in
                try db.run("UPDATE fundraising.attempt_breaker SET open_until = now() + interval '1 hour', opened = 1")
            }
            #expect(try await office.object("read", "checkout status")["paused_until"]?.string != nil)
            #expect(try await office.object("fund", "checkout resume")["paused_until"] == .null)
            for (name, line, exit) in [
                ("fund", "checkout limits --per-block 0", 65), ("fund", "checkout limits --failure-percent 101", 65),
                ("fund", "checkout limits --least 3.00", 64), ("fund", "checkout limits --least 0 --currency USD", 65),
                ("read", "checkout limits --per-block 5", 77), ("read", "checkout resume", 77),
                ("chief", "checkout status", 77),
            ] as [(String, String, Int32)] {
                let ran = await office.run(name, line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
            }
        }
    }
}
