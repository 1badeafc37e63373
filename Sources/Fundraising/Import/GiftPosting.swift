internal import Postgres

/// Puts a checked file into the books: donors, gifts and entries, each by one statement.
struct GiftPosting {
    let db: Connection
    let importFile: Int64

    init(_ db: Connection, importFile: Int64) {
        self.db = db
        self.importFile = importFile
    }

    /// - Throws: `FundraisingError.refundAboveCharge` when a refund that came by another way leaves no room.
    func post() throws {
        do {
            try addDonors()
            try numberNewGifts()
            try addGifts()
            try addCharges()
            try addRefunds()
        } catch let error as PostgresError {
            throw error.orFundraisingError()
        }
    }

    /// A donor is known by e-mail address. Who gave without one is a donor of his own: two people of one name must not
    /// become one.
    private func addDonors() throws {
        try db.run(
            """
            CREATE TEMP TABLE new_donor ON COMMIT DROP AS \
            SELECT nextval('fundraising.donor_id_seq') AS id, d.folded, d.email, d.line FROM (\
            SELECT DISTINCT ON (s.donor_folded) s.donor_folded AS folded, s.donor_email AS email, \
            NULL::bigint AS line FROM staged_gift s WHERE s.donor_folded IS NOT NULL AND NOT EXISTS (\
            SELECT FROM fundraising.donor_email e WHERE e.folded = s.donor_folded) \
            AND \(Self.isNew) ORDER BY s.donor_folded, s.line) d \
            UNION ALL SELECT nextval('fundraising.donor_id_seq'), NULL, NULL, s.line FROM staged_gift s \
            WHERE s.donor_folded IS NULL AND s.donor_name IS NOT NULL AND \(Self.isNew)
            """)
        try db.run("INSERT INTO fundraising.donor (id) SELECT id FROM new_donor ORDER BY id")
        try db.run(
            """
            INSERT INTO fundraising.donor_email (folded, donor_id, text) \
            SELECT folded, id, email FROM new_donor WHERE folded IS NOT NULL ORDER BY folded
            """)
    }

    private static let isNew: SQL = """
        NOT EXISTS (SELECT FROM fundraising.gift g WHERE g.source = 'gifts' AND g.external_id = s.external_id)
        """

    /// Ids are drawn beforehand, so that entries follow without looking their gift up.
    private func numberNewGifts() throws {
        try db.run(
            """
            CREATE TEMP TABLE new_gift ON COMMIT DROP AS SELECT nextval('fundraising.gift_id_seq') AS gift_id, \
            nextval('fundraising.entry_id_seq') AS entry_id, coalesce(e.donor_id, n.id) AS donor_id, \
            c.id AS campaign_id, a.id AS appeal_id, t.article_id, \
            (s.given_at AT TIME ZONE z.name)::date AS given_on, greatest(z.open_from, \
            (s.given_at AT TIME ZONE z.name)::date) AS posting_date, s.line, s.fields, s.external_id, s.donor_name, \
            s.given_at, s.amount_minor, s.currency, s.kind, s.method \
            FROM (SELECT access.publication_zone() AS name, fundraising.open_books() AS open_from OFFSET 0) z \
            CROSS JOIN staged_gift s LEFT JOIN fundraising.donor_email e ON e.folded = s.donor_folded \
            LEFT JOIN new_donor n ON n.line = s.line LEFT JOIN fundraising.campaign c ON c.slug = s.campaign \
            LEFT JOIN fundraising.appeal a ON a.campaign_id = c.id AND a.slug = s.appeal \
            LEFT JOIN staged_article t ON t.given = s.article WHERE \(Self.isNew) ORDER BY s.line
            """)
        // A name is taken where there is none yet, and never over one that somebody may have put right.
        try db.run(
            """
            INSERT INTO fundraising.donor_identity (donor_id, name) SELECT DISTINCT ON (donor_id) donor_id, donor_name \
            FROM new_gift WHERE donor_id IS NOT NULL AND donor_name IS NOT NULL ORDER BY donor_id, line \
            ON CONFLICT ON CONSTRAINT donor_identity_pkey DO NOTHING
            """)
    }

    private func addGifts() throws {
        try db.run(
            """
            INSERT INTO fundraising.import_row (import_file_id, line, fields) \
            SELECT \(importFile), line, fields FROM new_gift
            """)
        try db.run(
            """
            INSERT INTO fundraising.gift (id, kind, donor_id, currency, intended_minor, method, given_at, tax_date, \
            campaign_id, appeal_id, article_id, source, external_id) \
            SELECT gift_id, kind, donor_id, currency, amount_minor, method, given_at, given_on, \
            campaign_id, appeal_id, article_id, 'gifts', external_id FROM new_gift
            """)
    }

    private func addCharges() throws {
        try db.run(
            """
            INSERT INTO fundraising.entry (id, gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
            processor, processor_account, external_id, import_file_id, import_line) \
            SELECT entry_id, gift_id, 'charge', amount_minor, currency, given_at, posting_date, \
            'import', 'gifts', external_id, \(importFile), line FROM new_gift
            """)
    }

    /// What was given back beyond what is recorded, of new and of known gifts. The sum given back so far names the
    /// refund: the next one has another.
    private func addRefunds() throws {
        try db.run(
            """
            CREATE TEMP TABLE new_refund ON COMMIT DROP AS SELECT nextval('fundraising.entry_id_seq') AS entry_id, \
            g.id AS gift_id, g.currency, s.line, s.fields, s.external_id, s.refunded_minor AS total_minor, \
            s.refunded_minor - b.refunded_minor AS amount_minor, s.refunded_at, \
            greatest(z.open_from, (s.refunded_at AT TIME ZONE z.name)::date) AS posting_date \
            FROM (SELECT access.publication_zone() AS name, fundraising.open_books() AS open_from OFFSET 0) z \
            CROSS JOIN staged_gift s JOIN fundraising.gift g ON g.source = 'gifts' AND g.external_id = s.external_id \
            CROSS JOIN LATERAL (SELECT coalesce(-sum(e.amount_minor), 0)::bigint AS refunded_minor \
            FROM fundraising.entry e WHERE e.gift_id = g.id AND e.kind IN ('refund', 'refund_failed')) b \
            WHERE s.refunded_minor > 0 AND s.refunded_minor > b.refunded_minor ORDER BY s.line
            """)
        try db.run(
            """
            INSERT INTO fundraising.import_row (import_file_id, line, fields) \
            SELECT \(importFile), line, fields FROM new_refund ON CONFLICT ON CONSTRAINT import_row_pkey DO NOTHING
            """)
        try db.run(
            """
            INSERT INTO fundraising.entry (id, gift_id, kind, amount_minor, currency, occurred_at, posting_date, \
            processor, processor_account, external_id, phase, import_file_id, import_line) \
            SELECT entry_id, gift_id, 'refund', -amount_minor, currency, refunded_at, posting_date, \
            'import', 'gifts', external_id, total_minor::text, \(importFile), line FROM new_refund
            """)
    }
}
