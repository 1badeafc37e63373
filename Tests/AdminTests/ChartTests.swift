import Foundation
import FoundationXML
import TestDatabase
import Testing
import Values

@testable import Admin

/// Figures as they are drawn: beside a table on a terminal, and into a file.
struct ChartTests {
    private static let csv: String = {
        var text = "external_id,donor_email,given_at,amount,currency,method\n"
        for (month, count) in [("01", 8), ("02", 1), ("03", 6), ("04", 5)] {
            for number in 0..<count {
                text += "\(month)-\(number),d\(number)@example.org,2025-\(month)-10,10.00,USD,card\n"
            }
        }
        return text
    }()

    private func console(
        _ desk: DonationDesk, columns: Int?, as name: String = "finance", _ environment: [String: String] = [:]
    ) -> Console {
        var console = Console(desk.test, as: "\(name)@example.org")
        console.columns = columns
        console.environment.merge(environment) { $1 }
        return console
    }

    private let report = ["donations", "report", "--by", "month"]

    @Test func aTerminalDrawsBarsAndALineOfThem() async throws {
        try await withDonationDesk(Self.csv) { desk in
            let wide = console(desk, columns: 100, ["LANG": "en_US.UTF-8", "NO_COLOR": "1"])
            let text = await wide.run(report, input: []).out
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.count == 6, "\(text)")
            let bars = lines[1...4].map { $0.filter { $0 == "█" }.count }
            // 80.00 fills the room, 10.00 an eighth of it, 60.00 six and 50.00 five.
            #expect(bars[0] == 40 && bars[1] == 5 && bars[2] == 30 && bars[3] == 25, "\(text)")
            #expect(lines[5] == "USD █▁▆▅", "\(text)")
            #expect(!text.contains("\u{1b}"))
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= 100 })
        }
    }

    @Test func aTerminalWithoutUnicodeDrawsWithASCII() async throws {
        try await withDonationDesk(Self.csv) { desk in
            for environment in [["LANG": "C"], ["LANG": "en_US.UTF-8", "LC_ALL": "POSIX"], [:]] {
                let text = await console(desk, columns: 100, environment).run(report, input: []).out
                #expect(text.contains("########"), "\(text)")
                #expect(!text.contains("█") && !text.contains("▁"), "\(text)")
            }
        }
    }

    @Test func whatIsNoWideTerminalsTableIsNotDrawn() async throws {
        try await withDonationDesk(Self.csv) { desk in
            let unicode = ["LANG": "C.UTF-8"]
            let narrow = await console(desk, columns: 56, unicode).run(report, input: []).out
            #expect(!narrow.contains("█████"), "\(narrow)")
            #expect(narrow.hasSuffix("USD █▁▆▅\n"), "\(narrow)")
            for format in ["tsv", "csv", "jsonl"] {
                let text = await console(desk, columns: 120, unicode).run(report + ["--format", format], input: []).out
                #expect(!text.contains("█"), "\(text)")
            }
            let piped = await console(desk, columns: nil, unicode).run(report + ["--format", "table"], input: []).out
            #expect(!piped.contains("█"), "\(piped)")
            // The only gift of February isn't told, so nothing of it is drawn.
            let analyst = await console(desk, columns: 100, as: "analyst", unicode).run(report, input: []).out
            #expect(analyst.hasSuffix("USD █ ▆▅\n"), "\(analyst)")
        }
    }

    @Test func aPictureStandsAloneTellsEveryFigureAndReplacesNothing() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "chart-\(UUID()).svg").path
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: path)
        }
        try await withDonationDesk(Self.csv) { desk in
            let ran = await desk.run("donations report --by month --svg \(path)", as: "analyst")
            #expect(ran.exit == 0, "\(ran)")
            let svg = try String(contentsOfFile: path, encoding: .utf8)
            #expect(XMLParser(data: Data(svg.utf8)).parse())
            #expect(svg.contains("<title id=\"title\">Donations by month, gift-year</title>"))
            #expect(svg.contains("2025-01: 80.00; 2025-02: not told; 2025-03: 60.00; 2025-04: 50.00."))
            #expect(svg.contains("role=\"img\""))
            // Nothing is fetched: the only address is the name of the format.
            #expect(svg.components(separatedBy: "://").count == 2 && !svg.contains("href"))
            let again = await desk.run("donations report --by month --svg \(path)")
            #expect(again.exit == 73 && again.err.contains("it is there already"), "\(again)")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == svg)
            for line in ["--by campaign", "--by month --rows", "--by month --explain"] {
                #expect(await desk.run("donations report \(line) --svg \(path).2").exit == 64, "\(line)")
            }
            #expect(!FileManager.default.fileExists(atPath: path + ".2"))
        }
    }

    @Test func whatIsDrawnCanNotActInThePicture() throws {
        let currency = try Currency("USD")
        let evil = "</text><script>alert(1)</script>\u{0}&\"'"
        let points = [-500, 0, Int64.max, Int64.min].map {
            Chart.Point(series: evil, label: evil, value: .money(Money(minor: $0, currency: currency)))
        }
        let svg = ChartPicture(Chart(title: evil, description: evil, points: points)).svg
        #expect(XMLParser(data: Data(svg.utf8)).parse())
        #expect(!svg.contains("<script") && svg.contains("&lt;script&gt;"))
        let empty = ChartPicture(Chart(title: "Nothing", description: "", points: [])).svg
        #expect(XMLParser(data: Data(empty.utf8)).parse())
        let unknown = Chart.Point(series: "USD", label: "2025", value: nil)
        #expect(
            XMLParser(data: Data(ChartPicture(Chart(title: "", description: "", points: [unknown])).svg.utf8)).parse())
    }
}
