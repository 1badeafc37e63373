extension Letter {
    /// The letter as a page to print: one file, nothing loaded from elsewhere, no script.
    public var html: String {
        let mark = mark.map { "<p class=\"mark\">\(Self.escaped($0))</p>\n" } ?? ""
        let legal = letterhead.legalName == letterhead.publishedName ? [] : [letterhead.legalName]
        let from = (legal + letterhead.address + ["EIN \(letterhead.ein)"]).map(Self.escaped).joined(separator: "<br>")
        let to = ([addressee.name] + addressee.address).map { "<bdi>\(Self.escaped($0))</bdi>" }
            .joined(separator: "<br>")
        return """
            <!DOCTYPE html>
            <html lang="en-US">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(Self.escaped(heading))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            <header>
            <p class="name">\(Self.escaped(letterhead.publishedName))</p>
            <p class="from">\(from)</p>
            </header>
            \(mark)<h1>\(Self.escaped(heading))</h1>
            <p class="date">\(Self.escaped(Self.words(date)))</p>
            <address>\(to)</address>
            \(factsHTML)\(table.map(Self.html) ?? "")\(sentences.map { "<p>\(Self.escaped($0))</p>\n" }.joined())\
            \(signatoryHTML)\(statementsHTML)</main>
            </body>
            </html>

            """
    }

    /// `&`, `<`, `>` and both quotes written so that a text stays a text, in an element as in an attribute.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in line(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private var factsHTML: String {
        guard !facts.isEmpty else { return "" }
        let rows = facts.map { fact in
            "<tr\(fact.isMain ? " class=\"main\"" : "")><th scope=\"row\">\(Self.escaped(fact.name))</th>"
                + "<td><bdi>\(Self.escaped(fact.value))</bdi></td></tr>\n"
        }
        return "<table class=\"facts\">\n\(rows.joined())</table>\n"
    }

    private static func html(_ table: Table) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            let cells = cells.indices.map { column in
                let figure = table.figures.contains(column) ? " class=\"figure\"" : ""
                let scope = tag == "th" ? " scope=\"col\"" : ""
                return "<\(tag)\(scope)\(figure)>\(escaped(cells[column]))</\(tag)>"
            }
            return "<tr>\(cells.joined())</tr>\n"
        }
        return """
            <table class="gifts">
            <thead>
            \(row(table.headings, "th"))</thead>
            <tbody>
            \(table.rows.map { row($0, "td") }.joined())</tbody>
            <tfoot>
            \(table.totals.map { row($0, "td") }.joined())</tfoot>
            </table>

            """
    }

    private var signatoryHTML: String {
        guard !letterhead.signatory.isEmpty else { return "" }
        return "<p class=\"signed\">\(letterhead.signatory.map(Self.escaped).joined(separator: "<br>"))</p>\n"
    }

    private var statementsHTML: String {
        guard !letterhead.statements.isEmpty else { return "" }
        return "<footer>\n\(letterhead.statements.map { "<p>\(Self.escaped($0))</p>\n" }.joined())</footer>\n"
    }

    /// Black on white in a serif that every machine has; on paper the margins are the page's.
    private static let style = """
        @page { size: letter; margin: 0.9in 1in; }
        * { box-sizing: border-box; }
        body { margin: 0; background: #fff; color: #111; font: 11.5pt/1.5 Georgia, "Times New Roman", serif; }
        main { max-width: 6.5in; margin: 0.75in auto; padding: 0 0.25in; }
        header { display: flex; justify-content: space-between; align-items: flex-start; gap: 0.5in;
          border-bottom: 1.5pt solid #111; padding-bottom: 10pt; }
        .name { margin: 0; font-size: 20pt; line-height: 1.15; font-weight: bold; overflow-wrap: anywhere; }
        .from { margin: 0; text-align: right; font-size: 9.5pt; line-height: 1.4; color: #333; flex: none;
          max-width: 55%; }
        .mark { margin: 14pt 0 0; padding: 3pt 8pt; border: 1.5pt solid #111; display: inline-block;
          letter-spacing: 0.2em; font-weight: bold; font-size: 10pt; }
        h1 { font-variant-numeric: tabular-nums; font-size: 15pt; line-height: 1.25; margin: 22pt 0 0; }
        .date { margin: 2pt 0 18pt; color: #333; }
        address { font-style: normal; margin: 0 0 18pt; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; margin: 0 0 18pt; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; vertical-align: top; padding: 5pt 0; border-bottom: 0.5pt solid #bbb; }
        .facts th { font-weight: normal; color: #333; width: 34%; padding-right: 12pt; }
        .facts td { overflow-wrap: anywhere; }
        .facts .main td { font-weight: bold; }
        .gifts { font-size: 10pt; }
        .gifts th, .gifts td { padding: 4pt 10pt 4pt 0; }
        .gifts th:last-child, .gifts td:last-child { padding-right: 0; }
        .gifts thead th { border-bottom: 1pt solid #111; }
        .gifts tfoot td { font-weight: bold; border-bottom: 0; }
        .gifts tbody tr:last-child td { border-bottom: 1pt solid #111; }
        .gifts tr { break-inside: avoid; }
        .figure { text-align: right; white-space: nowrap; }
        .signed { margin-top: 30pt; break-inside: avoid; }
        footer { margin-top: 26pt; border-top: 0.5pt solid #bbb; padding-top: 8pt; font-size: 8.5pt; color: #333; }
        footer p { margin: 0 0 4pt; }
        @media print { main { margin: 0; max-width: none; padding: 0; } }
        """
}
