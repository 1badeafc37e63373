import Foundation
import Postgres
import TestDatabase
import Testing

struct DatabaseCommandTests {
    /// A folder of the test's own that the server's user can enter, gone afterwards.
    private func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = "/tmp/masthead-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // What can't be removed lies in the temporary folder and harms nobody.
            try? FileManager.default.removeItem(atPath: folder)
        }
        return try await body(folder)
    }

    private func console(_ more: [String: String]) -> Console {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return Console(environment: more.merging(["PATH": path, "MASTHEAD_SHARE": packageFolder]) { mine, _ in mine })
    }

    /// A share folder whose migrations are `change`d from ours.
    private func share(in folder: String, _ change: (String) throws -> Void) throws -> String {
        try FileManager.default.copyItem(atPath: packageFolder + "/Migrations", toPath: folder + "/Migrations")
        try FileManager.default.copyItem(atPath: packageFolder + "/Config", toPath: folder + "/Config")
        try change(folder + "/Migrations")
        return folder
    }

    @Test func aHomeGoesFromNothingToRunningToStopped() async throws {
        try await withFolder { folder in
            let home = folder + "/home"
            let masthead = console(["MASTHEAD_HOME": home, "MASTHEAD_PUBLICATION_TIMEZONE": "Europe/Vienna"])
            let count = try FileManager.default.contentsOfDirectory(atPath: packageFolder + "/Migrations").count

            #expect(await masthead.run("db", "status", "--no-header").out == "absent\t\t\t\n")
            for words in [["doctor"], ["db", "check"], ["db", "start"], ["db", "migrate"]] {
                let ran = await masthead.run(words, input: [])
                #expect(ran.exit == 78, "\(words)")
                #expect(ran.err.contains("`masthead db init` makes one"), "\(words)")
            }
            #expect(
                await masthead.run("db", "init", "--format", "jsonl")
                    == .init(
                        exit: 0,
                        out:
                            "{\"migrations_applied\":\(count),\"publication\":\"Masthead\",\"timezone\":\"Europe/Vienna\",\"home\":\"\(home)\"}\n",
                        err: ""))
            let first = await masthead.run(
                "account", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "admin")
            #expect(first.exit == 0, "\(first.err)")
            var elsewhere = masthead
            elsewhere.environment["MASTHEAD_PUBLICATION_TIMEZONE"] = "Asia/Tokyo"
            #expect(
                await elsewhere.run("db", "init", "--no-header")
                    == .init(exit: 0, out: "0\tMasthead\tEurope/Vienna\t\(home)\n", err: ""),
                "the zone of a publication that has accounts stays")
            #expect(await masthead.run("db", "stop", "--no-header").out == "stopped\t\t\t\n")
            #expect(await masthead.run("db", "stop").exit == 0, "stopping twice is no error")
            let doctor = await masthead.run("doctor", "--format", "jsonl")
            #expect(doctor.exit == 0, "a command that needs the server starts it: \(doctor.err)")
            #expect(!doctor.out.contains("\"failure\""))
            #expect(doctor.out.contains("\"events\",\"state\":\"ok\""), "\(doctor.out)")
            #expect(await masthead.run("db", "status", "--no-header").out.hasPrefix("running\t"))
            #expect(await masthead.run("db", "stop").exit == 0)
        }
    }

    @Test func aDatabaseBehindTheProgramIsRefusedWithWhatToDo() async throws {
        try await withTestDatabase { database in
            let admin = database.database(database.superuserURL)
            let name = "\(database.name)_behind"
            try await admin.statement { try $0.script("CREATE DATABASE \(name) OWNER masthead_owner") }
            func url(_ role: String) -> String { database.server.url(database: name, user: role) }
            let owner = database.database(url("masthead_owner"))
            let migrations = try Migration.load(from: packageFolder + "/Migrations")
            let last = try #require(migrations.last)
            _ = try await Migrator(migrations.dropLast()).migrate(owner)

            var masthead = console(["MASTHEAD_DATABASE_URL": url("masthead_app")])
            let ran = await masthead.run("db", "check")
            #expect(ran.exit == 78)
            #expect(ran.out.isEmpty)
            #expect(ran.err.contains("The database lacks 1 migration(s)"))
            #expect(ran.err.contains("masthead db migrate"))
            masthead.environment["MASTHEAD_DATABASE_OWNER_URL"] = url("masthead_owner")
            for arguments in [["--dry-run"], []] {
                let migrated = await masthead.run(["db", "migrate", "--no-header"] + arguments, input: [])
                #expect(migrated.out == "\(last.label)\n")
            }
            #expect(await masthead.run("db", "check").exit == 0)

            try await owner.transaction { db in
                try db.run(
                    "INSERT INTO migration.applied SELECT number + 1, 'more', sha256 FROM migration.applied ORDER BY 1 DESC LIMIT 1"
                )
            }
            let newer = await masthead.run("db", "check")
            #expect(newer.exit == 78)
            #expect(newer.err.contains("use the newer program"))
            await owner.close()
            try await admin.statement { try $0.script("DROP DATABASE \(name) WITH (FORCE)") }
            await admin.close()
        }
    }

    @Test func aFolderOfOtherMigrationsIsRefused() async throws {
        try await withTestDatabase { database in
            try await withFolder { folder in
                var masthead = console([
                    "MASTHEAD_DATABASE_URL": database.appURL, "MASTHEAD_DATABASE_OWNER_URL": database.ownerURL,
                ])
                masthead.environment["MASTHEAD_SHARE"] = try share(in: folder) { migrations in
                    let next = try FileManager.default.contentsOfDirectory(atPath: migrations).count + 1
                    try "SELECT 1;".write(
                        toFile: "\(migrations)/\(String("000\(next)".suffix(4)))_more.sql", atomically: true,
                        encoding: .utf8)
                }
                let ran = await masthead.run("db", "migrate")
                #expect(ran.exit == 78)
                #expect(ran.err.contains("reinstall both together"))
            }
        }
    }

    @Test func aFailedCheckShowsItsFindingsAndEndsWith76() async throws {
        try await withTestDatabase { database in
            try await database.owner.transaction { db in
                try db.script("GRANT DELETE ON journal.audit TO masthead_app")
            }
            let ran = await console(["MASTHEAD_DATABASE_URL": database.appURL]).run("db", "check", "--no-header")
            #expect(ran.exit == 76)
            #expect(ran.out.contains("privileges\tfailure\tmasthead_app may DELETE journal.audit\t"))
            #expect(
                ran.err == "masthead: Not in order: privileges. The advice says what to do.\n")
        }
    }

    @Test func aDeadServerIs69() async throws {
        let masthead = console(["MASTHEAD_DATABASE_URL": "host=/nowhere/at/all dbname=masthead"])
        for words in [["doctor"], ["db", "check"]] {
            let ran = await masthead.run(words, input: [])
            #expect(ran.exit == 69)
            #expect(ran.out.isEmpty)
            #expect(ran.err.hasPrefix("masthead: The database can't be reached: "))
        }
    }

    @Test func aServerOfOnesOwnIsNotStartedOrStopped() async throws {
        let masthead = console(["MASTHEAD_DATABASE_URL": "host=db.example.org"])
        for verb in ["start", "stop", "status"] {
            let ran = await masthead.run("db", verb)
            #expect(ran.exit == 78)
            #expect(ran.err == "masthead: database.url names a server that Masthead doesn't look after.\n")
        }
    }

    @Test func theRolesCanBeMadeByADatabaseAdministrator() async throws {
        let ran = await console(["MASTHEAD_DATABASE_URL": "host=db.example.org"]).run("db", "init", "--print-sql")
        #expect(ran.exit == 0)
        for role in ["masthead_owner", "masthead_app", "masthead_reader"] { #expect(ran.out.contains(role)) }
    }
}
