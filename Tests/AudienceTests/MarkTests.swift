import Access
import Foundation
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// What a comparison can't know by itself: marks, and time that somebody vouches for.
struct MarkTests {
    @Test(arguments: [
        // The first day of the earlier period is the beginning of it: what happened there holds for all of it.
        ("2025-02-01", false), ("2025-02-02", true), ("2025-02-28", true), ("2025-03-01", true), ("2025-03-31", true),
        ("2025-01-31", false), ("2025-04-01", false),
    ])
    func aMarkSeparatesTwoPeriodsWhenItLiesAfterTheBeginningOfTheOneAndBeforeTheEndOfTheOther(
        day: String, separates: Bool
    ) throws {
        let mark = Mark(id: 1, day: try LocalDate(day), kind: .relaunch, text: "New site", host: nil)
        let (february, march) = (Stretch(try Period("2025-02")), Stretch(try Period("2025-03")))
        #expect(mark.separates(march, february) == separates)
        #expect(mark.separates(february, march) == separates)
    }

    @Test func theDatabaseTakesNoMarkAndNoCoverWithoutSomebodyAndAReason() async throws {
        try await withTestDatabase { test in
            let account = try await test.app.transaction { db in
                try AddAccount(
                    first: try EmailAddress("admin@example.org"), name: "Admin", grants: [RoleGrant(.admin)],
                    via: .cli, systemUser: "test"
                ).perform(db).id
            }
            try await test.owner.transaction {
                try $0.script("INSERT INTO audience.site (host, timezone) VALUES ('example.org', 'UTC')")
            }
            let by = account.rawValue
            let cover = "INSERT INTO audience.covered (site, from_at, to_at, note, added_by) SELECT id,"
            for (statement, constraint) in [
                ("\(cover) '2025-01-01', '2025-01-02', '', \(by) FROM audience.site", "covered_note"),
                ("\(cover) '2025-01-01', '2025-01-02', 'x', NULL FROM audience.site", "covered_by_somebody"),
                ("\(cover) now(), now() + interval '1 hour', 'x', \(by) FROM audience.site", "covered_over"),
                ("\(cover) '2025-01-02', '2025-01-02', 'x', \(by) FROM audience.site", "covered_order"),
                (
                    "INSERT INTO audience.mark (day, kind, text, added_by) VALUES ('2025-01-01', 'news', '', \(by))",
                    "mark_text"
                ),
                (
                    "INSERT INTO audience.mark (day, kind, text, added_by) VALUES ('2025-01-01', 'rain', 'x', \(by))",
                    "mark_kind"
                ),
            ] {
                let refused: PostgresError?
                do {
                    try await test.app.transaction { try $0.script(statement) }
                    refused = nil
                } catch {
                    refused = error as? PostgresError
                }
                #expect(refused?.constraint == constraint, "\(statement)")
            }
        }
    }
}
