internal import Postgres
internal import Values

/// What a staged file says that the books contradict. Every check is one statement over all rows.
struct GiftChecks {
    let db: Connection
    /// The file's headings, in the order of `staged_gift.fields`.
    let columns: [String]

    init(_ db: Connection, columns: [String]) {
        self.db = db
        self.columns = columns
    }

    /// Gifts of the file that are already known, with what was given back of them, what of that files told, and where they
    /// were first read. What was given back by hand is no contradiction: a file may not have heard of it.
    static let known: SQL = """
        SELECT g.id AS gift_id, g.external_id, g.given_at, g.intended_minor, g.currency, g.method, g.article_id, \
        r.fields, f.columns, coalesce(b.refunded_minor, 0) AS refunded_minor, coalesce(b.told_minor, 0) AS told_minor, \
        b.refunded_at \
        FROM staged_gift t JOIN fundraising.gift g ON g.source = 'gifts' AND g.external_id = t.external_id \
        JOIN fundraising.entry e ON e.processor = 'import' AND e.processor_account = g.source \
        AND e.kind = 'charge' AND e.external_id = g.external_id AND e.phase = '' \
        LEFT JOIN fundraising.import_row r ON r.import_file_id = e.import_file_id AND r.line = e.import_line \
        LEFT JOIN fundraising.import_file f ON f.id = e.import_file_id \
        LEFT JOIN (SELECT gift_id, (-sum(amount_minor))::bigint AS refunded_minor, \
        (-sum(amount_minor) FILTER (WHERE processor = 'import'))::bigint AS told_minor, \
        max(occurred_at) FILTER (WHERE processor = 'import') AS refunded_at \
        FROM fundraising.entry WHERE kind IN ('refund', 'refund_failed') GROUP BY gift_id) b ON b.gift_id = g.id
        """

    func mistakes(limit: Int) throws -> [FileMistake] {
        try repeatedIDs(limit) + unknownCampaigns(limit) + unknownAppeals(limit) + unknownArticles(limit)
            + changedFields(limit) + changedRefunds(limit)
    }

    private func repeatedIDs(_ limit: Int) throws -> [FileMistake] {
        try db.rows(
            """
            SELECT s.line, s.external_id, o.line FROM staged_gift s JOIN (\
            SELECT external_id, min(line) AS line FROM staged_gift GROUP BY external_id HAVING count(*) > 1) o \
            ON o.external_id = s.external_id AND o.line < s.line ORDER BY s.line LIMIT \(limit)
            """
        ) { row in
            let (line, id) = (try row.next(Int.self), try row.next(String.self))
            return FileMistake(
                line: line, column: "external_id", value: id,
                reason: "line \(try row.next(Int.self)) has the same; one row is one gift")
        }
    }

    private func unknownCampaigns(_ limit: Int) throws -> [FileMistake] {
        try unknown(
            """
            SELECT s.line, s.campaign FROM staged_gift s WHERE s.campaign IS NOT NULL AND NOT EXISTS (\
            SELECT FROM fundraising.campaign c WHERE c.slug = s.campaign) ORDER BY s.line LIMIT \(limit)
            """, column: "campaign", reason: "there is no such campaign")
    }

    private func unknownAppeals(_ limit: Int) throws -> [FileMistake] {
        try unknown(
            """
            SELECT s.line, s.appeal FROM staged_gift s JOIN fundraising.campaign c ON c.slug = s.campaign \
            WHERE s.appeal IS NOT NULL AND NOT EXISTS (SELECT FROM fundraising.appeal a \
            WHERE a.campaign_id = c.id AND a.slug = s.appeal) ORDER BY s.line LIMIT \(limit)
            """, column: "appeal", reason: "the campaign has no such appeal")
    }

    private func unknownArticles(_ limit: Int) throws -> [FileMistake] {
        try unknown(
            """
            SELECT s.line, s.article FROM staged_gift s JOIN staged_article a ON a.given = s.article \
            WHERE a.article_id IS NULL ORDER BY s.line LIMIT \(limit)
            """, column: "article", reason: "no article of that number or slug was ever public")
    }

