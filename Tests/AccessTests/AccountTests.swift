import Access
import Journal
import Postgres
import TestDatabase
import Testing
import Values

struct FirstAccountTests {
    private func addFirst(_ database: Database, _ email: String, _ grants: [RoleGrant]) async throws -> Account {
        let email = try address(email)
        return try await database.transaction { db in
            try AddAccount(first: email, name: "First", grants: grants, via: .cli, systemUser: "tester").perform(db)
        }
    }

    @Test func theFirstAdminNeedsNobodyToLetItIn() async throws {
        try await withTestDatabase { test in
            let account = try await addFirst(test.app, "Ada@Example.org", [RoleGrant(.publisher), RoleGrant(.admin)])
            #expect(account.email.text == "Ada@Example.org")
            #expect(account.status == .active)
            #expect(account.grants == [RoleGrant(.admin), RoleGrant(.publisher)])
            let row = try await test.app.read { db in try Audit.tail(db, limit: 5) }
            #expect(row.map(\.action) == ["account.added"])
            #expect(row.first?.account == nil)
            #expect(row.first?.subject == Subject(.account, account.id.rawValue))
        }
    }

    @Test(arguments: ["editor-in-chief", "admin:books", "section-editor:books"])
    func theFirstAccountIsAnAdminEverywhere(role: String) async throws {
        try await withTestDatabase { test in
            let grant = try RoleGrant(role)
            await #expect(throws: AccessError.firstAccountMustBeAdmin) {
                _ = try await addFirst(test.app, "ada@example.org", [grant])
            }
            #expect(try await test.app.read { db in try Account.isNobodyHere(db) })
        }
    }

    @Test func afterTheFirstSomebodyHasToAct() async throws {
        try await withTestDatabase { test in
            _ = try await test.addFirstAdmin()
            await #expect(throws: AccessError.actorRequired) {
                _ = try await addFirst(test.app, "eve@example.org", [RoleGrant(.admin)])
            }
        }
    }

    /// Each has seen an empty table before the other commits: the one in front holds its transaction open until the
    /// other waits for it.
    @Test func ofTwoFirstAdminsAtOnceOneGetsIn() async throws {
        try await withTestDatabase { test in
            let outcomes = await withTaskGroup(of: Result<Account, any Error>.self) { group in
                for email in ["ada@example.org", "eve@example.org"] {
                    group.addTask {
                        do {
                            let email = try address(email)
                            return .success(
                                try await test.app.transaction { db in
                                    let account = try AddAccount(
                                        first: email, name: "First", grants: [RoleGrant(.admin)], via: .cli,
                                        systemUser: "tester"
                                    ).perform(db)
                                    try waitUntilAnotherWaits(db)
                                    return account
                                })
                        } catch { return .failure(error) }
                    }
                }
                var outcomes: [Result<Account, any Error>] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            let errors = outcomes.compactMap { outcome in
                if case .failure(let error) = outcome { error as? AccessError } else { nil }
            }
            #expect(errors == [.actorRequired])
            #expect(outcomes.count == 2)
            let accounts = try await test.accounts()
            #expect(accounts.count == 1)
        }
    }

    /// The database holds it too, whatever the program thinks.
    @Test(arguments: [
        "INSERT INTO access.role_grant (account, role, section) VALUES (1, 'admin', 'books')",
        "INSERT INTO access.role_grant (account, role) VALUES (1, 'publisher')",
        "INSERT INTO access.role_grant (account, role) VALUES (2, 'admin')",
    ])
    func aGrantThatNobodyGaveIsTheFirstAdminsOnly(statement: String) async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            _ = try await test.add("bo@example.org", by: ada)
            let error = await #expect(throws: PostgresError.self) {
                try await test.app.transaction { db in try db.script(statement) }
            }
            #expect(error?.constraint?.hasPrefix("role_grant_first") == true)
        }
    }
}

