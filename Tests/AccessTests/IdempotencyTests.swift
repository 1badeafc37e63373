import Access
@testable import Journal
import Postgres
import Synchronization
import TestDatabase
import Testing
import Values

struct IdempotencyTests {
    private let request = Array("publish 7".utf8)

    private func publish(_ db: Connection, key: String = "k1", account: Int64? = nil, request: [UInt8]? = nil) throws
        -> Idempotency.Answer
    {
        try Idempotency.once(db, key: key, account: account, request: request ?? self.request) {
            let seq = try Audit.append(db, Subject(.article, 7), "article.published", by: tester)
            return Array("row \(seq)".utf8)
        }
    }

    @Test func theSameRequestGetsTheFirstAnswerAgain() async throws {
        try await withTestDatabase { test in
            let first = try await test.app.transaction { db in try publish(db) }
            let second = try await test.app.transaction { db in try publish(db) }
            #expect(first == Idempotency.Answer(response: Array("row 1".utf8), isRepeated: false))
            #expect(second == Idempotency.Answer(response: Array("row 1".utf8), isRepeated: true))
            let rows = try await test.app.read { db in try Audit.tail(db, limit: 5) }
            #expect(rows.count == 1)
        }
    }

    @Test func aKeyThatAnsweredAnotherRequestIsRefused() async throws {
        try await withTestDatabase { test in
            _ = try await test.app.transaction { db in try publish(db) }
            _ = await #expect(throws: JournalError.keyUsedForAnotherRequest(key: "k1")) {
                try await test.app.transaction { db in try publish(db, request: Array("publish 8".utf8)) }
            }
        }
    }

    @Test func twoAccountsMayUseTheSameKey() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            _ = try await test.add("bo@example.org", by: ada)
            for account in [nil, 1, 2] as [Int64?] {
                let answer = try await test.app.transaction { db in try publish(db, account: account) }
                #expect(!answer.isRepeated)
            }
        }
    }

    @Test func aFailedRequestFreesItsKey() async throws {
        struct Stop: Error {}
        try await withTestDatabase { test in
            await #expect(throws: Stop.self) {
                try await test.app.transaction { db in
                    _ = try publish(db)
                    throw Stop()
                }
            }
            let answer = try await test.app.transaction { db in try publish(db) }
            #expect(answer == Idempotency.Answer(response: Array("row 1".utf8), isRepeated: false))
        }
    }

    @Test(arguments: ["", String(repeating: "k", count: 256), String(repeating: "é", count: 128)])
    func aKeyHasOneTo255Bytes(key: String) async throws {
        try await withTestDatabase { test in
            _ = await #expect(throws: JournalError.badKey(key)) {
                try await test.app.transaction { db in try publish(db, key: key) }
            }
        }
    }

    private final class Runs: Sendable {
        let count = Mutex(0)
    }

    private func attempt(_ database: Database, _ runs: Runs) async throws -> Idempotency.Answer {
        let request = request
        return try await database.transaction { db in
            try Idempotency.once(db, key: "k1", account: nil, request: request) {
                try waitUntilAnotherWaits(db)
                let run = runs.count.withLock { count in
                    count += 1
                    return count
                }
                return Array("run \(run)".utf8)
            }
        }
    }

    /// The first holds its transaction open until the second waits for it.
    @Test func ofTwoAtOnceOneRunsAndTheOtherGetsItsAnswer() async throws {
        try await withTestDatabase { test in
            let runs = Runs()
            let answers = try await withThrowingTaskGroup(of: Idempotency.Answer.self) { group in
                for _ in 0..<2 { group.addTask { try await attempt(test.app, runs) } }
                var answers: [Idempotency.Answer] = []
                for try await answer in group { answers.append(answer) }
                return answers
            }
            #expect(runs.count.withLock { $0 } == 1)
            #expect(answers.allSatisfy { $0.response == Array("run 1".utf8) })
            #expect(answers.filter(\.isRepeated).count == 1)
        }
    }

    @Test func theAppRoleCannotChangeAnAnswer() async throws {
        try await withTestDatabase { test in
            _ = try await test.app.transaction { db in try publish(db) }
            for statement in [
                "UPDATE journal.idempotency_key SET response = ''", "DELETE FROM journal.idempotency_key",
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.app.transaction { db in try db.script(statement) }
                }
                #expect(error?.sqlstate == "42501")
            }
        }
    }
}

struct OutboxTests {
    @Test func anEffectIsLeftWithTheChangeOrNotAtAll() async throws {
        struct Stop: Error {}
        try await withTestDatabase { test in
            let subject = Subject(.article, 7)
            await #expect(throws: Stop.self) {
                try await test.app.transaction { db in
                    try Outbox.put(db, type: "article.published", subject: subject, payload: ["revision": 1])
                    throw Stop()
                }
            }
            try await test.app.transaction { db in
                try Outbox.put(db, type: "article.published", version: 2, subject: subject, payload: ["revision": 2])
            }
            let rows = try await test.app.read { db in
                try db.rows(
                    "SELECT type, version::bigint, subject_kind, subject_id, payload, state FROM journal.outbox"
                ) { row in
                    [
                        try row.next(String.self), String(try row.next(Int.self)), try row.next(String.self),
                        String(try row.next(Int.self)), try row.next(JSON.self).text, try row.next(String.self),
                    ]
                }
            }
            #expect(rows == [["article.published", "2", "article", "7", #"{"revision":2}"#, "pending"]])
        }
    }

    @Test func whatAnEffectSaysCannotBeChangedAfterwards() async throws {
        try await withTestDatabase { test in
            try await test.app.transaction { db in
                try Outbox.put(db, type: "article.published", subject: Subject(.article, 7), payload: [:])
            }
            for statement in ["UPDATE journal.outbox SET payload = '{\"a\": 1}'", "DELETE FROM journal.outbox"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.app.transaction { db in try db.script(statement) }
                }
                #expect(error?.sqlstate == "42501")
            }
        }
    }
}
