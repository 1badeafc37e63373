internal import Postgres
internal import Values

/// A gifts file in a temporary table, checked against the books. The table goes with the transaction.
struct GiftStaging {
    /// More mistakes than this help nobody, and the message has to end somewhere.
    static let mistakeLimit = 20
    /// Rows between two calls of the progress callback.
    private static let progressStep = 10_000

    private let db: Connection
    private let name: String
    /// The file's headings in its order.
    private(set) var columns: [String] = []
    /// Rows whose gifts came another way and are in the books.
    private var elsewhere = 0

    init(_ db: Connection, name: String) {
        self.db = db
        self.name = name
    }

    struct Counts {
        let rows: Int
        let newGifts: Int
        let newRefunds: Int
        let unchanged: Int
    }

    /// Reads the file into the table and checks it.
    ///
    /// - Throws: `FundraisingError.badFile`.
    func fill(from bytes: [UInt8], zone: Zone, _ progress: ImportGifts.Progress) throws -> GiftStaging {
        var filled = self
        try createTables()
        var reader = GiftRowReader(zone: zone)
        do {
            var csv = try CSVReader(bytes)
            filled.columns = try csv.readHeader(required: GiftColumn.required, optional: GiftColumn.optional)
            try copy(&csv, &reader, progress)
        } catch let error as CSVError {
            // Structure can't be read past: what was found before it, and this.
            let mistakes = reader.mistakes + [FileMistake(line: error.line, reason: error.reason)]
            throw badFile(mistakes, unkept: reader.mistakeCount - reader.mistakes.count)
        }
        try db.script("ANALYZE staged_gift")
        try resolveArticles()
        var found = reader.mistakes
        found += try GiftChecks(db, columns: filled.columns).mistakes(limit: Self.mistakeLimit)
        found += try ElsewhereGift.mistakes(reader.elsewhere, db, limit: Self.mistakeLimit)
        filled.elsewhere = reader.elsewhere.count
        guard found.isEmpty else {
            throw badFile(found, unkept: reader.mistakeCount - reader.mistakes.count)
        }
        return filled
    }

    private func badFile(_ mistakes: [FileMistake], unkept: Int) -> FundraisingError {
        let sorted = mistakes.sorted { $0.line < $1.line }
        let shown = Array(sorted.prefix(Self.mistakeLimit))
        return .badFile(name: name, mistakes: shown, more: sorted.count - shown.count + unkept)
    }

    private func createTables() throws {
        try db.script(
            """
            -- For this transaction only: a million rows are joined and sorted in memory instead of on disk.
            SET LOCAL work_mem = '128MB';
            CREATE TEMP TABLE staged_gift (
                line bigint NOT NULL, fields text[] NOT NULL, external_id text COLLATE "C" NOT NULL,
                donor_folded text COLLATE "C", donor_email text, donor_name text, given_at timestamptz NOT NULL,
                amount_minor bigint NOT NULL, currency text NOT NULL, kind text NOT NULL, method text NOT NULL,
                campaign text, appeal text, article text, refunded_minor bigint, refunded_at timestamptz
            ) ON COMMIT DROP;
            CREATE TEMP TABLE staged_article (given text PRIMARY KEY, article_id bigint) ON COMMIT DROP
            """)
    }

    private func copy(_ csv: inout CSVReader, _ reader: inout GiftRowReader, _ progress: ImportGifts.Progress) throws {
        var rows = 0
        try db.copyIn(
            """
            COPY staged_gift (line, fields, external_id, donor_folded, donor_email, donor_name, given_at, \
            amount_minor, currency, kind, method, campaign, appeal, article, refunded_minor, refunded_at) \
            FROM STDIN (FORMAT binary)
            """
        ) { writer in
            while let row = try csv.next() {
                rows += 1
                if rows.isMultiple(of: Self.progressStep) { progress(rows) }
                guard let gift = reader.read(row) else { continue }
                try writer.row { $0.write(gift) }
            }
        }
        progress(rows)
    }

    /// An article is named by its number or by any slug it ever had; only what was public can have brought a gift.
    private func resolveArticles() throws {
        try db.run(
            """
            INSERT INTO staged_article (given, article_id) SELECT s.article, \
            CASE WHEN s.article ~ '^[0-9]+$' \
            THEN (SELECT l.article_id FROM editorial.slug l WHERE l.article_id = s.article::bigint LIMIT 1) \
            ELSE (SELECT l.article_id FROM editorial.slug l WHERE l.slug = s.article) END \
            FROM (SELECT DISTINCT article FROM staged_gift WHERE article IS NOT NULL) s
            """)
    }

    /// What the file brings, after it was found right.
    func counts() throws -> Counts {
        try db.one(
            """
            SELECT count(*), count(*) FILTER (WHERE k.gift_id IS NULL), \
            count(*) FILTER (WHERE coalesce(s.refunded_minor, 0) > coalesce(k.refunded_minor, 0)), \
            count(*) FILTER (WHERE k.gift_id IS NOT NULL \
            AND coalesce(s.refunded_minor, 0) <= coalesce(k.refunded_minor, 0)) \
            FROM staged_gift s LEFT JOIN (\(GiftChecks.known)) k ON k.external_id = s.external_id
            """
        ) { row in
            Counts(
                rows: try row.next(Int.self) + elsewhere, newGifts: try row.next(), newRefunds: try row.next(),
                unchanged: try row.next(Int.self) + elsewhere)
        }
    }
}

extension CopyWriter.Fields {
    fileprivate mutating func write(_ gift: GiftRow) {
        write(gift.line)
        write(gift.fields)
        write(gift.externalID)
        write(gift.donorEmail?.folded)
        write(gift.donorEmail?.text)
        write(gift.donorName)
        write(gift.givenAt)
        write(gift.amount.minor)
        write(gift.amount.currency.code)
        write(gift.kind.rawValue)
        write(gift.method)
        write(gift.campaign)
        write(gift.appeal)
        write(gift.article)
        write(gift.refundedMinor)
        write(gift.refundedAt)
    }
}
