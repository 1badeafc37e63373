import Foundation
import Postgres
import TestDatabase
import Testing

/// What the worker keeps in order, as a person sees it.
struct UpkeepCommandTests {
    @Test func theWorkerMakesRoomForTheMonthsAheadAndTheDoctorSaysWhereNoneDid() async throws {
        try await withTestDatabase { test in
            let masthead = Console(test)
            #expect(try await views(masthead).hasPrefix("views\tok\t"), "nothing is counted, so nothing is amiss")
            let months = try await test.owner.transaction { db in
                try db.script("INSERT INTO audience.site (host, timezone) VALUES ('example.org', 'UTC')")
                return try db.rows(
                    """
                    SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n), 'YYYY-MM')
                    FROM generate_series(0, 2) AS n ORDER BY n
                    """
                ) { try $0.next(String.self) }.joined(separator: ", ")
            }
            #expect(
                try await views(masthead)
                    == "views\twarning\tno partition for \(months)\tKeep `masthead work` running, or run "
                    + "`masthead work --once` each day.\n")
            let work = await masthead.run("work", "--once")
            #expect(work.exit == 0)
            #expect(work.err == "Views: room made for \(months).\n")
            #expect(try await views(masthead) == "views\tok\tin order, 0 secrets of days and months alive\t\n")
            #expect(await masthead.run("work", "--once").err.isEmpty, "nothing is left to do")
        }
    }

    /// The line of views, which the doctor and the check of the database agree about.
    private func views(_ masthead: Console) async throws -> String {
        var lines: [String] = []
        for words in [["doctor"], ["db", "check"]] {
            let ran = await masthead.run(words + ["--no-header"], input: [])
            try #require(ran.exit == 0, "\(ran.err)")
            lines += ran.out.split(separator: "\n").filter { $0.hasPrefix("views\t") }.map { $0 + "\n" }
        }
        #expect(lines.count == 2 && lines.first == lines.last)
        return lines.first ?? ""
    }
}
