import Postgres
import TestDatabase
import Values

/// Plans as tests write them down.
struct Plans {
    let books: Books

    func add(_ name: String, anchor: String, donor: Bool = false) async throws {
        try await books.test.owner.transaction { db in
            let insert: SQL = """
                INSERT INTO fundraising.plan (currency, anchor, live, source, external_id) \
                VALUES ('USD', \(try Timestamp(iso8601: anchor)), true, 'stripe', \(name))
                """
            _ = try db.run(insert)
        }
    }

    func say(
        _ name: String, _ at: String, _ standing: String, _ amount: Int64 = 0, _ unit: String = "month",
        every: Int = 1, voluntary: Bool? = nil
    ) async throws {
        try await books.test.owner.transaction { db in
            let insert: SQL = """
                INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, \
                every, voluntary, source, external_id) SELECT p.id, \(try Timestamp(iso8601: at)), 1, \(standing), \
                \(amount), \(unit), \(every), \(voluntary), 'stripe', \(name + at) FROM fundraising.plan p \
                WHERE p.external_id = \(name)
                """
            _ = try db.run(insert)
        }
    }

    func instalment(_ name: String, due: String, paid: String? = nil, failed: String? = nil) async throws {
        try await books.test.owner.transaction { db in
            let insert: SQL = """
                INSERT INTO fundraising.instalment (plan_id, processor, external_id, due_at, paid_at, failed_at) \
                SELECT p.id, 'stripe', \(name + due), \(try Timestamp(iso8601: due)), \
                \(try paid.map { try Timestamp(iso8601: $0) }), \(try failed.map { try Timestamp(iso8601: $0) }) \
                FROM fundraising.plan p WHERE p.external_id = \(name)
                """
            _ = try db.run(insert)
        }
    }
}
