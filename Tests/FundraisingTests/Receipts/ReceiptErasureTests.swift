import Access
import Postgres
import TestDatabase
import Testing
import Values

@testable import Fundraising

/// What receipts and statements say of somebody after he was forgotten, merged, or moved.
struct ReceiptErasureTests {
    private static let planted = "quincunx|zyzzyva|elm street|moonstone"

    /// Every table of every schema that holds one of the words, as the superuser sees it.
    private func tablesNaming(_ books: Books) async throws -> [String] {
        let superuser = books.test.database(books.test.superuserURL)
        defer { Task { await superuser.close() } }
        return try await superuser.read { db in
            let tables = try db.rows(
                """
                SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables \
                WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
                """
            ) { try $0.next(String.self) }
            return try tables.filter { table in
                try db.value(
                    SQL(stringLiteral: "SELECT EXISTS (SELECT FROM \(table) t WHERE t::text ~* '\(Self.planted)')"),
                    as: Bool.self) ?? true
            }
        }
    }

    private func erase(_ books: Books, _ donor: ID<Donor>) async throws {
        _ = try await books.app.transaction { db in
            try EraseDonor(donor, reason: "Asked for it by letter", by: books.actor(db)).perform(db)
        }
    }

    /// What stays of receipts and statements: all but the words.
    private func numbers(_ books: Books) async throws -> [String] {
        try await books.app.read { db in
            try db.rows(
                """
                SELECT format('%s-%s-%s %s %s %s %s %s %s %s', r.series, r.year, r.number, r.kind, r.gift_id, \
                r.amount_minor, r.currency, r.issued_at, r.snapshot::jsonb ->> 'issued_on', \
                r.snapshot::jsonb ->> 'deductible_minor') FROM fundraising.receipt r \
                UNION ALL SELECT format('%s %s %s %s %s', s.donor_id, s.year, s.version, s.snapshot::jsonb -> 'totals', \
                s.snapshot::jsonb -> 'gifts') FROM fundraising.statement s ORDER BY 1
                """
            ) { try $0.next(String.self) }
        }
    }

    @Test func anErasedDonorsReceiptsKeepNumbersAmountsAndDaysAndNameNobody() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor(
                "Zelda Zyzzyva", spouse: "Mr Zyzzyva", email: "quincunx@example.org")
            try await books.reach(donor, .address(.init(street: "9 Elm Street", city: "Springfield", country: "US")))
            let bystander = try await books.addDonor("By Stander", email: "by@example.org")
            let plain = try await books.issue(try await books.addGift(30_000, of: donor))
            let dinner = try await books.addGift(26_000, of: donor, benefit: 2_000)
            _ = try await books.issue(dinner, benefit: "a moonstone ring for Zelda Zyzzyva")
            let thing = try await books.addGift(0, of: donor, kind: .inKind)
            let ofThing = try await books.issue(thing, description: "Zyzzyva's piano")
            let others = try await books.issue(try await books.addGift(40_000, of: bystander))
            _ = try await books.app.transaction { db in
                try VoidReceipt(plain.number, reason: "Zyzzyva asked", by: books.actor(db, .finance)).perform(db)
            }
            _ = try await books.statement(donor)
            for table in ["receipt", "receipt_end", "statement"] {
                #expect(try await tablesNaming(books).contains("fundraising.\(table)"), "\(table)")
            }
            let before = try await numbers(books)

