import Access
import Fundraising
import Postgres
import Testing
import Values

/// The books balance, and nobody takes money away alone, whatever statement the app role thinks of.
struct ConstructionTests {
    private func transfers(_ books: Books, of entry: Int64) async throws -> [String] {
        try await books.app.read { db in
            try db.rows(
                """
                SELECT t.debit || ' ' || t.credit || ' ' || t.amount_minor || ' ' || t.currency \
                FROM fundraising.transfer t WHERE t.entry_id = \(entry)
                """
            ) { try $0.next(String.self) }
        }
    }

    /// Each kind of entry of each kind of gift: debit, credit.
    @Test(
        arguments: [
            ("card", "refund", -1, "contributions", "clearing"),
            ("card", "refund_failed", 1, "clearing", "contributions"),
            ("card", "dispute_withdrawn", -1, "contributions_disputed", "clearing"),
            ("card", "dispute_reinstated", 1, "clearing", "contributions_disputed"),
            ("card", "fee", -1, "fees", "clearing"), ("card", "fee_refund", 1, "clearing", "fees"),
            ("check", "refund", -1, "contributions", "undeposited"), ("wire", "refund", -1, "contributions", "bank"),
            ("stock", "refund", -1, "contributions", "property"), (nil, "payout", -1, "bank", "clearing"),
            (nil, "payout_failed", 1, "clearing", "bank"), (nil, "fee", -1, "fees", "clearing"),
        ] as [(String?, String, Int64, String, String)])
    func anEntryMakesItsTransferItself(
        of kind: String?, _ entry: String, _ amount: Int64, _ debit: String, _ credit: String
    ) async throws {
        try await withBooks { books in
            var gift: ID<Gift>?
            if let kind { gift = try await books.addGift(500, of: nil, kind: try #require(Gift.Kind(rawValue: kind))) }
            let of = gift
            let made = try await books.app.transaction { db in
                let event = try Books.tell(db)
                return try db.one(
                    """
                    INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                    processor, external_id, inbox_id) VALUES (\(of), \(entry), \(amount), 'USD', now(), current_date, \
                    'test', 'x', \(event)) RETURNING id
                    """
                ) { try $0.next(Int64.self) }
            }
            #expect(try await transfers(books, of: made) == ["\(debit) \(credit) 1 USD"])
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func nobodyTakesMoneyAwayOrCorrectsItWithoutADecision() async throws {
        try await withBooks { books in
            let gift = try await books.record(
                .init(kind: .check, amount: Money(minor: 10_000, currency: Currency("USD"))))
            func entry(_ kind: String, _ amount: Int64, of gift: String, _ source: String = "'manual', 'solo', NULL")
                -> String
            {
                """
                INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
                processor, external_id, inbox_id) VALUES (\(gift), '\(kind)', \(amount), 'USD', now(), current_date, \
                \(source))
                """
            }
            let event = try await books.app.transaction { try Books.tell($0) }
            for forged in [
                entry("write_off", -1, of: "\(gift)"), entry("adjustment", 900_000_000, of: "\(gift)"),
                entry("adjustment", 1, of: "NULL"), entry("refund", -1, of: "\(gift)"),
                entry("refund", -1, of: "\(gift)", "'elsewhere', 'solo', NULL"),
                entry("write_off", -1, of: "\(gift)", "'test', 'solo', \(event)"),
                entry("payout", -1, of: "NULL"), entry("payout", -1, of: "NULL", "'manual', 'deposit-7', NULL"),
            ] {
                #expect(try await books.constraint(forged) == "entry_was_decided", "\(forged)")
            }
            #expect(try await books.expectSoundLedger() == [])
            #expect(try await books.net() == ["2026": 10_000])
        }
    }

    @Test func aDecisionIsOfItsOwnEntryAndByWhoMayAgree() async throws {
        try await withBooks { books in
            let large = Money(minor: 500_000, currency: try Currency("USD"))
            let gift = try await books.record(.init(kind: .wire, amount: large))
            let (refund, adjustment) = try await books.app.transaction { db in
                let actor = try books.actor(db)
                return (
                    try RefundGift(gift, large, at: nil, reason: "Asked for it", by: actor).perform(db).id,
                    try AdjustGift(gift, .writeOff(large), reason: "Never came", by: actor).perform(db).id
                )
            }
            for (table, id) in [("manual_refund", refund.rawValue), ("manual_adjustment", adjustment.rawValue)] {
                func agree(_ role: Role, _ more: String = "") -> String {
                    """
                    UPDATE fundraising.\(table) SET approved_at = now(), approved_by = (SELECT a.id FROM access.account a \
                    WHERE a.email = '\(role.rawValue)@example.org')\(more) WHERE id = \(id)
                    """
                }
                for role in [Role.auditor, .analyst, .development] {
                    #expect(try await books.constraint(agree(role)) == "approver_may", "\(role)")
                }
                #expect(
                    try await books.constraint(
                        agree(.finance, ", entry_id = (SELECT min(e.id) FROM fundraising.entry e)")) == "decision_fits")
            }
        }
    }
}
