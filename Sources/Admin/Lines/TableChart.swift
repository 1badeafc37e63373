import Values

/// A chart on a terminal: a bar beside each row of its table, and a line of small bars for each series below.
struct TableChart {
    private let chart: Chart
    /// Cells that a bar may take.
    private let room: Int
    private let glyphs: Glyphs

    /// What bars are made of: blocks where the terminal takes Unicode, else ASCII.
    private struct Glyphs {
        let whole: Character
        /// Parts of a whole cell, the smallest first.
        let parts: [Character]
        let heights: [Character]

        static let blocks = Glyphs(
            whole: "█", parts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"], heights: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"])
        static let ascii = Glyphs(whole: "#", parts: [], heights: [".", ":", "-", "=", "+", "*", "#"])
    }

    /// Narrower bars tell nothing; wider ones tell no more.
    private static let roomTaken = 8...40

    /// - Parameters:
    ///   - used: the cells of the table's widest line.
    ///   - width: the terminal's.
    init?(_ chart: Chart, used: Int, width: Int, isUnicode: Bool) {
        let room = min(width - used - 2, Self.roomTaken.upperBound)
        guard room >= Self.roomTaken.lowerBound else { return nil }
        self.chart = chart
        self.room = room
        glyphs = isUnicode ? .blocks : .ascii
    }

    /// A bar for each row; of less than nothing, and of what isn't told, an empty one.
    var bars: [String] {
        let largest = Dictionary(chart.points.map { ($0.series, $0.value?.number ?? 0) }, uniquingKeysWith: max)
        return chart.points.map { bar($0.value?.number ?? 0, of: largest[$0.series] ?? 0) }
    }

    private func bar(_ value: Int64, of largest: Int64) -> String {
        guard value > 0, largest > 0 else { return "" }
        let steps = glyphs.parts.count + 1
        let length = max(Int(Int128(value) * Int128(room * steps) / Int128(largest)), 1)
        let (whole, part) = length.quotientAndRemainder(dividingBy: steps)
        let text = String(repeating: glyphs.whole, count: whole)
        return part > 0 ? text + String(glyphs.parts[part - 1]) : text
    }

    /// A line for each series of three and more points, no wider than the terminal: where there are too many points,
    /// neighbours are drawn as one, as high as the highest.
    static func sparklines(_ chart: Chart, width: Int, isUnicode: Bool) -> [String] {
        let glyphs = isUnicode ? Glyphs.blocks : .ascii
        return chart.series.compactMap { series in
            let room = width - DisplayWidth.of(series.name) - 1
            guard series.points.count >= 3, room >= roomTaken.lowerBound else { return nil }
            let values = series.points.map { $0.value?.number ?? 0 }
            let cells = min(values.count, room)
            let heights = (0..<cells).map { cell in
                values[cell * values.count / cells..<(cell + 1) * values.count / cells].max() ?? 0
            }
            guard let largest = heights.max(), largest > 0 else { return nil }
            return series.name + " "
                + String(
                    heights.map { height -> Character in
                        guard height > 0 else { return " " }
                        let step = Int128(height) * Int128(glyphs.heights.count) / Int128(largest)
                        return glyphs.heights[max(0, Int(step) - 1)]
                    })
        }
    }
}