    private func unknown(_ query: SQL, column: String, reason: String) throws -> [FileMistake] {
        try db.rows(query) { row in
            FileMistake(line: try row.next(), column: column, value: try row.next(), reason: reason)
        }
    }

    /// Fields of known gifts that say something else than when they were first read. What the file now leaves out, and
    /// what was erased since, can't differ.
    private func changedFields(_ limit: Int) throws -> [FileMistake] {
        try db.rows(
            """
            SELECT s.line, d.name, s.fields[array_position(\(columns)::text[], d.name)], \
            k.fields[array_position(k.columns, d.name)] \
            FROM staged_gift s JOIN (\(Self.known)) k ON k.external_id = s.external_id \
            LEFT JOIN staged_article a ON a.given = s.article \
            CROSS JOIN LATERAL (VALUES \
            ('given_at', k.given_at <> s.given_at), \
            ('amount', k.intended_minor <> s.amount_minor OR k.currency <> s.currency), \
            ('currency', k.currency <> s.currency), \
            ('method', k.method <> s.method), \
            ('donor_email', \(rewritten("donor_email")) AND lower(btrim(\(was("donor_email")))) \
            IS DISTINCT FROM s.donor_folded), \
            ('donor_name', \(rewritten("donor_name"))), \
            ('campaign', \(rewritten("campaign"))), \
            ('appeal', \(rewritten("appeal"))), \
            ('article', \(rewritten("article")) AND k.article_id IS DISTINCT FROM a.article_id)) AS d (name, differs) \
            WHERE d.differs AND d.name = ANY (\(columns)::text[]) ORDER BY s.line, d.name LIMIT \(limit)
            """
        ) { row in
            let (line, column) = (try row.next(Int.self), try row.next(String.self))
            let (now, was) = (try row.next(String?.self), try row.next(String?.self))
            return FileMistake(
                line: line, column: column, value: now,
                reason: "it was \"\(was ?? "")\" when this gift was imported; a file may only add refunds to it")
        }
    }

    /// A field as it was first read: empty when that file had no such column, NULL when it was erased since.
    private func was(_ column: String) -> SQL {
        """
        CASE WHEN array_position(k.columns, \(column)) IS NULL THEN '' \
        ELSE k.fields[array_position(k.columns, \(column))] END
        """
    }

    /// Whether the field's text isn't the one first read. Not true when it was erased.
    private func rewritten(_ column: String) -> SQL {
        "\(was(column)) <> s.fields[array_position(\(columns)::text[], \(column))]"
    }

    private func changedRefunds(_ limit: Int) throws -> [FileMistake] {
        try db.rows(
            """
            SELECT s.line, s.refunded_minor < k.told_minor, s.currency, k.told_minor, \
            s.fields[array_position(\(columns)::text[], 'refunded_amount')], \
            s.fields[array_position(\(columns)::text[], 'refunded_at')] \
            FROM staged_gift s JOIN (\(Self.known)) k ON k.external_id = s.external_id \
            WHERE s.refunded_minor < k.told_minor \
            OR (s.refunded_minor = k.told_minor AND s.refunded_at <> k.refunded_at) ORDER BY s.line LIMIT \(limit)
            """
        ) { row in
            let (line, isLess) = (try row.next(Int.self), try row.next(Bool.self))
            let currency = try row.next(Currency.self)
            let refunded = Money(minor: try row.next(), currency: currency)
            let (amount, at) = (try row.next(String?.self), try row.next(String?.self))
            guard isLess else {
                return FileMistake(
                    line: line, column: "refunded_at", value: at,
                    reason: "that refund is already recorded with another time")
            }
            return FileMistake(
                line: line, column: "refunded_amount", value: amount,
                reason: "\(refunded) has been given back already; a file can't take that back")
        }
    }
}
