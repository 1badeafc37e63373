public import Values

/// A file of history: what another meter counted of a site, day by day.
///
/// - plausible: `imported_visitors_….csv` of an export, or the dashboard's `visitors.csv`: `date`, `pageviews`,
///   `visitors` (plausible.io/docs/export-stats).
/// - ga4: a report or exploration as CSV; comments at its head (`# Start date: 20240101`), then `Date` or `Nth day`,
///   `Views`, and `Total users`, `Active users` or `Users`; a row without a day is the grand total.
/// - matomo: `API.get` or `Actions.get` for a range of days as CSV, often UTF-16: `Date`, `nb_pageviews`,
///   `nb_uniq_visitors`.
/// - csv: `date,path,page_views,visitors`; visitors of single paths can't be added up, so they are taken from rows
///   without a path only.
public struct HistoryFile: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case plausible, ga4, matomo, csv
    }

    public struct Day: Hashable, Sendable {
        public let day: LocalDate
        public let views: Int
        /// Distinct visitors of the day as the meter has them; nil where the file doesn't say.
        public let visitors: Int?
        /// Where the day begins in the file.
        public let line: Int
    }

    /// A century of days of a thousand paths is more than a third of this.
    public static let largest = 1 << 30
    /// So many mistakes are named; the rest is counted.
    private static let mostMistakes = 20
    /// The largest site has less in a day.
    private static let mostViews = 1_000_000_000_000

    public let format: Format
    /// In order of time, each day once.
    public let days: [Day]

    /// - Parameters:
    ///   - name: what the file is called in messages.
    ///   - today: the first day that isn't over on the site's wall.
    /// - Throws: `AudienceError.badHistory` with the mistakes by line, `AudienceError.historyTooLarge`.
    public init(_ bytes: [UInt8], name: String, as format: Format, today: LocalDate) throws(AudienceError) {
        self.format = format
        guard bytes.count <= HistoryFile.largest else {
            throw .historyTooLarge(name: name, limit: HistoryFile.largest)
        }
        guard !bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) else {
            throw HistoryFile.refused(
                name,
                [HistoryMistake(line: 1, reason: "this is a zip archive: unpack it and name the file of visitors")])
        }
        var (sums, mistakes) = (HistorySums(), [HistoryMistake]())
        do throws(CSVError) {
            var table = try HistoryTable(bytes, format)
            while let row = try table.reader.next() {
                do throws(HistoryMistake) {
                    let entry = try table.entry(row, today: today, mostViews: HistoryFile.mostViews)
                    if let entry { try sums.add(entry) }
                } catch { mistakes.append(error) }
            }
        } catch { mistakes.append(HistoryMistake(line: error.line, reason: error.reason)) }
        days = sums.days
        if mistakes.isEmpty, days.isEmpty { mistakes = [HistoryMistake(line: 1, reason: "no day is in it")] }
        guard mistakes.isEmpty else { throw HistoryFile.refused(name, mistakes) }
    }

    private static func refused(_ name: String, _ mistakes: [HistoryMistake]) -> AudienceError {
        .badHistory(
            name: name, mistakes: Array(mistakes.prefix(mostMistakes)), more: max(0, mistakes.count - mostMistakes))
    }
}

/// What is wrong with a file of history, and on which line of it.
public struct HistoryMistake: Error, Equatable, Sendable, CustomStringConvertible {
    public let line: Int
    public let reason: String

    public var description: String { "line \(line): \(reason)" }
}

/// One row of a file of history.
struct HistoryEntry {
    let day: LocalDate
    /// Nil where the row is the day's total.
    let path: String?
    let views: Int
    let visitors: Int?
    let line: Int
}

/// Adds paths up to days. A day is given by its total, or by its paths.
struct HistorySums {
    private struct Sum {
        var line: Int
        var views = 0
        var visitors: Int?
        /// Where each path of the day stands; the total stands under the empty one.
        var lines: [String: Int] = [:]
    }
    private var sums: [LocalDate: Sum] = [:]

    mutating func add(_ entry: HistoryEntry) throws(HistoryMistake) {
        let path = entry.path ?? ""
        let known = sums[entry.day]?.lines ?? [:]
        if let line = known[path] {
            throw HistoryMistake(
                line: entry.line, reason: "line \(line) has \(entry.day)\(path.isEmpty ? "" : " \(path)") already")
        }
        if let line = path.isEmpty ? known.values.min() : known[""] {
            throw HistoryMistake(
                line: entry.line, reason: "\(entry.day) is given by its total and by its paths, there on line \(line)")
        }
        sums[entry.day, default: Sum(line: entry.line)].lines[path] = entry.line
        sums[entry.day]?.views += entry.views
        if path.isEmpty { sums[entry.day]?.visitors = entry.visitors }
    }

    var days: [HistoryFile.Day] {
        sums.sorted { $0.key < $1.key }.map { day, sum in
            HistoryFile.Day(day: day, views: sum.views, visitors: sum.visitors, line: sum.line)
        }
    }
}
