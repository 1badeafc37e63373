import Access
import Journal
import Postgres
import TestDatabase
import Values

let tester = Origin(account: nil, via: .cli, systemUser: "tester")

func address(_ text: String) throws -> EmailAddress { try EmailAddress(text) }

extension TestDatabase {
    /// Adds the first account, an admin, and acts as it.
    func addFirstAdmin(_ email: String = "ada@example.org", others: [RoleGrant] = []) async throws -> EmailAddress {
        let email = try address(email)
        _ = try await app.transaction { db in
            try AddAccount(
                first: email, name: "Ada Example", grants: [RoleGrant(.admin)] + others, via: .cli,
                systemUser: "tester"
            ).perform(db)
        }
        return email
    }

    func add(_ email: String, _ grants: [RoleGrant] = [], by admin: EmailAddress) async throws -> EmailAddress {
        let email = try address(email)
        _ = try await app.transaction { db in
            try AddAccount(email: email, name: "Somebody Example", grants: grants, by: acting(db, admin)).perform(db)
        }
        return email
    }

    func accounts() async throws -> [Account] {
        try await app.read { db in try Account.list(db, limit: 100) }
    }

    func append(_ subject: Subject, rows: Int) async throws {
        try await app.transaction { db in
            for number in 1...rows {
                try Audit.append(
                    db, subject, "article.saved", by: tester, facts: ["revision": .integer(Int64(number))])
            }
        }
    }

    func verify(_ anchor: AuditAnchor? = nil) async throws -> AuditReport {
        try await app.read { db in try Audit.verify(db, anchor: anchor) }
    }

    func anchor() async throws -> AuditAnchor {
        try await app.read { db in try Audit.anchor(db) }
    }

    /// Changes the past as nobody but the owner of the tables can.
    func tamper(_ statement: SQL) async throws {
        let changed = try await owner.transaction { db in try db.run(statement) }
        precondition(changed > 0, "the tampering touched no row")
    }
}

func acting(_ db: Connection, _ email: EmailAddress) throws -> Access.Actor {
    try Access.Actor.load(db, email: email, via: .cli, systemUser: "tester")
}

/// Holds the caller's transaction open until another session of this database waits for a lock: the two then overlap for
/// certain.
func waitUntilAnotherWaits(_ db: Connection) throws {
    for _ in 0..<2_000 {
        let waiting = try db.value(
            """
            SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
            """, as: Int.self)
        if waiting ?? 0 > 0 { return }
        // The view is a snapshot of the transaction's first look at it.
        try db.run("SELECT pg_stat_clear_snapshot(), pg_sleep(0.005)")
    }
    throw NobodyWaited()
}

struct NobodyWaited: Error {}
