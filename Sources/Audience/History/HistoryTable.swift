internal import Values

/// The rows of a file of history, whatever program wrote it: where its day, its views and its visitors stand.
struct HistoryTable {
    /// What a heading is called; the first that the file has is meant.
    private struct Headings {
        let day: [String]
        let views: [String]
        let visitors: [String]
        var path: [String] = []

        init(_ format: HistoryFile.Format) {
            switch format {
            case .plausible:
                day = ["date"]
                views = ["pageviews"]
                visitors = ["visitors"]
            case .ga4:
                day = ["Date", "Nth day"]
                views = ["Views"]
                visitors = ["Total users", "Active users", "Users"]
            case .matomo:
                day = ["Date", "date"]
                views = ["nb_pageviews", "Pageviews"]
                visitors = ["nb_uniq_visitors", "Unique visitors"]
            case .csv:
                day = ["date"]
                views = ["page_views"]
                visitors = ["visitors"]
                path = ["path"]
            }
        }
    }

    var reader: CSVReader
    private let format: HistoryFile.Format
    private let day: String
    private let views: String
    private let visitors: String?
    private let path: String?
    /// The day that `Nth day` counts from.
    private let firstDay: LocalDate?

    init(_ bytes: [UInt8], _ format: HistoryFile.Format) throws(CSVError) {
        self.format = format
        let comments = format == .ga4 ? HistoryComments(bytes) : HistoryComments(without: bytes)
        firstDay = comments.startDate
        var reader = try CSVReader(comments.rest)
        let headings = try reader.readHeader(required: [])
        let wanted = Headings(format)
        func heading(_ names: [String]) -> String? { names.first(where: headings.contains) }
        guard let day = heading(wanted.day), let views = heading(wanted.views) else {
            let missing = heading(wanted.day) == nil ? wanted.day : wanted.views
            throw CSVError(
                line: comments.lines + 1,
                reason: "there is no column \(missing.joined(separator: " or ")), as \(format.rawValue) has")
        }
        if day == "Nth day", firstDay == nil {
            throw CSVError(line: 1, reason: "'Nth day' counts from a day that no '# Start date: 20240101' names")
        }
        self.day = day
        self.views = views
        visitors = heading(wanted.visitors)
        path = heading(wanted.path)
        self.reader = reader
    }

    /// What a row says; nil for a grand total.
    func entry(
        _ row: CSVReader.Row, today: LocalDate, mostViews: Int
    ) throws(HistoryMistake) -> HistoryEntry? {
        let text = row[day] ?? ""
        if format == .ga4, text.isEmpty || text == "Grand total" { return nil }
        let date = try date(text, row.line)
        guard date < today else { throw HistoryMistake(line: row.line, reason: "\(date) isn't over") }
        guard date.year > 1990 else { throw HistoryMistake(line: row.line, reason: "\(date) is before the web") }
        func count(_ column: String) throws(HistoryMistake) -> Int {
            let text = row[column] ?? ""
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text), count <= mostViews else {
                throw HistoryMistake(line: row.line, reason: "\(column) is '\(text.prefix(40))', not a count")
            }
            return count
        }
        var visited: Int?
        if let visitors, row[visitors] != "" { visited = try count(visitors) }
        let place = path.flatMap { row[$0] }
        return HistoryEntry(
            day: date, path: place?.isEmpty == true ? nil : place, views: try count(views), visitors: visited,
            line: row.line)
    }

    private func date(_ text: String, _ line: Int) throws(HistoryMistake) -> LocalDate {
        if day == "Nth day", let firstDay, let number = Int(text), (0...36_600).contains(number) {
            return firstDay.adding(days: number)
        }
        // GA4 writes 20240131.
        guard let date = LocalDate(compact: text) ?? HistoryTable.iso(text) else {
            throw HistoryMistake(line: line, reason: "'\(text.prefix(40))' is no day: write 2024-01-31")
        }
        return date
    }

    private static func iso(_ text: String) -> LocalDate? {
        // Losing the reason is right: the mistake says what is read.
        try? LocalDate(text)
    }
}

/// The comments before a table, taken out so that lines are still counted as in the file.
private struct HistoryComments {
    let rest: [UInt8]
    /// So many lines stand before the table.
    private(set) var lines = 0
    private(set) var startDate: LocalDate?

    init(without bytes: [UInt8]) { rest = bytes }

    init(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var position = bytes.starts(with: mark) ? mark.count : 0
        var emptied: [UInt8] = []
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            let line = String(decoding: bytes[position..<end], as: UTF8.self).filter { $0 != "\r" && $0 != "\r\n" }
            guard line.isEmpty || line.hasPrefix("#") else { break }
            if let range = line.firstIndex(of: ":"), line.hasPrefix("# Start date") {
                startDate = LocalDate(compact: line[line.index(after: range)...].filter { $0 != " " })
            }
            emptied.append(0x0A)
            lines += 1
            position = end + 1
        }
        rest = emptied + bytes[min(position, bytes.count)...]
    }
}

extension LocalDate {
    /// `20240131`
    fileprivate init?(compact text: String) {
        let digits = Array(text)
        guard digits.count == 8 else { return nil }
        // Losing the reason is right: the mistake says what is read.
        guard let date = try? LocalDate("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))") else {
            return nil
        }
        self = date
    }
}
