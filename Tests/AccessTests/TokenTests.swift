import Access
import Journal
import Postgres
import TestDatabase
import Testing
import Values

struct TokenTests {
    private func issue(
        _ test: TestDatabase, _ name: String = "script", scopes: [Permission] = [], expiresAt: Timestamp? = nil,
        by email: EmailAddress
    ) async throws -> (TokenSecret, Token) {
        let secret = TokenSecret.random()
        let token = try await test.app.transaction { db in
            try IssueToken(secret, name: name, scopes: scopes, expiresAt: expiresAt, by: acting(db, email)).perform(db)
        }
        return (secret, token)
    }

    private func actor(_ test: TestDatabase, behind secret: TokenSecret) async throws -> Access.Actor {
        try await test.app.read { db in try .load(db, token: secret, via: .web, systemUser: "www-data") }
    }

    @Test func aTokenActsAsItsAccount() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let (secret, token) = try await issue(test, by: ada)
            #expect(token.account == ada)
            #expect(token.scopes == ["*"])
            let actor = try await actor(test, behind: TokenSecret(text: secret.text))
            #expect(actor.email == ada)
            #expect(actor.may(.accountManage))
            #expect(actor.origin == Origin(account: 1, via: .web, systemUser: "www-data"))
        }
    }

    @Test func theSecretIsNowhereInTheDatabase() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let (secret, _) = try await issue(test, by: ada)
            #expect(secret.text.hasPrefix("masthead_"))
            let random = String(secret.text.dropFirst("masthead_".count))
            #expect(random.count == 64)
            let dump = try await test.app.read { db in
                try db.value(
                    """
                    SELECT (SELECT string_agg(t::text, ' ') FROM access.api_token AS t) || \
                    (SELECT string_agg(a::text, ' ') FROM journal.audit AS a)
                    """, as: String.self)
            }
            #expect(dump?.contains("script") == true)
            #expect(dump?.contains(random) == false)
        }
    }

    @Test func aTokenMayNoMoreThanItsScopesAndItsAccount() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(.auditor)], by: ada)
            let (secret, token) = try await issue(test, scopes: [.auditRead, .accountManage], by: bo)
            #expect(token.scopes == ["account.manage", "audit.read"])
            let actor = try await actor(test, behind: secret)
            #expect(actor.may(.auditRead))
            #expect(!actor.may(.accountRead), "the account may, the token may not")
            #expect(!actor.may(.accountManage), "the token may, the account may not")
        }
    }

    @Test func aTokenWithAScopeThatNobodyHasIsRefused() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let typo = Permission("acount.read")
            await #expect(throws: AccessError.unknownScope(typo)) {
                _ = try await issue(test, scopes: [.accountRead, typo], by: ada)
            }
        }
    }

    @Test func aRevokedTokenIsAtAnEnd() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let (secret, token) = try await issue(test, by: ada)
            for _ in 1...2 {
                try await test.app.transaction { db in try RevokeToken(token.id, by: acting(db, ada)).perform(db) }
            }
            await #expect(throws: AccessError.badToken) { _ = try await actor(test, behind: secret) }
            _ = try await issue(test, "script", by: ada)
            let chain = try await test.app.read { db in try Audit.tail(db, limit: 9) }
            #expect(chain.map(\.action) == ["token.issued", "token.revoked", "token.issued", "account.added"])
            let tokens = try await test.app.read { db in try Token.list(db, limit: 9) }
            #expect(tokens.map { $0.revokedAt != nil } == [true, false])
        }
    }

    @Test func aTokenEndsAtItsTime() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let now = try #require(
                try await test.app.read { db in try db.value("SELECT clock_timestamp()", as: Timestamp.self) })
            let past = now.adding(seconds: -1)
            await #expect(throws: AccessError.expiresInThePast(past)) {
                _ = try await issue(test, expiresAt: past, by: ada)
            }
            let (secret, token) = try await issue(test, expiresAt: now.adding(seconds: 3_600), by: ada)
            _ = try await actor(test, behind: secret)
            // An hour and more goes by.
            _ = try await test.owner.transaction { db in
                try db.run(
                    """
                    UPDATE access.api_token SET created_at = created_at - interval '2 hours', \
                    expires_at = expires_at - interval '2 hours' WHERE id = \(token.id)
                    """)
            }
            await #expect(throws: AccessError.badToken) { _ = try await actor(test, behind: secret) }
        }
    }

    @Test func aTokenOfASuspendedAccountIsRefused() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(.admin)], by: ada)
            let (secret, _) = try await issue(test, by: bo)
            _ = try await test.app.transaction { db in try SuspendAccount(bo, by: acting(db, ada)).perform(db) }
            await #expect(throws: AccessError.suspended(bo)) { _ = try await actor(test, behind: secret) }
        }
    }

    @Test func whatIsNoTokenIsRefused() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let (secret, _) = try await issue(test, by: ada)
            for text in ["", "masthead_", secret.text + "0", String(secret.text.dropLast()), secret.text.uppercased()] {
                await #expect(throws: AccessError.badToken) {
                    _ = try await actor(test, behind: TokenSecret(text: text))
                }
            }
        }
    }

    @Test func aNameIsTakenWhileItsTokenLives() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            _ = try await issue(test, "script", by: ada)
            _ = try await issue(test, "script", by: bo)
            await #expect(throws: AccessError.tokenNameTaken("script")) { _ = try await issue(test, "script", by: ada) }
            await #expect(throws: ValueError.self) { _ = try await issue(test, "  ", by: ada) }
        }
    }

    @Test func othersRevokeATokenOnlyIfTheyManageAccounts() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(.publisher)], by: ada)
            let cy = try await test.add("cy@example.org", by: ada)
            let (_, token) = try await issue(test, by: cy)
            await #expect(throws: AccessError.notPermitted(.accountManage, actor: bo, section: nil)) {
                try await test.app.transaction { db in try RevokeToken(token.id, by: acting(db, bo)).perform(db) }
            }
            try await test.app.transaction { db in try RevokeToken(token.id, by: acting(db, ada)).perform(db) }
            let unknown = ID<Token>(99)
            await #expect(throws: AccessError.unknownToken(unknown)) {
                try await test.app.transaction { db in try RevokeToken(unknown, by: acting(db, ada)).perform(db) }
            }
        }
    }
}

