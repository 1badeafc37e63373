import Access
import Fundraising
import Journal
import Postgres
import TestDatabase
import Values

/// The books of one test: a publication in a zone, with somebody who may import.
struct Books {
    static let header =
        "external_id,donor_email,donor_name,given_at,amount,currency,method,campaign,appeal,article,refunded_amount,"
        + "refunded_at"

    let test: TestDatabase
    let zone: Zone

    var app: Database { test.app }

    func actor(_ db: Connection, _ role: Role = .development) throws -> Actor {
        try Actor.load(db, email: EmailAddress("\(role.rawValue)@example.org"), via: .cli, systemUser: "test")
    }

    /// Imports a text as a file; the rows begin after the header unless the text brings its own.
    @discardableResult
    func importing(
        _ rows: String, header: String = header, name: String = "gifts.csv", mode: ImportGifts.Mode = .forReal,
        as role: Role = .development
    ) async throws -> ImportGifts.Report {
        try await importing(bytes: Array((header + "\n" + rows).utf8), name: name, mode: mode, as: role)
    }

    @discardableResult
    func importing(
        bytes: [UInt8], name: String = "gifts.csv", mode: ImportGifts.Mode = .forReal, as role: Role = .development
    ) async throws -> ImportGifts.Report {
        try await app.transaction { db in
            try ImportGifts(bytes, name: name, mode: mode, by: actor(db, role)).perform(db)
        }
    }

    /// What is wrong with such a file: each mistake as a person reads it. Empty when it is taken.
    func mistakes(_ rows: String, header: String = header) async throws -> [String] {
        do {
            try await importing(rows, header: header)
            return []
        } catch FundraisingError.badFile(_, let mistakes, _) {
            return mistakes.map(\.description)
        }
    }

    func report(
        by grouping: DonationReport.Grouping = .year, basis: DonationReport.Basis = .giftYear, from: String? = nil,
        to: String? = nil
    ) async throws -> [String] {
        let report = try DonationReport(
            by: grouping, basis: basis, from: from.map { try LocalDate($0) }, to: to.map { try LocalDate($0) })
        return try await app.read { db in
            try report.lines(db).map { line in
                let key = line.key == .name(nil) ? "-" : line.key.description
                return
                    "\(key) \(line.currency) \(line.gifts) \(line.gross.minor) \(line.refunds.minor) \(line.net.minor)"
            }
        }
    }

    /// Net by year of one currency.
    func net(_ basis: DonationReport.Basis = .giftYear) async throws -> [String: Int64] {
        try await app.read { db in
            let lines = try DonationReport(by: .year, basis: basis).lines(db)
            return Dictionary(
                uniqueKeysWithValues: lines.compactMap { line in
                    guard case .period(let period) = line.key else { return nil }
                    return (period.description, line.net.minor)
                })
        }
    }

    /// Every row of every table of the books, as one text: equal texts are equal books.
    func contents() async throws -> String {
        try await test.owner.read { db in
            let tables = try db.rows(
                """
                SELECT format('SELECT %L || coalesce(string_agg(t::text, E''\\n'' ORDER BY t::text), '''') \
                FROM fundraising.%I t', table_name || ': ', table_name) FROM information_schema.tables \
                WHERE table_schema = 'fundraising' AND table_type = 'BASE TABLE' ORDER BY table_name
                """
            ) { try $0.next(String.self) }
            return try tables.map { try db.value(SQL(stringLiteral: $0), as: String.self) ?? "" }.joined(
                separator: "\n")
        }
    }

    func count(_ table: StaticString) async throws -> Int {
        try await app.read { db in try db.value("SELECT count(*) FROM \(raw: table)", as: Int.self) ?? -1 }
    }

    /// The name of the rule that the database holds against a statement of the app role; nil when it takes it.
    func constraint(_ statement: String) async throws -> String? {
        do {
            try await app.transaction { db in _ = try db.run(SQL(stringLiteral: statement)) }
            return nil
        } catch let error as PostgresError { return error.constraint ?? error.sqlstate }
    }

    func expectSoundLedger() async throws -> [LedgerFinding] {
        try await app.read { db in try Ledger.check(db) }
    }

    /// Stores an event as a processor's, so that an entry comes of something. Returns its number in the inbox.
    static func tell(_ db: Connection) throws -> Int64 {
        try db.one(
            """
            INSERT INTO fundraising.webhook_inbox (processor, endpoint, event_id, type, live, body, sha256, state) \
            VALUES ('test', 'test', gen_random_uuid()::text, 'made', true, '', sha256(''), 'applied') RETURNING id
            """
        ) { try $0.next() }
    }

    func addCampaign(_ slug: String, goal: String = "50000.00", currency: String = "USD") async throws {
        try await app.transaction { db in
            let goal = try Money(parsing: goal, currency: Currency(currency))
            _ = try AddCampaign(
                slug: Slug(slug), name: "Campaign \(slug)", goal: goal, starts: nil, ends: nil, by: actor(db)
            ).perform(db)
        }
    }

    /// An article that was public once, with its slug; returns its number.
    func addArticle(_ slug: String) async throws -> Int64 {
        try await test.owner.transaction { db in
            try db.run("INSERT INTO editorial.section (slug, name) VALUES ('news', 'News') ON CONFLICT DO NOTHING")
            let id = try db.one(
                """
                INSERT INTO editorial.article (title, kind, section_id, created_by) \
                SELECT \(slug), 'reporting', s.id, (SELECT min(id) FROM access.account) FROM editorial.section s \
                WHERE s.slug = 'news' RETURNING id
                """
            ) { try $0.next(Int64.self) }
            try db.run(
                "INSERT INTO editorial.slug (slug, article_id, path) VALUES (\(slug), \(id), \("/news/" + slug))")
            return id
        }
    }

    func addAppeal(_ slug: String, campaign: String) async throws {
        try await app.transaction { db in
            _ = try AddAppeal(
                slug: Slug(slug), campaign: Slug(campaign), name: "Appeal \(slug)", channel: .mail, starts: nil,
                ends: nil, by: actor(db)
            ).perform(db)
        }
    }
}

/// Runs a test on empty books in a zone.
func withBooks<T>(in zone: String = "America/New_York", _ body: (Books) async throws -> T) async throws -> T {
    try await withTestDatabase { test in
        let zone = try Zone.named(zone)
        try await test.owner.transaction { try Publication.setZone($0, zone) }
        try await test.app.transaction { db in
            _ = try AddAccount(
                first: EmailAddress("admin@example.org"), name: "Admin", grants: [RoleGrant(.admin)], via: .cli,
                systemUser: "test"
            ).perform(db)
            let admin = try Actor.load(db, email: EmailAddress("admin@example.org"), via: .cli, systemUser: "test")
            for role in [Role.development, .finance, .auditor, .analyst] {
                _ = try AddAccount(
                    email: EmailAddress("\(role.rawValue)@example.org"), name: role.rawValue,
                    grants: [RoleGrant(role)], by: admin
                ).perform(db)
            }
        }
        return try await body(Books(test: test, zone: zone))
    }
}
