import Dispatch
import Fundraising
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

struct ConcurrencyTests {
    private func rows(_ count: Int, from first: Int = 1) -> String {
        (first..<first + count).map { number in
            let refund = number.isMultiple(of: 10) ? "1.00,2025-06-01" : ","
            return
                "g\(number),donor\(number % 97)@example.org,Donor \(number % 97),2025-03-01,10.00,USD,card,,,,\(refund)\n"
        }.joined()
    }

    @Test func theSameFileEightTimesAtOnceIsTakenOnce() async throws {
        try await withBooks { books in
            let text = rows(1_000)
            let reports = try await withThrowingTaskGroup(of: ImportGifts.Report.self) { group in
                for _ in 0..<8 { group.addTask { try await books.importing(text) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.newGifts).sorted() == [0, 0, 0, 0, 0, 0, 0, 1_000])
            #expect(try await books.report() == ["2025 USD 1000 1000000 10000 990000"])
            #expect(try await books.count("fundraising.donor") == 97)
            #expect(try await books.count("journal.audit WHERE subject_kind = 'donation_import'") == 1)
        }
    }

    @Test func overlappingFilesAtOnceTakeEachGiftOnce() async throws {
        try await withBooks { books in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for start in 0..<6 {
                    let text = rows(600, from: 1 + start * 100)
                    group.addTask { try await books.importing(text) }
                }
                try await group.waitForAll()
            }
            #expect(try await books.count("fundraising.gift") == 1_100)
            #expect(try await books.count("fundraising.donor") == 97)
            #expect(try await books.expectSoundLedger() == [])
        }
    }

    @Test func anImportStoppedHalfWayLeavesNothing() async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let text = Books.header + "\n" + rows(12_000)
            let (halfWay, report) = AsyncStream.makeStream(of: Void.self)
            let cancelled = DispatchSemaphore(value: 0)
            let task = Task {
                try await books.app.transaction { db in
                    _ = try ImportGifts(Array(text.utf8), name: "big.csv", by: books.actor(db)) { rows in
                        guard rows == 10_000 else { return }
                        // Waits on the connection's own thread until it has been told to stop.
                        report.yield()
                        cancelled.wait()
                    }.perform(db)
                }
            }
            for await _ in halfWay { break }
            task.cancel()
            cancelled.signal()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(try await books.contents() == before)
            #expect(try await books.importing(bytes: Array(text.utf8)).newGifts == 12_000)
        }
    }

    @Test func anImportWhoseServerProcessDiesLeavesNothing() async throws {
        try await withBooks { books in
            let before = try await books.contents()
            let text = Books.header + "\n" + rows(3_000)
            await #expect(throws: (any Error).self) {
                try await books.app.transaction(.once) { db in
                    let actor = try books.actor(db)
                    _ = try ImportGifts(Array(text.utf8), name: "big.csv", by: actor).perform(db)
                    // All is written but not committed.
                    try db.run("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(try await books.contents() == before)
        }
    }

    @Test func progressIsToldAsRowsAreRead() async throws {
        try await withBooks { books in
            let told = Mutex<[Int]>([])
            let text = Books.header + "\n" + rows(10_500)
            try await books.app.transaction { db in
                _ = try ImportGifts(Array(text.utf8), name: "big.csv", mode: .dryRun, by: books.actor(db)) { rows in
                    told.withLock { $0.append(rows) }
                }.perform(db)
            }
            #expect(told.withLock { $0 } == [10_000, 10_500])
        }
    }
}