struct PasswordTests {
    private let secret = "correct horse battery"

    private func check(_ test: TestDatabase, _ email: EmailAddress, _ password: String) async throws -> ID<Account>? {
        try await test.app.read { db in try PasswordCheck.load(db, email: email) }.verify(password)
    }

    @Test func aPasswordIsStoredHashedAndOpensItsAccountOnly() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            let hash = try PasswordHash(of: secret)
            try await test.app.transaction { db in try SetPassword(of: ada, to: hash, by: acting(db, ada)).perform(db) }
            #expect(try await check(test, ada, secret) == ID(1))
            #expect(try await check(test, ada, secret + " ") == nil)
            #expect(try await check(test, bo, secret) == nil)
            #expect(try await check(test, try address("eve@example.org"), secret) == nil)
            let dump = try await test.app.read { db in
                try db.value("SELECT string_agg(account::text, ' ') FROM access.account", as: String.self)
            }
            #expect(dump?.contains("$argon2id$") == true)
            #expect(dump?.contains(secret) == false)
        }
    }

    @Test func aSuspendedAccountIsToldAfterTheRightPasswordOnly() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            let hash = try PasswordHash(of: secret)
            try await test.app.transaction { db in
                try SetPassword(of: bo, to: hash, by: acting(db, bo)).perform(db)
                _ = try SuspendAccount(bo, by: acting(db, ada)).perform(db)
            }
            #expect(try await check(test, bo, "wrong horse battery") == nil)
            await #expect(throws: AccessError.suspended(bo)) { _ = try await check(test, bo, secret) }
        }
    }

    @Test func aPasswordIsOnesOwnToSetOrTheAdmins() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            let hash = try PasswordHash(of: secret)
            await #expect(throws: AccessError.notPermitted(.accountManage, actor: bo, section: nil)) {
                try await test.app.transaction { db in
                    try SetPassword(of: ada, to: hash, by: acting(db, bo)).perform(db)
                }
            }
            try await test.app.transaction { db in try SetPassword(of: bo, to: hash, by: acting(db, ada)).perform(db) }
            let row = try await test.app.read { db in try Audit.tail(db, limit: 1) }
            #expect(row.first?.action == "password.set")
            #expect(row.first?.account == 1)
        }
    }

    @Test(arguments: ["", "elevenchars", String(repeating: "x", count: 1_025)])
    func aPasswordHas12CharactersToAThousandBytes(password: String) {
        #expect(throws: AccessError.self) { try PasswordHash(of: password) }
    }

    @Test(arguments: ["correct horse battery", "$argon2i$v=19$m=65536,t=2,p=1$AAAA$AAAA", ""])
    func theDatabaseTakesNothingButArgon2id(text: String) async throws {
        try await withTestDatabase { test in
            _ = try await test.addFirstAdmin()
            let error = await #expect(throws: PostgresError.self) {
                _ = try await test.app.transaction { db in
                    try db.run("UPDATE access.account SET password_hash = \(text)")
                }
            }
            #expect(error?.constraint == "account_password_hashed")
        }
    }
}

struct PublicationTests {
    @Test func aPublicationHasOneRow() async throws {
        try await withTestDatabase { test in
            let publication = try await test.app.read { db in try Publication.load(db) }
            #expect(publication.zone == .utc)
            for statement in [
                "INSERT INTO access.publication (name, timezone, locale) VALUES ('B', 'UTC', 'en')",
                "INSERT INTO access.publication (only_row, name, timezone, locale) VALUES (false, 'B', 'UTC', 'en')",
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.owner.transaction { db in try db.script(statement) }
                }
                #expect(error?.sqlstate?.hasPrefix("23") == true, "an integrity constraint")
            }
        }
    }

    @Test func itsZoneIsTheOneThatStatementsUse() async throws {
        try await withTestDatabase { test in
            try await test.owner.transaction { db in try Publication.setZone(db, Zone.named("America/New_York")) }
            for database in [test.app, test.reader] {
                let day = try await database.read { db in
                    try db.value(
                        "SELECT (timestamptz '2026-01-01 04:59+00' AT TIME ZONE access.publication_zone())::date",
                        as: LocalDate.self)
                }
                #expect(day?.description == "2025-12-31")
            }
            await #expect(throws: PostgresError.self) {
                try await test.owner.transaction { db in
                    try db.script("UPDATE access.publication SET timezone = 'Mars/Olympus'")
                }
            }
        }
    }
}
