import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// Cells are appended, and folded when an hour is over: what reports say is the same before, between and after.
@Suite struct FoldTests {
    private func top(_ test: TestDatabase, _ period: String?, by dimension: TopReport.Dimension = .content) async throws
        -> [TopReport.Line]
    {
        let period = try period.map { try Period($0) }
        return try await test.app.read { db in
            try TopReport(by: dimension, limit: 1_000, from: period, to: period).lines(db)
        }
    }

    private func rows(_ test: TestDatabase) async throws -> Int {
        try await test.app.read { try $0.one("SELECT count(*) FROM audience.pv_hour") { try $0.next(Int.self) } }
    }

    /// Lines of two months, with hours that come in several files.
    private func line(_ day: String, _ hour: Int, _ path: String, _ visitor: Int = 1) -> String {
        "192.0.2.\(visitor) - - [\(day):\(hour < 10 ? "0" : "")\(hour):05:00 +0000] \"GET \(path) HTTP/1.1\" 200 9 \"-\" "
            + "\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"\n"
    }

    private func importing(_ lines: [String], _ test: TestDatabase, _ folder: TemporaryFolder, _ name: String)
        async throws
    {
        let path = try folder.write(name, Array(lines.joined().utf8))
        _ = try await importer(test.app).run([path])
    }

    @Test func whatIsReportedIsTheSameBeforeAndAfterFolding() async throws {
        let folder = try TemporaryFolder()
        try await withTestDatabase { test in
            try await importing(
                (1...9).flatMap { [line("02/Mar/2026", $0, "/a"), line("30/Apr/2026", $0, "/b", $0)] }, test, folder,
                "1")
            try await importing(
                (1...9).flatMap { [line("02/Mar/2026", $0, "/a", 7), line("02/Mar/2026", $0, "/c", 7)] }, test, folder,
                "2")
            let periods = ["2026", "2026-03", "2026-04", "2026-03-02"]
            var before: [[TopReport.Line]] = [try await top(test, nil)]
            for period in periods { before.append(try await top(test, period)) }
            #expect(before[0].map(\.key) == ["/a", "/b", "/c"] && before[0].map(\.views) == [18, 9, 9])
            let rollupsBefore = try await rollups(test.app)
            let rowsBefore = try await rows(test)
            let folded = try await test.app.transaction {
                try FoldMonths(now: try Timestamp(iso8601: "2026-04-30T05:30:00Z")).perform($0)
            }
            #expect(folded == 2)
            var after: [[TopReport.Line]] = [try await top(test, nil)]
            for period in periods { after.append(try await top(test, period)) }
            #expect(after == before)
            #expect(try await rollups(test.app) == rollupsBefore)
            #expect(
                try await rows(test) == rowsBefore - 9, "the nine hours that both files have of /a are one row each")
        }
    }

    @Test func linesThatComeLateAreAddedToAFoldedMonth() async throws {
        let folder = try TemporaryFolder()
        try await withTestDatabase { test in
            try await importing([line("02/Mar/2026", 3, "/a"), line("02/Mar/2026", 9, "/b")], test, folder, "1")
            let now = try Timestamp(iso8601: "2026-03-02T08:10:00Z")
            _ = try await test.app.transaction { try FoldMonths(now: now).perform($0) }
            try await importing(
                [line("02/Mar/2026", 3, "/a", 2), line("02/Mar/2026", 4, "/new", 2), line("02/Mar/2026", 10, "/b", 2)],
                test, folder, "late")
            let sums = try await test.app.read { db in
                try db.rows(
                    "SELECT c.path, m.pv FROM audience.pv_month m JOIN audience.content c ON c.key = m.content ORDER BY 1"
                ) {
                    try $0.next(String.self) + " " + String(try $0.next(Int.self))
                }
            }
            #expect(sums == ["/a 2", "/new 1"], "what belongs to hours before 08:00")
            #expect(try await top(test, "2026-03").map { "\($0.key) \($0.views)" } == ["/a 2", "/b 2", "/new 1"])
            // Folding on takes what is left, once.
            for _ in 0..<2 {
                _ = try await test.app.transaction {
                    try FoldMonths(now: try Timestamp(iso8601: "2026-05-01T00:00:00Z")).perform($0)
                }
                #expect(try await top(test, "2026-03").map { "\($0.key) \($0.views)" } == ["/a 2", "/b 2", "/new 1"])
            }
        }
    }

    @Test func twoWhoFoldAtOnceAndAnImportLoseNothing() async throws {
        let folder = try TemporaryFolder()
        try await withTestDatabase { test in
            for number in 1...4 {
                try await importing((0...23).map { line("02/Mar/2026", $0, "/a", number) }, test, folder, "\(number)")
            }
            let now = try Timestamp(iso8601: "2026-05-01T00:00:00Z")
            async let one = test.app.transaction { try FoldMonths(now: now).perform($0) }
            async let two = test.app.transaction { try FoldMonths(now: now).perform($0) }
            async let hours = test.app.transaction {
                try $0.run("SELECT audience.fold_hours('2026-03-01Z', '2026-04-01Z')")
            }
            try await importing((0...23).map { line("02/Mar/2026", $0, "/a", 5) }, test, folder, "5")
            _ = try await (one, two, hours)
            #expect(try await top(test, "2026-03").map(\.views) == [120])
            let hourly = try await test.app.read { db in
                try db.one("SELECT sum(pv)::bigint FROM audience.pv_hour WHERE class = 0") { try $0.next(Int.self) }
            }
            #expect(hourly == 120)
        }
    }

    @Test func theProgramCannotTakeCellsAway() async throws {
        try await withTestDatabase { test in
            for statement in ["DELETE FROM audience.pv_hour", "UPDATE audience.pv_hour SET pv = 0"] {
                #expect(await refusal(test.app, statement)?.sqlstate == "42501", "\(statement)")
            }
        }
    }
}
