public import Access
internal import Journal
public import Postgres
internal import Sodium
public import Values

/// Takes another system's records of money into the books, all of them or nothing.
///
/// Money lands where an event of the processor would put it, under the same identity: whichever comes first, the other
/// adds nothing. The same file again changes nothing, and an overlapping one adds what is new.
public struct ImportRecords: Sendable {
    /// Whose records they are, and what has to be known to read them.
    public enum Kind: Sendable {
        /// Stripe's itemised payout reconciliation.
        case stripePayouts
        /// Stripe's payments export.
        case stripePayments
        /// PayPal's activity download. Without an order of day and month only dates that can be one day are taken.
        case payPal(dates: WrittenDate.Order?, amounts: AmountStyle)
        /// A list of checks.
        case checks
        /// GiveWP's donations export; the currency is that of donations that name none.
        case giveWP(dates: WrittenDate.Order?, currency: Currency?)
        /// Plans to adopt.
        case subscriptions(SubscriptionStyle, dates: WrittenDate.Order?)
    }

    /// Every line is held in memory until the last is known to be right.
    public static let largestFile = 1 << 27

    /// What came of it.
    public struct Report: Sendable, Hashable {
        /// Rows without the header.
        public let rows: Int
        /// What the books have now and hadn't before, by kind, in the order in which the kind of file names them.
        public let brought: [Count]
        /// Rows that said nothing new.
        public let unchanged: Int
        /// Rows that are no gift's money, by reason.
        public let skipped: [Count]
        /// Columns nobody reads here.
        public let ignoredColumns: [String]
        /// The very same bytes had been imported before.
        public let wasImported: Bool

        /// So many of something.
        public struct Count: Sendable, Hashable {
            public let what: String
            public let number: Int
        }
    }

    let bytes: [UInt8]
    let name: String
    let kind: Kind
    let mode: ImportGifts.Mode
    let actor: Actor
    let progress: ImportGifts.Progress

    /// - Parameters:
    ///   - bytes: the file's content, UTF-8 or UTF-16 with a byte order mark.
    ///   - name: the file's name, for messages and for the record.
    public init(
        _ bytes: [UInt8], name: String, kind: Kind, mode: ImportGifts.Mode = .forReal, by actor: Actor,
        progress: @escaping ImportGifts.Progress = { _ in }
    ) {
        self.bytes = bytes
        self.name = name
        self.kind = kind
        self.mode = mode
        self.actor = actor
        self.progress = progress
    }

    /// - Throws: `AccessError.notPermitted`; `FundraisingError.badFile` with the first mistakes by line,
    ///   `FundraisingError.fileTooLarge`, `FundraisingError.monthClosed`.
    public func perform(_ db: Connection) throws -> Report {
        try actor.require(.donationsImport)
        return switch kind {
        case .stripePayouts: try perform(db, StripePayoutFile())
        case .stripePayments: try perform(db, StripePaymentFile())
        case .payPal(let dates, let amounts): try perform(db, PayPalFile(dates: dates, amounts: amounts))
        case .checks: try perform(db, CheckFile(zone: Publication.load(db).zone))
        case .giveWP(let dates, let currency):
            try perform(db, GiveWPFile(zone: Publication.load(db).zone, dates: dates, currency: currency))
        case .subscriptions(let style, let dates):
            try perform(db, SubscriptionFile(style: style, zone: Publication.load(db).zone, dates: dates))
        }
    }

    private func perform<Format: RecordFormat>(_ db: Connection, _ format: Format) throws -> Report {
        guard bytes.count <= Self.largestFile else {
            throw FundraisingError.fileTooLarge(name: name, limit: Self.largestFile)
        }
        let hash = SHA256.hash(bytes)
        // One import at a time: two of the same file at once must not both find that it is new.
        try db.run("SELECT pg_advisory_xact_lock(fundraising.import_lock())")
        let known = try db.value(
            "SELECT row_count FROM fundraising.import_file WHERE source = \(Format.source) AND sha256 = \(hash)",
            as: Int.self)
        if let known {
            return Report(
                rows: known, brought: Format.kinds.map { .init(what: $0, number: 0) }, unchanged: known, skipped: [],
                ignoredColumns: [], wasImported: true)
        }
        let records = try Records(reading: bytes, name: name, as: format, progress)
        do {
            // Tried to the end and taken back: what would come of it is what comes of it.
            return try db.savepoint {
                let report = try book(db, records, hash)
                guard mode == .forReal else { throw OnlyTried(report: report) }
                return report
            }
        } catch let tried as OnlyTried { return tried.report }
    }

    /// Carries the outcome out of a savepoint that is meant to be rolled back.
    private struct OnlyTried: Error {
        let report: Report
    }

    private func book<Format: RecordFormat>(
        _ db: Connection, _ records: Records<Format>, _ hash: [UInt8]
    ) throws -> Report {
        let file = try db.one("SELECT nextval('fundraising.import_file_id_seq')") { try $0.next(Int64.self) }
        var desk = RecordDesk(db: db, file: file, origin: actor.origin)
        try records.format.book(records.items, &desk)
        guard desk.mistakes.isEmpty else { throw FundraisingError.badFile(name: name, desk.mistakes) }
        let report = Report(
            rows: records.rows, brought: Format.kinds.map { .init(what: $0, number: desk.brought[$0] ?? 0) },
            unchanged: records.items.count - desk.changed.count,
            skipped: records.skipped.sorted { $0.key < $1.key }.map { .init(what: $0.key, number: $0.value) },
            ignoredColumns: records.ignoredColumns, wasImported: false)
        try db.run(
            """
            INSERT INTO fundraising.import_file \
            (id, source, sha256, name, size_bytes, columns, row_count, new_gifts, new_refunds, imported_by) \
            VALUES (\(file), \(Format.source), \(hash), \(name), \(bytes.count), \(records.columns), \
            \(records.rows), \(desk.brought["gifts"] ?? 0), \(desk.brought["refunds"] ?? 0), \(actor.account))
            """)
        try keep(db, records, desk)
        try Audit.append(
            db, Subject(.donationImport, file), "records.imported", by: actor.origin,
            facts: [
                "source": .string(Format.source), "sha256": .string(Hex.text(hash)),
                "rows": .integer(Int64(records.rows)),
            ].merging(report.brought.map { ("new_" + $0.what, .integer(Int64($0.number))) }) { first, _ in first })
        return report
    }

    /// The rows that changed something, as they stood there.
    private func keep<Format>(_ db: Connection, _ records: Records<Format>, _ desk: RecordDesk) throws {
        let rows = records.fields.filter { desk.changed.contains($0.key) }.sorted { $0.key < $1.key }
        // Arrays of arrays aren't sent; a row is small, and a file has few that change something.
        for (line, fields) in rows {
            try db.run(
                """
                INSERT INTO fundraising.import_row (import_file_id, line, fields) \
                VALUES (\(desk.file), \(line), \(fields))
                """)
        }
    }
}
