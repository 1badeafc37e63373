import Access
import Postgres
import TestDatabase
import Values

@testable import Fundraising

extension Organisation {
    static let example = Organisation(
        legalName: "Example Press, Inc.", publishedName: "The Example", ein: "12-3456789",
        address: "1 Main Street|Springfield, NY 10001", signatory: "Erin Example|Treasurer",
        taxSentence: "Example Press, Inc. is tax-exempt under section 501(c)(3) of the Internal Revenue Code.",
        stateStatements: "New York: a copy of our latest report may be had from the Attorney General.")
}

extension Books {
    /// A donor whose identity is known.
    func addDonor(
        _ name: String?, spouse: String? = nil, kind: Donor.Kind = .person, email: String? = nil
    ) async throws -> ID<Donor> {
        try await app.transaction { db in
            let id = try db.one("INSERT INTO fundraising.donor (kind) VALUES (\(kind)) RETURNING id") {
                try $0.next(ID<Donor>.self)
            }
            if let name {
                try db.run(
                    "INSERT INTO fundraising.donor_identity (donor_id, name, spouse) VALUES (\(id), \(name), \(spouse))"
                )
            }
            if let email {
                try db.run(
                    "INSERT INTO fundraising.donor_email (folded, donor_id, text) VALUES (\(email), \(id), \(email))")
            }
            return id
        }
    }

    /// A gift with its charge, as the app role records it.
    func addGift(
        _ minor: Int64, of donor: ID<Donor>?, kind: Gift.Kind = .check, on day: String = "2025-03-01",
        benefit: Int64 = 0, currency: String = "USD", live: Bool = true
    ) async throws -> ID<Gift> {
        try await app.transaction { db in
            let id = try db.one(
                """
                INSERT INTO fundraising.gift (kind, donor_id, currency, intended_minor, benefit_minor, given_at, tax_date, \
                live, source, external_id) SELECT \(kind), \(donor), \(currency), \(minor), \(benefit), \
                (\(day)::date + interval '17 hours') AT TIME ZONE 'UTC', \(day)::date, \(live), 'test', \
                'g' || (SELECT count(*) FROM fundraising.gift) RETURNING id
                """
            ) { try $0.next(ID<Gift>.self) }
            if minor > 0 { try Self.entry(db, id, "charge", minor) }
            return id
        }
    }

    func enter(_ kind: String, _ minor: Int64, on gift: ID<Gift>) async throws {
        try await app.transaction { db in try Self.entry(db, gift, kind, minor) }
    }

    private static func entry(_ db: Connection, _ gift: ID<Gift>, _ kind: String, _ minor: Int64) throws {
        let event = try tell(db)
        try db.run(
            """
            INSERT INTO fundraising.entry (gift_id, kind, amount_minor, currency, occurred_at, posting_date, processor, \
            external_id, live, inbox_id) SELECT g.id, \(kind), \(minor), g.currency, now(), current_date, 'test', \
            g.id || '-' || (SELECT count(*) FROM fundraising.entry), g.live, \(event) FROM fundraising.gift g WHERE g.id = \(gift)
            """)
    }

    @discardableResult
    func issue(
        _ gift: ID<Gift>, benefit: String? = nil, description: String? = nil, to addressee: ID<Donor>? = nil,
        onRequest: Bool = false, organisation: Organisation = .example, as role: Role = .development
    ) async throws -> Receipt {
        var words = IssueReceipt.Words()
        words.benefit = benefit
        words.description = description
        words.addressee = addressee
        words.evenIfNotNeeded = onRequest
        return try await app.transaction { [words] db in
            try IssueReceipt(gift, words: words, organisation: organisation, by: actor(db, role)).perform(db)
        }
    }

    /// Why no receipt is issued; nil when one is.
    func refusal(
        _ gift: ID<Gift>, benefit: String? = nil, to addressee: ID<Donor>? = nil,
        organisation: Organisation = .example
    ) async throws -> ReceiptRefusal? {
        do {
            try await issue(gift, benefit: benefit, to: addressee, organisation: organisation)
            return nil
        } catch FundraisingError.receipt(let refusal) {
            return refusal
        }
    }

    func print(_ receipt: Receipt) async throws -> Letter {
        try await app.transaction { db in try PrintReceipt(receipt.number, by: actor(db)).perform(db).letter }
    }

    func void(_ receipt: Receipt, as role: Role = .finance) async throws -> Receipt {
        try await app.transaction { db in
            try VoidReceipt(receipt.number, reason: "Refunded", by: actor(db, role)).perform(db)
        }
    }

    func replace(_ receipt: Receipt, organisation: Organisation = .example) async throws -> Receipt {
        try await app.transaction { db in
            try ReplaceReceipt(
                receipt.number, reason: "Not right any more", organisation: organisation, by: actor(db, .finance)
            ).perform(db)
        }
    }

    func receipts(stale: Bool = false) async throws -> [Receipt] {
        var query = Receipts()
        query.stale = stale
        return try await app.read { [query] db in try query.list(db, for: actor(db), limit: 1_000) }
    }

    func missing(_ year: Int = 2025) async throws -> [ID<Gift>] {
        try await app.read { db in
            try Receipts.missing(db, year: year, for: actor(db), limit: 1_000).map(\.gift)
        }
    }

    func statement(
        _ donor: ID<Donor>, year: Int = 2025, organisation: Organisation = .example
    ) async throws -> (statement: Statement, isNew: Bool) {
        try await app.transaction { db in
            try MakeStatement(donor, year: year, organisation: organisation, by: actor(db)).perform(db)
        }
    }
}