struct AccountTests {
    @Test func onlyWhoManagesAccountsAddsThem() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let others = try Role.all.filter { $0 != .admin }.map { try RoleGrant($0.rawValue) }
            let bo = try await test.add("bo@example.org", others, by: ada)
            await #expect(throws: AccessError.notPermitted(.accountManage, actor: bo, section: nil)) {
                _ = try await test.add("cy@example.org", by: bo)
            }
            #expect(try await test.accounts().count == 2)
        }
    }

    @Test func anAddressIsTakenInWhateverCase() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let again = try address("ADA@example.ORG")
            await #expect(throws: AccessError.emailTaken(again)) {
                _ = try await test.add("ADA@example.ORG", by: ada)
            }
        }
    }

    @Test func aRoleNobodyKnowsIsRefusedByName() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let made = Role(rawValue: "overlord")
            await #expect(throws: AccessError.unknownRole(made)) {
                _ = try await test.add("bo@example.org", [RoleGrant(.writer), RoleGrant(made)], by: ada)
            }
            #expect(try await test.accounts().count == 1)
        }
    }

    @Test(arguments: ["", "   ", String(repeating: "x", count: 201)])
    func anAccountHasAName(name: String) async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try address("bo@example.org")
            await #expect(throws: ValueError.self) {
                _ = try await test.app.transaction { db in
                    try AddAccount(email: bo, name: name, grants: [], by: acting(db, ada)).perform(db)
                }
            }
        }
    }

    @Test func aSuspendedAccountIsRefusedUntilItIsResumed() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(.admin)], by: ada)
            for _ in 1...2 {
                let account = try await test.app.transaction { db in
                    try SuspendAccount(bo, by: acting(db, ada)).perform(db)
                }
                #expect(account.status == .suspended)
            }
            await #expect(throws: AccessError.suspended(bo)) {
                _ = try await test.add("cy@example.org", by: bo)
            }
            _ = try await test.app.transaction { db in try ResumeAccount(bo, by: acting(db, ada)).perform(db) }
            _ = try await test.add("cy@example.org", by: bo)

            let chain = try await test.app.read { db in try Audit.tail(db, subject: Subject(.account, 2), limit: 10) }
            #expect(chain.map(\.action) == ["account.resumed", "account.suspended", "account.added"])
            #expect(chain.allSatisfy { $0.account == 1 })
        }
    }

    @Test func theLastAdminCanNeitherBeSuspendedNorStripped() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            _ = try await test.add("bo@example.org", [RoleGrant("admin:books"), RoleGrant(.publisher)], by: ada)
            await #expect(throws: AccessError.lastAdmin(ada)) {
                _ = try await test.app.transaction { db in try SuspendAccount(ada, by: acting(db, ada)).perform(db) }
            }
            await #expect(throws: AccessError.lastAdmin(ada)) {
                _ = try await test.app.transaction { db in
                    try RevokeRole(RoleGrant(.admin), from: ada, by: acting(db, ada)).perform(db)
                }
            }
        }
    }

    @Test func twoAdminsWhoSuspendEachOtherAtOnceLeaveOne() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(.admin)], by: ada)
            let refused = await withTaskGroup(of: AccessError?.self) { group in
                for (one, other) in [(ada, bo), (bo, ada)] {
                    group.addTask {
                        do {
                            _ = try await test.app.transaction { db in
                                let actor = try acting(db, one)
                                let account = try SuspendAccount(other, by: actor).perform(db)
                                try waitUntilAnotherWaits(db)
                                return account
                            }
                            return nil
                        } catch { return error as? AccessError }
                    }
                }
                return await group.reduce(into: []) { if let error = $1 { $0.append(error) } }
            }
            #expect(refused.count == 1)
            let active = try await test.app.read { db in try Account.list(db, status: .active, limit: 10) }
            #expect(active.count == 1)
        }
    }

    @Test func rolesComeAndGoAndBothAreRecorded() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            let books = try RoleGrant("section-editor:books")
            let granted = try await test.app.transaction { db in
                try GrantRole(books, to: bo, by: acting(db, ada)).perform(db)
            }
            #expect(granted.grants == [books])
            await #expect(throws: AccessError.alreadyGranted(books, bo)) {
                _ = try await test.app.transaction { db in try GrantRole(books, to: bo, by: acting(db, ada)).perform(db)
                }
            }
            await #expect(throws: AccessError.notGranted(RoleGrant(.sectionEditor), bo)) {
                _ = try await test.app.transaction { db in
                    try RevokeRole(RoleGrant(.sectionEditor), from: bo, by: acting(db, ada)).perform(db)
                }
            }
            let revoked = try await test.app.transaction { db in
                try RevokeRole(books, from: bo, by: acting(db, ada)).perform(db)
            }
            #expect(revoked.grants == [])
            let chain = try await test.app.read { db in try Audit.tail(db, subject: Subject(.account, 2), limit: 10) }
            #expect(chain.map(\.action) == ["role.revoked", "role.granted", "account.added"])
            let facts = try chain.prefix(2).map { try JSON(parsing: $0.facts) }
            #expect(facts == [["grant": "section-editor:books"], ["grant": "section-editor:books"]])
        }
    }

    @Test func nobodyGivesHimselfARole() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let chief = try await test.add("chief@example.org", [RoleGrant(.editorInChief)], by: ada)
            await #expect(throws: AccessError.notPermitted(.accountManage, actor: chief, section: nil)) {
                _ = try await test.app.transaction { db in
                    try GrantRole(RoleGrant(.admin), to: chief, by: acting(db, chief)).perform(db)
                }
            }
        }
    }

    @Test func accountsAreListedByKeysetAndFiltered() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            for name in ["bo", "cy", "di"] {
                _ = try await test.add("\(name)@example.org", [RoleGrant(.writer)], by: ada)
            }
            let (first, second, admins) = try await test.app.read { db in
                let first = try Account.list(db, limit: 2)
                return (
                    first, try Account.list(db, after: first.last?.id, limit: 2),
                    try Account.list(db, role: .admin, limit: 9)
                )
            }
            #expect(
                (first + second).map(\.email.text)
                    == ["ada@example.org", "bo@example.org", "cy@example.org", "di@example.org"])
            #expect(admins.map(\.email) == [ada])
        }
    }

    @Test func theAppRoleCannotDeleteAnAccountOrAddToWhatARoleMayDo() async throws {
        try await withTestDatabase { test in
            _ = try await test.addFirstAdmin()
            for statement in [
                "DELETE FROM access.account", "UPDATE access.account SET id = DEFAULT",
                "INSERT INTO access.role_permission VALUES ('admin', 'article.publish')",
                "DELETE FROM access.role_permission", "INSERT INTO access.role VALUES ('overlord', 'everything')",
                "UPDATE access.publication SET timezone = 'Europe/Berlin'",
                "UPDATE access.api_token SET scopes = '{*}'",
                "UPDATE access.role_grant SET role = 'admin'",
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await test.app.transaction { db in try db.script(statement) }
                }
                #expect(["42501", "428C9"].contains(error?.sqlstate), "\(statement)")
            }
        }
    }
}
