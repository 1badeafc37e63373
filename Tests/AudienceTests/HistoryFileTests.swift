import Testing
import Values

@testable import Audience

/// Files of other programs, as these write them, and what is wrong with others.
struct HistoryFileTests {
    private func read(_ text: String, _ format: HistoryFile.Format) throws -> [String] {
        try HistoryFile(Array(text.utf8), name: "f.csv", as: format, today: LocalDate("2026-06-30")).days.map {
            "\($0.day) \($0.views) \($0.visitors.map { "\($0)" } ?? "-") line \($0.line)"
        }
    }

    /// Line and reason of what is wrong.
    private func mistakes(_ text: String, _ format: HistoryFile.Format = .csv) throws -> [String] {
        do {
            return try read(text, format)
        } catch AudienceError.badHistory(_, let mistakes, _) { return mistakes.map(\.description) }
    }

    @Test func plausibleWritesVisitorsByDay() throws {
        let export = """
            "date","visitors","pageviews","bounces","visits","visit_duration"
            "2024-01-02",12,40,3,14,900
            "2024-01-01",10,30,2,11,700

            """
        #expect(try read(export, .plausible) == ["2024-01-01 30 10 line 3", "2024-01-02 40 12 line 2"])
    }

    @Test func analyticsHasCommentsBeforeItsTable() throws {
        let exploration = """
            # ----------------------------------------
            # Free form 1
            # 20240101-20240102
            # ----------------------------------------

            Date,Views,Total users
            ,70,21
            20240101,30,10
            20240102,40,12

            """
        #expect(try read(exploration, .ga4) == ["2024-01-01 30 10 line 8", "2024-01-02 40 12 line 9"])
        let report = "# Start date: 20240228\r\n# End date: 20240301\r\nNth day,Views\r\n0000,1\r\n0001,2\r\n0002,3\r\n"
        #expect(
            try read(report, .ga4) == ["2024-02-28 1 - line 4", "2024-02-29 2 - line 5", "2024-03-01 3 - line 6"])
        #expect(try mistakes("Nth day,Views\n0000,1\n", .ga4)[0].hasPrefix("line 1: 'Nth day' counts from a day"))
        let broken = exploration.replacing("20240102,40", with: "20240102,forty")
        #expect(try mistakes(broken, .ga4) == ["line 9: Views is 'forty', not a count"])
    }

    @Test func matomoWritesItsOwnNamesInUTF16() throws {
        let text = "Date,nb_uniq_visitors,nb_visits,nb_pageviews\n2024-01-01,10,11,30\n"
        let bytes: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let file = try HistoryFile(bytes, name: "m.csv", as: .matomo, today: LocalDate("2026-06-30"))
        #expect(file.days.map(\.views) == [30] && file.days.map(\.visitors) == [10])
    }

    @Test func pathsAddUpToDaysAndTheirVisitorsDont() throws {
        let text = """
            date,path,page_views,visitors
            2024-01-01,/a,30,10
            2024-01-01,/b,5,4
            2024-01-02,,40,12

            """
        #expect(try read(text, .csv) == ["2024-01-01 35 - line 2", "2024-01-02 40 12 line 4"])
    }

    @Test func mistakesAreNamedByTheLineOfTheFile() throws {
        let head = "date,path,page_views,visitors\n"
        #expect(
            try mistakes(head + "2024-02-30,,1,1\n2024-01-02,,-1,1\n2024-01-03,,1,x\n") == [
                "line 2: '2024-02-30' is no day: write 2024-01-31", "line 3: page_views is '-1', not a count",
                "line 4: visitors is 'x', not a count",
            ])
        #expect(
            try mistakes(head + "2024-01-01,/a,1,\n\n2024-01-01,/a,2,\n") == [
                "line 4: line 2 has 2024-01-01 /a already"
            ])
        #expect(
            try mistakes(head + "2024-01-01,,1,\n2024-01-01,/a,2,\n") == [
                "line 3: 2024-01-01 is given by its total and by its paths, there on line 2"
            ])
        #expect(try mistakes(head + "2026-06-30,,1,1\n") == ["line 2: 2026-06-30 isn't over"])
        #expect(try mistakes(head + "1989-06-30,,1,1\n") == ["line 2: 1989-06-30 is before the web"])
        #expect(try mistakes(head + "2024-01-01,,99999999999999999999,1\n").count == 1)
        #expect(try mistakes(head) == ["line 1: no day is in it"])
        #expect(try mistakes("") == ["line 1: the file is empty"])
        #expect(try mistakes("day,views\n", .plausible) == ["line 1: there is no column date, as plausible has"])
        #expect(try mistakes("PK\u{3}\u{4}…", .plausible)[0].contains("unpack it"))
        #expect(try mistakes(head + "2024-01-01,,1\n") == ["line 2: 3 fields where the first row has 4"])
    }
}
