import Foundation
import Fundraising
import Journal
import Postgres
import Sodium
import TestDatabase
import Values

/// A payment processor's event received, stored and applied, against pgbench with the very statements that one such
/// delivery was seen to send.
struct EventBenchmark {
    static let rounds = 3
    static let connections = 8
    static let deliveriesEach = 250
    /// A number that stands in the event's names; pgbench puts another in its place each time.
    static let recorded = 100_000_000
    static let secret = "whsec_of_the_benchmark"

    static func measure() async throws {
        guard let pgbench = find("pgbench") ?? postgresProgram("pgbench") else {
            return print("events: skipped, pgbench is not installed")
        }
        try await withTestDatabase { test in
            let superuser = test.database(test.superuserURL)
            let pool = test.database(test.appURL) { $0.poolSize = connections }
            let tables = try await superuser.statement { db in
                try PgbenchScript.spreadIdentities(db, in: "fundraising")
            }
            let log = try await StatementLog.of(test, superuser) { begin in
                try await deliver(recorded - 1, to: test.app)
                try begin()
                try await deliver(recorded, to: test.app)
            }
            let script = PgbenchScript(log, number: "\(recorded)", tables: tables)
            var row = Comparison(
                name: "an event received, stored and applied (\(script.count) statements in 2 transactions), "
                    + "\(connections) connections, against pgbench with the same statements",
                unit: "per s", goal: "≥ 0.5")
            var times: [Double] = []
            for round in 0..<rounds {
                row.peers.append(
                    try script.perSecond(
                        by: pgbench, on: test, connections: connections, times: deliveriesEach, round: round))
                let taken = try await seconds { times += try await deliverAll(pool, round) }
                row.ours.append(Double(connections * deliveriesEach) / taken)
            }
            row.print()
            let slowest = times.sorted()[times.count * 99 / 100]
            print("    ninety-nine of a hundred within \(Comparison.round(slowest * 1000)) ms (goal < 50)")
            let gifts = try await test.app.read { db in
                try db.value("SELECT count(*) FROM fundraising.entry WHERE kind = 'charge'", as: Int.self)
            }
            guard gifts == 2 + 2 * rounds * connections * deliveriesEach else {
                throw CommandFailed(description: "\(gifts ?? 0) charges are in the books")
            }
            await pool.close()
            await superuser.close()
        }
    }

    /// All of a round, by as many at once as there are connections. Returns how long each took, in seconds.
    private static func deliverAll(_ pool: Database, _ round: Int) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for lane in 0..<connections {
                group.addTask {
                    var times: [Double] = []
                    for index in 0..<deliveriesEach {
                        let number = 200_000_000 + round * 10_000_000 + lane * 100_000 + index
                        times.append(try await seconds { try await deliver(number, to: pool) })
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func deliver(_ number: Int, to database: Database) async throws {
        let body = event(number)
        let now = Timestamp(seconds: 1_770_000_000)
        let signed = HMACSHA256.code(for: Array("1770000000.".utf8) + body, key: Array(secret.utf8))
        let received = try ReceiveEvent(
            body, signature: "t=1770000000,v1=\(Hex.text(signed))", secrets: [secret], endpoint: "main", now: now)
        let receipt = try await database.transaction { db in try received.perform(db) }
        _ = try await database.transaction { db in
            try ApplyEvent(receipt.id, by: Origin(account: nil, via: .worker, systemUser: "bench")).perform(db)
        }
    }

    private static func event(_ number: Int) -> [UInt8] {
        let charge: JSON = [
            "id": .string("ch_\(number)"), "object": "charge", "amount": 5_000, "amount_captured": 5_000,
            "amount_refunded": 0, "created": 1_767_000_000, "currency": "usd",
            "payment_intent": .string("pi_\(number)"), "paid": true,
            "billing_details": ["email": .string("giver\(number)@example.org"), "name": "A Giver"], "metadata": [:],
            "payment_method_details": ["type": "card"],
        ]
        let event: JSON = [
            "id": .string("evt_\(number)"), "object": "event", "type": "charge.succeeded", "created": 1_767_000_000,
            "livemode": true, "data": ["object": charge],
        ]
        return event.canonical()
    }
}
