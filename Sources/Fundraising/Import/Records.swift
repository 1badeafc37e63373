internal import Values

/// A file of records that was read to its end and found right.
struct Records<Format: RecordFormat> {
    let format: Format
    /// Its headings, in its order.
    let columns: [String]
    let ignoredColumns: [String]
    private(set) var rows = 0
    private(set) var items: [Format.Item] = []
    /// By reason.
    private(set) var skipped: [String: Int] = [:]
    /// The fields of the rows that are items, by line.
    private(set) var fields: [Int: [String]] = [:]

    /// Rows between two calls of the progress callback.
    private static var progressStep: Int { 10_000 }
    /// A file where every row is wrong must not fill the memory with its mistakes.
    private static var mistakesKept: Int { 1_000 }

    /// - Throws: `FundraisingError.badFile`.
    init(reading bytes: [UInt8], name: String, as format: Format, _ progress: ImportGifts.Progress) throws {
        self.format = format
        var mistakes: [FileMistake] = []
        var mistakeCount = 0
        do {
            var csv = try CSVReader(bytes)
            columns = try csv.readHeader(required: [])
            let headings = try Self.headings(columns, of: format.columns)
            let read = Set(headings.values)
            ignoredColumns = columns.filter { !read.contains($0) }
            while let row = try csv.next() {
                rows += 1
                if rows.isMultiple(of: Self.progressStep) { progress(rows) }
                var record = RecordRow(row, headings: headings)
                record.refuseCardNumbers(columns)
                let reading = record.mistakes.isEmpty ? format.read(&record) : nil
                mistakeCount += record.mistakes.count
                mistakes += record.mistakes.prefix(max(0, Self.mistakesKept - mistakes.count))
                guard record.mistakes.isEmpty, let reading else { continue }
                switch reading {
                case .skipped(let reason): skipped[reason, default: 0] += 1
                case .item(let item):
                    items.append(item)
                    fields[row.line] = row.fields
                }
            }
        } catch {
            // Structure can't be read past: what was found before it, and this.
            throw FundraisingError.badFile(
                name: name, mistakes + [FileMistake(line: error.line, reason: error.reason)],
                unkept: mistakeCount - mistakes.count)
        }
        progress(rows)
        guard mistakes.isEmpty else {
            throw FundraisingError.badFile(name: name, mistakes, unkept: mistakeCount - mistakes.count)
        }
    }

    /// The file's heading of each column it has, by the column's first name.
    private static func headings(
        _ columns: [String], of wanted: [RecordColumn]
    ) throws(CSVError) -> [String: String] {
        var headings: [String: String] = [:]
        var missing: [String] = []
        for column in wanted {
            let found = column.names.lazy.compactMap { name in
                columns.first { $0 == name } ?? columns.first { $0.lowercased() == name.lowercased() }
            }.first
            if let found {
                headings[column.names[0]] = found
            } else if column.isRequired {
                missing.append(column.names[0])
            }
        }
        guard missing.isEmpty else {
            throw CSVError(line: 1, reason: "missing columns: \(missing.joined(separator: ", "))")
        }
        return headings
    }
}
