import Access
import Journal
import Postgres
import TestDatabase
import Testing
import Values

extension Permission {
    fileprivate static let made = Permission("thing.do")
}

struct ActorTests {
    @Test func theRolesAreThoseTheProgramKnows() async throws {
        try await withTestDatabase { test in
            let stored = try await test.app.read { db in
                try db.rows("SELECT role FROM access.role") { Role(rawValue: try $0.next()) }
            }
            #expect(Set(stored) == Set(Role.all))
            #expect(Role.all.count == 13)
        }
    }

    /// Who may what in this module, for every role.
    @Test(arguments: Role.all)
    func aRoleMayDoWhatTheTableSays(role: Role) async throws {
        let expected: [Role: Set<Permission>] = [
            .admin: [.accountRead, .accountManage, .settingsManage, .auditRead],
            .auditor: [.accountRead, .auditRead], .editorInChief: [.accountRead, .auditRead],
            .publisher: [.accountRead], .sectionEditor: [.accountRead],
        ]
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", [RoleGrant(role)], by: ada)
            let actor = try await test.app.read { db in try acting(db, bo) }
            for permission in [Permission.accountRead, .accountManage, .settingsManage, .auditRead] {
                #expect(actor.may(permission) == (expected[role]?.contains(permission) ?? false), "\(permission)")
            }
        }
    }

    @Test func adminRightsAreNoEditorialApprovalAndNoMoney() async throws {
        try await withTestDatabase { test in
            let forbidden = try await test.app.read { db in
                try db.rows(
                    """
                    SELECT permission FROM access.role_permission WHERE role = 'admin' AND (\
                    permission ~ '^(approval|review|release|override|gift|entry|donation)s?\\.' \
                    OR permission ~ '\\.(approve|publish|override|correct|retract|refund)$')
                    """
                ) { try $0.next(String.self) }
            }
            #expect(forbidden == [])
        }
    }

    @Test func aSectionGrantHoldsInItsSectionsOnly() async throws {
        try await withTestDatabase { test in
            _ = try await test.owner.transaction { db in
                try db.run(
                    """
                    INSERT INTO access.role_permission (role, permission) \
                    VALUES ('section-editor', 'thing.do'), ('copy', 'thing.do')
                    """)
            }
            let ada = try await test.addFirstAdmin()
            let sections = try ["section-editor:books", "copy:science"].map { try RoleGrant($0) }
            let bo = try await test.add("bo@example.org", sections, by: ada)
            let cy = try await test.add("cy@example.org", sections + [RoleGrant(.copy)], by: ada)
            let (limited, free) = try await test.app.read { db in (try acting(db, bo), try acting(db, cy)) }
            let (books, science, sport) = (try Slug("books"), try Slug("science"), try Slug("sport"))

            #expect(limited.may(.made, section: books))
            #expect(limited.may(.made, section: science))
            #expect(!limited.may(.made, section: sport))
            #expect(!limited.may(.made), "a section grant says nothing about things without a section")
            #expect(limited.sections(for: .made) == [books, science])
            #expect(throws: AccessError.notPermitted(.made, actor: bo, section: sport)) {
                try limited.require(.made, section: sport)
            }
            #expect(free.may(.made, section: sport))
            #expect(free.may(.made))
            #expect(free.sections(for: .made) == [])
            #expect(free.sections(for: .accountManage) == nil)
        }
    }

    @Test func anActorSaysWhoItIsAndWhereItCameFrom() async throws {
        try await withTestDatabase { test in
            _ = try await test.addFirstAdmin("Ada@Example.org")
            let email = try address("ada@example.org")
            let actor = try await test.app.read { db in
                try Access.Actor.load(db, email: email, via: .web, systemUser: "www-data")
            }
            #expect(actor.email.text == "Ada@Example.org")
            #expect(actor.name == "Ada Example")
            #expect(actor.grants == [RoleGrant(.admin)])
            #expect(actor.origin == Origin(account: 1, via: .web, systemUser: "www-data"))
        }
    }

    @Test func whoIsNotHereCannotAct() async throws {
        try await withTestDatabase { test in
            let eve = try address("eve@example.org")
            await #expect(throws: AccessError.unknownAccount(eve)) {
                _ = try await test.app.read { db in try acting(db, eve) }
            }
        }
    }

    @Test func anAccountWithoutRolesMayNothing() async throws {
        try await withTestDatabase { test in
            let ada = try await test.addFirstAdmin()
            let bo = try await test.add("bo@example.org", by: ada)
            let actor = try await test.app.read { db in try acting(db, bo) }
            #expect(actor.grants == [])
            #expect(!actor.may(.accountRead))
        }
    }

    @Test(arguments: ["", ":books", "Writer", "section editor", "section-editor:", "section-editor:42", "writer:a:b"])
    func whatIsNoGrantIsRefused(text: String) {
        #expect(throws: ValueError.self) { try RoleGrant(text) }
    }
}