            try await erase(books, donor)
            #expect(try await tablesNaming(books) == [])
            #expect(try await numbers(books) == before)
            let receipts = try await books.receipts()
            #expect(receipts.map(\.number) == ["R-2025-000004", "R-2025-000003", "R-2025-000002", "R-2025-000001"])
            #expect(receipts.last?.state == .voided && receipts.last?.reason == nil)
            // The bystander's says what it said, to the byte.
            #expect(receipts.first?.snapshot == others.snapshot)
            // It still prints, without a name.
            let letter = try await books.print(ofThing).text
            #expect(letter.contains("R-2025-000003") && !letter.contains("piano"))
            // Nothing waits to be mailed to him, and one letter to the bystander does.
            #expect(try await books.count("journal.outbox WHERE type = 'receipt.issued' AND state = 'pending'") == 1)
            #expect(try await books.count("journal.outbox WHERE type = 'statement.made' AND state = 'pending'") == 0)
            // He can't be receipted or told of his year again; and the app can't redact at will.
            #expect(try await books.refusal(dinner) != nil)
            #expect(
                await books.refusal(of: "SELECT fundraising.forget_receipts(ARRAY[1]::bigint[])")?.sqlstate == "42501")
        }
    }

    @Test func anAdvisorsNameLeavesTheLettersOfTheFundsGifts() async throws {
        try await withBooks { books in
            let fund = try await books.addDonor("A Fund", kind: .dafSponsor)
            let advisor = try await books.addDonor("Zelda Zyzzyva")
            let gift = try await books.addGift(50_000, of: fund, kind: .daf)
            let receipt = try await books.issue(gift, to: advisor)
            #expect(receipt.snapshot.addressee.name == "Zelda Zyzzyva")
            try await erase(books, advisor)
            #expect(try await tablesNaming(books) == [])
            let kept = try #require(try await books.receipts().first)
            #expect(kept.number == receipt.number && kept.snapshot.amount == receipt.snapshot.amount)
        }
    }

    @Test func aReceiptPrintsTheAddressAsOfTheDayItWasIssued() async throws {
        try await withBooks { books in
            let donor = try await books.addDonor("Ann Giver")
            var old = ReachDonor.Place(street: "Flat 2\n9 Elm Street", city: "Springfield", country: "US")
            (old.region, old.postcode, old.starts) = ("NY", "10001", try LocalDate("2020-01-01"))
            try await books.reach(donor, .address(old))
            var later = ReachDonor.Place(street: "1 Future Road", city: "Toronto", country: "CA")
            (later.starts, later.isFurther) = (try LocalDate("2190-01-01"), true)
            try await books.reach(donor, .address(later))
            let first = try await books.issue(try await books.addGift(30_000, of: donor))
            #expect(first.snapshot.addressee.address == ["Flat 2", "9 Elm Street", "Springfield, NY 10001"])
            #expect(try await books.print(first).text.contains("Springfield, NY 10001"))

            try await books.reach(
                donor, .address(.init(street: "3 New Road", city: "Toronto", country: "CA")))
            let second = try await books.issue(try await books.addGift(30_000, of: donor))
            #expect(second.snapshot.addressee.address == ["3 New Road", "Toronto", "CA"])
            // What was said stands, also when it is printed again.
            #expect(try await books.print(first).text.contains("9 Elm Street"))
            #expect(try await books.replace(first).snapshot.addressee.address == ["3 New Road", "Toronto", "CA"])
        }
    }

    @Test func afterAMergeALetterGoesToWhoTheDonorIsNow() async throws {
        try await withBooks { books in
            let (old, survivor) = (try await books.addDonor("A. Giver"), try await books.addDonor("Ann Giver"))
            try await books.reach(old, .address(.init(street: "9 Elm Street", city: "Springfield", country: "US")))
            try await books.reach(old, .email(EmailAddress("ann@example.org")))
            let gift = try await books.addGift(30_000, of: old)
            let before = try await books.issue(gift)
            let merge = try await books.merge(old, into: survivor)
            // The receipt of before says what it said; the next goes to the survivor, where the other one lived.
            #expect(try await books.receipts().first?.snapshot == before.snapshot)
            let after = try await books.replace(before).snapshot.addressee
            #expect(after.donor == survivor && after.name == "Ann Giver")
            #expect(after.address == ["9 Elm Street", "Springfield"] && after.email == "ann@example.org")
            // Where he has an address himself, that is his.
            try await books.reach(survivor, .address(.init(street: "5 Own Lane", city: "Salem", country: "US")))
            let own = try await books.issue(try await books.addGift(30_000, of: old)).snapshot.addressee
            #expect(own.address == ["5 Own Lane", "Salem"])
            try await books.unmerge(merge)
            let again = try await books.issue(try await books.addGift(30_000, of: old)).snapshot.addressee
            #expect(again.donor == old && again.address == ["9 Elm Street", "Springfield"])
        }
    }
}
