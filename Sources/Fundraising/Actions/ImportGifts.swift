public import Access
internal import Journal
public import Postgres
internal import Sodium
internal import Values

/// Takes a file of gifts into the books, all of it or nothing.
///
/// The columns are external_id, donor_email, donor_name, given_at, amount, currency, method, campaign, appeal, article,
/// refunded_amount, refunded_at, in any order; external_id, donor_email, given_at, amount and currency must be there.
/// The same file again changes nothing. A file that overlaps with an earlier one adds what is new: gifts, and refunds
/// of gifts already known. Anything else that differs from what was imported before is a mistake with its line.
public struct ImportGifts {
    /// Where these gifts come from: the space in which an external id names one gift.
    public static let source = "gifts"
    /// More would be held in memory than a small server has.
    public static let largestFile = 1 << 30

    /// What came of it.
    public struct Report: Sendable, Hashable {
        /// Rows without the header.
        public let rows: Int
        public let newGifts: Int
        public let newRefunds: Int
        /// Rows that said nothing new.
        public let unchanged: Int
        /// The very same bytes had been imported before.
        public let wasImported: Bool
    }

    /// Says whether to keep what the import would do.
    public enum Mode: Sendable {
        case forReal
        /// Checks everything and reports what would come of it, but writes nothing.
        case dryRun
    }

    /// How far it is, for a progress bar: rows read so far.
    public typealias Progress = @Sendable (_ rows: Int) -> Void

    let bytes: [UInt8]
    let name: String
    let mode: Mode
    let actor: Actor
    let progress: Progress

    /// - Parameters:
    ///   - bytes: the file's content, UTF-8 or UTF-16 with a byte order mark.
    ///   - name: the file's name, for messages and for the record.
    public init(
        _ bytes: [UInt8], name: String, mode: Mode = .forReal, by actor: Actor,
        progress: @escaping Progress = { _ in }
    ) {
        self.bytes = bytes
        self.name = name
        self.mode = mode
        self.actor = actor
        self.progress = progress
    }

    /// - Throws: `AccessError.notPermitted`; `FundraisingError.badFile` with the first mistakes by line,
    ///   `FundraisingError.fileTooLarge`, `FundraisingError.monthClosed`.
    public func perform(_ db: Connection) throws -> Report {
        try actor.require(.donationsImport)
        guard bytes.count <= Self.largestFile else {
            throw FundraisingError.fileTooLarge(name: name, limit: Self.largestFile)
        }
        let hash = SHA256.hash(bytes)
        // One import at a time: two of the same file at once must not both find that it is new.
        try db.run("SELECT pg_advisory_xact_lock(fundraising.import_lock())")
        if let rows = try rowsIfImported(db, hash) {
            return Report(rows: rows, newGifts: 0, newRefunds: 0, unchanged: rows, wasImported: true)
        }

        let file = try GiftStaging(db, name: name).fill(from: bytes, zone: Publication.load(db).zone, progress)
        let counts = try file.counts()
        let report = Report(
            rows: counts.rows, newGifts: counts.newGifts, newRefunds: counts.newRefunds, unchanged: counts.unchanged,
            wasImported: false)
        guard mode == .forReal else { return report }
        let id = try record(db, hash, file.columns, report)
        try GiftPosting(db, importFile: id).post()
        try Audit.append(
            db, Subject(.donationImport, id), "gifts.imported", by: actor.origin,
            facts: [
                "sha256": .string(Hex.text(hash)), "rows": .integer(Int64(report.rows)),
                "new_gifts": .integer(Int64(report.newGifts)), "new_refunds": .integer(Int64(report.newRefunds)),
            ])
        return report
    }

    private func rowsIfImported(_ db: Connection, _ hash: [UInt8]) throws -> Int? {
        try db.value(
            "SELECT row_count FROM fundraising.import_file WHERE source = \(Self.source) AND sha256 = \(hash)",
            as: Int.self)
    }

    private func record(_ db: Connection, _ hash: [UInt8], _ columns: [String], _ report: Report) throws -> Int64 {
        try db.one(
            """
            INSERT INTO fundraising.import_file \
            (source, sha256, name, size_bytes, columns, row_count, new_gifts, new_refunds, imported_by) \
            VALUES (\(Self.source), \(hash), \(name), \(bytes.count), \(columns), \(report.rows), \
            \(report.newGifts), \(report.newRefunds), \(actor.account)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
    }
}
