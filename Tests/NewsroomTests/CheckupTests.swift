import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Newsroom

struct CheckupTests {
    private let now: @Sendable () -> Timestamp = {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    private func checkup(_ database: Database, folder: String? = packageFolder) throws -> Checkup {
        Checkup(database, migrator: Migrator(try Migration.load(from: packageFolder + "/Migrations")), folder: folder)
    }

    @Test func aFreshDatabaseIsInOrder() async throws {
        try await withTestDatabase { test in
            let findings = try await checkup(test.app).findings(clock: now)
            #expect(
                findings.map(\.name)
                    == ["server", "clock", "zone", "roles", "privileges", "migrations", "disk", "connections", "views"])
            for finding in findings { #expect(finding.state == .ok && finding.advice.isEmpty, "\(finding)") }
        }
    }

    @Test func aClockThatIsOffIsSaidWithItsSeconds() async throws {
        try await withTestDatabase { test in
            let clock = now
            let findings = try await checkup(test.app).findings(clock: { clock().adding(seconds: -90) })
            let finding = try #require(findings.first { $0.name == "clock" })
            #expect(finding.state == .warning)
            #expect(finding.found == "this machine and the server are 90 s apart")
        }
    }

    @Test func workingAsTheOwnerIsAFailure() async throws {
        try await withTestDatabase { test in
            let findings = try await checkup(test.owner).findings(clock: now)
            let finding = try #require(findings.first { $0.name == "roles" })
            #expect(finding.state == .failure)
            #expect(finding.found == "works as masthead_owner, which is member of masthead_owner")
        }
    }

    @Test func aPrivilegeSomebodyAddedByHandIsNamed() async throws {
        try await withTestDatabase { test in
            try await test.owner.transaction { db in
                try db.run("GRANT SELECT ON access.account TO masthead_reader")
                try db.run("GRANT UPDATE ON journal.audit TO masthead_app")
            }
            let findings = try await checkup(test.app).findings(clock: now)
            let finding = try #require(findings.first { $0.name == "privileges" })
            #expect(finding.state == .failure)
            #expect(finding.found == "masthead_app may UPDATE journal.audit; masthead_reader may SELECT access.account")
        }
    }

    @Test func aDatabaseThatIsBehindIsSaidToBe() async throws {
        try await withTestDatabase { test in
            let all = try Migration.load(from: packageFolder + "/Migrations")
            let more = Migration(number: all.count + 1, name: "more", sql: "SELECT 1")
            let findings = try await Checkup(test.app, migrator: Migrator(all + [more]), folder: nil)
                .findings(clock: now)
            let finding = try #require(findings.first { $0.name == "migrations" })
            #expect(finding.state == .failure)
            #expect(finding.found.contains("run 'masthead db migrate'"))
        }
    }

    @Test func aFolderThatIsntThereIsAFindingAndNotTheEnd() async throws {
        try await withTestDatabase { test in
            let findings = try await checkup(test.app, folder: "/nowhere/at/all").findings(clock: now)
            #expect(findings.first { $0.name == "disk" }?.state == .failure)
            #expect(findings.last?.name == "views")
        }
    }
}
