import TestDatabase
import Testing

struct ConfigCommandTests {
    private func console(_ more: [String: String]) -> Console {
        Console(
            environment: more.merging(["MASTHEAD_HOME": "/nowhere/masthead", "MASTHEAD_SHARE": packageFolder]) {
                mine, _ in mine
            })
    }

    @Test func everySettingIsListedWithItsOriginAndNoSecret() async {
        let masthead = console([
            "MASTHEAD_DATABASE_URL": "postgresql://app:geheim@db.example.org/masthead",
            "MASTHEAD_PUBLICATION_TIMEZONE": "Europe/Vienna",
        ])
        let ran = await masthead.run("config", "list", "--no-header")
        #expect(ran.exit == 0)
        let lines = ran.out.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("database.url\t(secret)\tenvironment variable MASTHEAD_DATABASE_URL\t") })
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "publication.timezone\tEurope/Vienna\tenvironment variable MASTHEAD_PUBLICATION_TIMEZONE\t")
            })
        #expect(lines.contains { $0.hasPrefix("log.level\twarning\tdefault\t") })
        #expect(!ran.out.contains("geheim"))
    }

    @Test func aWrongOrUnknownSettingStopsEveryCommandThatReadsThem() async {
        let masthead = console(["MASTHEAD_PUBLICATION_TIMEZONE": "Mars/Olympus", "MASTHEAD_PUBLICATION_NAMME": "x"])
        for words in [["config", "list"], ["account", "list"], ["db", "init"]] {
            let ran = await masthead.run(words, input: [])
            #expect(ran.exit == 78)
            #expect(ran.out.isEmpty)
            #expect(ran.err.contains("publication.timezone (environment variable MASTHEAD_PUBLICATION_TIMEZONE)"))
            #expect(ran.err.contains("MASTHEAD_PUBLICATION_NAMME"))
        }
    }

    @Test func whoActsMayBeNamedInTheEnvironmentOrOnTheLine() async throws {
        try await withTestDatabase { database in
            let nobody = Console(database)
            let add = ["account", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "admin"]
            #expect(await nobody.run(add, input: []).exit == 0)
            let refused = await nobody.run("account", "list")
            #expect(
                refused
                    == .init(
                        exit: 77, out: "",
                        err: "masthead: Say who is acting: --as EMAIL, MASTHEAD_AS, or the settings.\n"))
            #expect(await Console(database, as: "ada@example.org").run("account", "list").exit == 0)
            #expect(await nobody.run("--as", "ada@example.org", "account", "list").exit == 0)
            let unknown = await nobody.run("account", "list", "--as", "eve@example.org")
            #expect(unknown.exit == 66)
            #expect(unknown.err == "masthead: There is no account with the e-mail 'eve@example.org'.\n")
            #expect(await nobody.run("account", "list", "--as", "eve").exit == 65)
        }
    }
}
