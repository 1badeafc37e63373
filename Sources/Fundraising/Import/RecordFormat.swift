/// How one system writes its records, and how they are brought into the books.
protocol RecordFormat {
    /// One line of it, each field read into its type.
    associatedtype Item

    /// The name under which its files are remembered.
    static var source: String { get }
    var columns: [RecordColumn] { get }
    /// What such a file can bring, as the report names it.
    static var kinds: [String] { get }

    /// Reads a row; nil when something is wrong with it, which the row then says.
    func read(_ row: inout RecordRow) -> RecordReading<Item>?

    /// Brings the lines into the books and tells the desk what came of each.
    func book(_ items: [Item], _ desk: inout RecordDesk) throws
}

enum RecordReading<Item> {
    case item(Item)
    /// No gift's money, for this reason.
    case skipped(String)
}

/// A column under the names that different versions of an export give it.
struct RecordColumn {
    /// The first is what messages call it.
    let names: [String]
    let isRequired: Bool

    static func required(_ names: String...) -> RecordColumn { RecordColumn(names: names, isRequired: true) }
    static func optional(_ names: String...) -> RecordColumn { RecordColumn(names: names, isRequired: false) }
}

extension FundraisingError {
    /// The first mistakes by line, and the number of the rest.
    static func badFile(name: String, _ mistakes: [FileMistake], unkept: Int = 0) -> FundraisingError {
        let sorted = mistakes.sorted { $0.line < $1.line }
        let shown = Array(sorted.prefix(GiftStaging.mistakeLimit))
        return .badFile(name: name, mistakes: shown, more: sorted.count - shown.count + unkept)
    }
}
