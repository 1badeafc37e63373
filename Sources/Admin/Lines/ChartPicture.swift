import Values

/// A chart as a picture: SVG 1.1 that stands alone. Its words are texts and its figures are all in it, for those who
/// read and those who listen (WAI-ARIA Graphics); nothing is fetched, nothing runs.
struct ChartPicture {
    private let chart: Chart

    init(_ chart: Chart) { self.chart = chart }

    private static let width = 800
    private static let panelHeight = 260
    private static let top = 64
    private static let plot = (left: 110, right: 780, height: 180)
    /// Of a label, in units of the picture, at its size of letters.
    private static let letterWidth = 7
    /// With more bars than these the figures over them would run into each other.
    private static let mostFigures = 13

    var svg: String {
        let series = chart.series
        let height = Self.top + max(series.count, 1) * Self.panelHeight
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" viewBox="0 0 \
            \(Self.width) \(height)" width="\(Self.width)" height="\(height)" font-family="sans-serif" font-size="12">
            <title id="title">\(Self.escaped(chart.title))</title>
            <desc id="desc">\(Self.escaped(figures(series)))</desc>
            <rect width="\(Self.width)" height="\(height)" fill="#ffffff"/>
            <text x="20" y="32" font-size="20" fill="#1a1a1a">\(Self.escaped(chart.title))</text>

            """
        for (index, one) in series.enumerated() {
            text += panel(one.name, one.points, y: Self.top + index * Self.panelHeight)
        }
        if series.isEmpty { text += "<text x=\"20\" y=\"\(Self.top + 24)\">Nothing to show.</text>\n" }
        return text + "</svg>\n"
    }

    /// Every figure, in words.
    private func figures(_ series: [(name: String, points: [Chart.Point])]) -> String {
        series.reduce(into: chart.description) { text, one in
            let list = one.points.map { "\($0.label): \($0.value?.text ?? "not told")" }
            text += "\n\(one.name): \(list.joined(separator: "; "))."
        }
    }

    // MARK: One series

    /// From what to what the figures go; zero is always between.
    private struct Scale {
        let low: Int64
        let high: Int64
        let top: Int

        init(_ points: [Chart.Point], top: Int) {
            let values = points.compactMap(\.value?.number)
            low = min(values.min() ?? 0, 0)
            high = max(values.max() ?? 0, low == 0 ? 1 : 0)
            self.top = top
        }

        /// In tenths of a unit from the picture's top.
        func y(_ value: Int64) -> Int {
            let span = Int128(high) - Int128(low)
            let fromTop = Int128(high) - Int128(value)
            return top * 10 + Int(fromTop * Int128(ChartPicture.plot.height * 10) / span)
        }
    }

    private func panel(_ name: String, _ points: [Chart.Point], y: Int) -> String {
        let scale = Scale(points, top: y + 34)
        var text = "<text x=\"20\" y=\"\(y + 16)\" font-size=\"14\" fill=\"#1a1a1a\">\(Self.escaped(name))</text>\n"
        let unit = points.compactMap(\.value).first
        for value in Set([scale.low, 0, scale.high]).sorted() {
            let line = Self.decimal(scale.y(value))
            text += """
                <line x1="\(Self.plot.left)" x2="\(Self.plot.right)" y1="\(line)" y2="\(line)" \
                stroke="\(value == 0 ? "#4d4d4d" : "#d9d9d9")"/>

                """
            guard let unit else { continue }
            text += """
                <text x="\(Self.plot.left - 8)" y="\(Self.decimal(scale.y(value) + 40))" text-anchor="end" \
                fill="#4d4d4d">\(unit.with(value))</text>

                """
        }
        for index in points.indices { text += bar(points, index, scale) }
        return text
    }

    private func bar(_ points: [Chart.Point], _ index: Int, _ scale: Scale) -> String {
        let point = points[index]
        let room = (Self.plot.right - Self.plot.left) * 10
        let left = Self.plot.left * 10 + room * index / points.count
        let right = Self.plot.left * 10 + room * (index + 1) / points.count
        let gap = (right - left) / 6
        let middle = (left + right) / 2
        var text = ""
        if let value = point.value, value.number != 0 {
            let (a, b) = (scale.y(max(value.number, 0)), scale.y(min(value.number, 0)))
            text += """
                <rect x="\(Self.decimal(left + gap))" y="\(Self.decimal(a))" \
                width="\(Self.decimal(max(right - left - 2 * gap, 5)))" height="\(Self.decimal(max(b - a, 5)))" \
                fill="\(value.number > 0 ? "#1f5a8a" : "#b03a2e")">\
                <title>\(Self.escaped(point.label)): \(value.text)</title></rect>

                """
            if points.count <= Self.mostFigures {
                text += """
                    <text x="\(Self.decimal(middle))" y="\(Self.decimal(value.number > 0 ? a - 40 : b + 120))" \
                    font-size="10" text-anchor="middle" fill="#1a1a1a">\(value.text)</text>

                    """
            }
        }
        if index.isMultiple(of: labelStep(points)) {
            text += """
                <text x="\(Self.decimal(middle))" y="\(scale.top + Self.plot.height + 30)" text-anchor="middle" \
                fill="#4d4d4d">\(Self.escaped(point.label))</text>

                """
        }
        return text
    }

    /// Every so many-th bar has its label under it, so that labels don't run into each other.
    private func labelStep(_ points: [Chart.Point]) -> Int {
        let longest = points.map(\.label.utf8.count).max() ?? 1
        let needed = (longest + 2) * Self.letterWidth * points.count
        let room = Self.plot.right - Self.plot.left
        return max((needed + room - 1) / room, 1)
    }

    // MARK: Texts

    /// Tenths as a decimal: pictures need no floating point.
    private static func decimal(_ tenths: Int) -> String {
        "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    /// Text that can't act in XML; what XML 1.0 has no place for is a replacement character.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1f}", "\u{fffe}"..."\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
