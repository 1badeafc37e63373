import Journal
import Postgres
import TestDatabase
import Testing
import Values

struct AuditTests {
    static let article = Subject(.article, 7)

    @Test func eachSubjectHasAChainOfItsOwn() async throws {
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 3)
            try await test.append(Subject(.gift, 7), rows: 2)
            let rows = try await test.app.read { db in try Audit.tail(db, limit: 10) }
            #expect(rows.map(\.subject.description) == ["gift:7", "gift:7", "article:7", "article:7", "article:7"])
            #expect(rows.map(\.seq) == [2, 1, 3, 2, 1])
            #expect(rows[0].previous == rows[1].hash)
            #expect(rows[4].previous == [UInt8](repeating: 0, count: 32))
            #expect(rows[2].previous == rows[3].hash)

            let report = try await test.verify()
            #expect(report.isSound)
            #expect(report.rows == 5)
            #expect(report.chains == 2)
        }
    }

    @Test func theTailPagesAndNarrowsToASubject() async throws {
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 4)
            try await test.append(Subject(.gift, 7), rows: 1)
            let (newest, older) = try await test.app.read { db in
                let newest = try Audit.tail(db, subject: Self.article, limit: 3)
                return (newest, try Audit.tail(db, subject: Self.article, before: newest.last?.id, limit: 3))
            }
            #expect(newest.map(\.seq) == [4, 3, 2])
            #expect(older.map(\.seq) == [1])
        }
    }

    @Test func whatARowSaysIsKeptExactly() async throws {
        try await withTestDatabase { test in
            let facts: [String: JSON] = [
                "hash": "zażółć \u{1F4F0} \"\\", "amount": .number("1.50"), "list": [1, nil, true], "b": .object([:]),
            ]
            _ = try await test.app.transaction { db in
                try Audit.append(
                    db, Self.article, "article.published",
                    by: Origin(account: nil, via: .worker, systemUser: "www-data"), facts: facts)
            }
            let rows = try await test.app.read { db in try Audit.tail(db, limit: 1) }
            let row = try #require(rows.first)
            #expect(try JSON(parsing: row.facts) == .object(facts))
            #expect(row.via == "worker")
            #expect(row.systemUser == "www-data")
            #expect(try await test.verify().isSound)
        }
    }

    @Test func anAppendInATransactionThatFailsLeavesNoGap() async throws {
        struct Stop: Error {}
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 1)
            await #expect(throws: Stop.self) {
                try await test.app.transaction { db in
                    try Audit.append(db, Self.article, "article.saved", by: tester)
                    throw Stop()
                }
            }
            try await test.append(Self.article, rows: 1)
            let rows = try await test.app.read { db in try Audit.tail(db, limit: 5) }
            #expect(rows.map(\.seq) == [2, 1])
            #expect(try await test.verify().isSound)
        }
    }

    @Test func sixteenConnectionsAppendingAtOnceNeverForkAChain() async throws {
        try await withTestDatabase { test in
            let pool = test.database(test.appURL) { $0.poolSize = 16 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<100 {
                            _ = try await pool.transaction { db in
                                try Audit.append(db, Self.article, "article.saved", by: tester)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            await pool.close()
            let report = try await test.verify()
            #expect(report.findings == [])
            #expect(report.rows == 1_600)
            #expect(report.chains == 1)
            let last = try await test.app.read { db in try Audit.tail(db, limit: 1) }
            #expect(last.first?.seq == 1_600)
        }
    }

    /// The app role gets in through `journal.append` and no other way.
    @Test(arguments: [
        "UPDATE journal.audit SET action = 'article.saved'",
        "UPDATE journal.audit SET facts = '{}'",
        "DELETE FROM journal.audit",
        "TRUNCATE journal.audit",
        """
        INSERT INTO journal.audit (id, subject_kind, subject_id, seq, previous, hash, at, action, via, os_user, facts)
        SELECT id + 1, subject_kind, subject_id, seq + 1, hash, hash, at, action, via, os_user, facts FROM journal.audit
        """,
        "UPDATE journal.audit_head SET seq = seq + 1",
        "DELETE FROM journal.audit_head",
        "INSERT INTO journal.audit_head (subject_kind, subject_id, seq, hash) VALUES ('gift', 1, 0, sha256(''))",
        "SELECT hash FROM journal.audit_head FOR UPDATE",
        "SELECT nextval('journal.audit_id')",
        "ALTER TABLE journal.audit DISABLE TRIGGER ALL",
        "DROP FUNCTION journal.append(text, bigint, text, bigint, text, text, jsonb)",
        """
        SELECT journal.audit_bytes(1, 'article', 1, 1, ''::bytea, now(), 'a', 1, 'cli', '', '{}')
        """,
    ])
    func theAppRoleCannotGetRoundTheChain(statement: String) async throws {
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 1)
            let error = await #expect(throws: PostgresError.self) {
                try await test.app.transaction { db in try db.script(statement) }
            }
            #expect(error?.sqlstate == "42501", "insufficient_privilege")
            #expect(try await test.verify().isSound)
        }
    }

    @Test func theReaderRoleSeesNothingOfTheJournal() async throws {
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 1)
            for table in ["journal.audit", "journal.audit_head", "journal.outbox", "journal.idempotency_key"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.reader.statement { db in try db.script("SELECT FROM \(table)") }
                }
                #expect(error?.sqlstate == "42501")
            }
        }
    }
}
