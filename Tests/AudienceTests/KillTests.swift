import Foundation
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

@testable import Audience

/// Checks 9, 10 and 25 as far as a broken connection goes: whatever dies, and whenever, the figures are those of a run
/// that nothing disturbed.
struct KillTests {
    @Test func backendsKilledAtRandomMomentsLoseAndDoubleNothing() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 6_000, seed: 31))
        let seed = UInt64.random(in: .min ... .max)
        try await withTestDatabase { calm in
            _ = try await importer(calm.app, batchBytes: 60_000).run([path])
            let expected = try await rollups(calm.app)
            try await withTestDatabase { test in
                let kills = Mutex(0)
                let killer = test.database(test.superuserURL)
                let name = test.name
                let assassin = Task {
                    var random = SeededRandom(seed: seed)
                    while !Task.isCancelled {
                        try await Task.sleep(for: .microseconds(500 + random.next() % 12_000))
                        let killed = try await killer.statement { db in
                            try db.value(
                                """
                                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                                WHERE datname = \(name) AND usename = 'masthead_app'
                                """, as: Int.self)
                        }
                        kills.withLock { $0 += killed ?? 0 }
                    }
                }
                var runs = 0
                while kills.withLock({ $0 }) < 20, runs < 200 {
                    runs += 1
                    // Losing the error is the point: the next run goes on from what was committed.
                    _ = try? await importer(test.app, batchBytes: 60_000).run([path])
                }
                assassin.cancel()
                _ = await assassin.result
                _ = try await importer(test.app, batchBytes: 60_000).run([path])
                #expect(kills.withLock { $0 } >= 20)
                #expect(try await rollups(test.app) == expected, "seed \(seed)")
                await killer.close()
            }
        }
    }

    @Test func twoImportersOfOneLogGiveTheFiguresOfOne() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 4_000, seed: 32))
        try await withTestDatabase { calm in
            _ = try await importer(calm.app).run([path])
            let expected = try await rollups(calm.app)
            try await withTestDatabase { test in
                async let one = importer(test.app, batchBytes: 50_000).run([path])
                async let two = importer(test.app, batchBytes: 70_000).run([path])
                let reports = try await [one[0], two[0]]
                #expect(reports.reduce(0) { $0 + $1.newLines } == 4_000)
                #expect(try await rollups(test.app) == expected)
            }
        }
    }

    @Test func aReportDuringAnImportNeverShowsHalfABatch() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("access.log", try madeLog(lines: 6_000, seed: 33))
        try await withTestDatabase { test in
            let isDone = Mutex(false)
            async let reader: Int = {
                var broken = 0
                while !isDone.withLock({ $0 }) {
                    broken += try await test.app.read { db in
                        let views = try ViewsReport(by: .year).lines(db).reduce(0) { $0 + $1.views }
                        let batches = try db.value(
                            """
                            SELECT coalesce(sum((outcomes->'classes'->>'human')::bigint), 0)::bigint
                            FROM audience.ingest_batch
                            """, as: Int.self)
                        let cells = try db.value(
                            "SELECT coalesce(sum(pv), 0)::bigint FROM audience.pv_hour WHERE class = 0", as: Int.self)
                        return views == batches && views == cells ? 0 : 1
                    }
                }
                return broken
            }()
            _ = try await importer(test.app, batchBytes: 40_000).run([path])
            isDone.withLock { $0 = true }
            #expect(try await reader == 0)
        }
    }
}
