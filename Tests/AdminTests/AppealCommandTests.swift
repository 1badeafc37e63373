import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Which appeals stand under a story, from the text to the retraction, as others script it.
struct AppealCommandTests {
    /// A published story in the section world, with people for each part, and a signed appeal under all stories.
    private func withStory(_ body: (MoneyOffice) async throws -> Void) async throws {
        try await withMoneyOffice { office in
            for (name, role) in [("writer", "writer"), ("editor", "section-editor"), ("pub", "publisher")] {
                _ = try await office.object(
                    "admin", "account add --email \(name)@example.org --name \(name) --role \(role)")
            }
            for (name, line) in [
                ("admin", "section add world --name World"),
                ("admin", "contributor add --name |Ann Example| --kind staff --account writer@example.org"),
                ("writer", "article pitch --title |The dam| --section world --kind reporting"),
                ("writer", "article save 1 --body |One dam.\n| --byline ann-example"), ("writer", "article submit 1"),
                ("editor", "approval give 1 --kind edit"), ("pub", "article publish 1"),
                ("fund", "campaign add spring --name Spring --goal 1000.00 --currency USD"),
                ("fund", "appeal add box --campaign spring --name Box --channel story_box"),
                ("fund", "appeal save box --campaign spring --text |We need you.\n| --amount 5 --amount 10.50"),
                ("chief", "appeal sign-off box --campaign spring --revision 1"),
                ("fund", "appeal place box --campaign spring --on all"),
                ("fund", "appeal window box --campaign spring --from |2020-01-01 00:00|"),
            ] {
                let ran = await office.run(name, line)
                try #require(ran.exit == 0, "\(line): \(ran.err)")
            }
            try await body(office)
        }
    }

    private func running(_ office: MoneyOffice) async throws -> String {
        let ran = await office.run("read", "--format tsv --no-header appeal running --article the-dam")
        try #require(ran.exit == 0, "\(ran.err)")
        return ran.out.split(separator: "\t").prefix(4).joined(separator: " ")
    }

    @Test func anAppealRunsSignedInItsPlaceAndTimeAndNowhereElse() async throws {
        try await withStory { office in
            let shown = "spring box story_box 5.00 10.50"
            #expect(try await running(office) == shown)
            // A reader of the site sees the same, and nothing else of the money.
            let text = try await office.test.reader.read { db in
                try db.value("SELECT text FROM fundraising.public_appeal WHERE article = 'the-dam'", as: String.self)
            }
            #expect(text == "We need you.\n")

            func change(_ name: String, _ line: String) async throws -> String {
                let ran = await office.run(name, line)
                #expect(ran.exit == 0, "\(line): \(ran.err)")
                return try await running(office)
            }
            // An edit unsigns it.
            #expect(try await change("fund", "appeal save box --campaign spring --no-amounts") == "")
            #expect(
                try await change("chief", "appeal sign-off box --campaign spring").hasPrefix("spring box story_box"))
            _ = try await change("fund", "appeal save box --campaign spring --amount 5 --amount 10.50")
            #expect(try await change("chief", "appeal sign-off box --campaign spring") == shown)
            // By section and topic.
            #expect(try await change("fund", "appeal place box --campaign spring --off all --on section:sports") == "")
            #expect(try await change("fund", "appeal place box --campaign spring --on section:world") == shown)
            #expect(
                try await change(
                    "fund", "appeal place box --campaign spring --off section:world --on topic:rivers") == "")
            try await office.test.owner.transaction { db in
                try db.run("INSERT INTO editorial.topic (slug, name) VALUES ('rivers', 'Rivers')")
                try db.run("INSERT INTO editorial.article_topic (article_id, topic_id) VALUES (1, 1)")
            }
            #expect(try await running(office) == shown)
            // By the wall clock of the publication.
            #expect(
                try await change("fund", "appeal window box --campaign spring --from |2199-01-01 00:00|") == "")
            #expect(
                try await change(
                    "fund", "appeal window box --campaign spring --from |2020-01-01 00:00| --until |2020-01-02 00:00|")
                    == "")
            #expect(
                try await change("fund", "appeal window box --campaign spring --from |2020-01-01 00:00|") == shown)
            // Never where somebody said no, nor under a story that was retracted.
            #expect(try await change("editor", "appeal bar --article the-dam --reason |A death in it|") == "")
            #expect(try await change("editor", "appeal unbar --article the-dam") == shown)
            #expect(
                try await change(
                    "chief", "article retract 1 --reason |Not so| --by-line |The editors|") == "")
        }
    }

    @Test func theWallClockIsThePublications() async throws {
        try await withStory { office in
            for (zone, hours, runs) in [
                ("Pacific/Kiritimati", 14, true), ("Etc/GMT+12", -12, true), ("Pacific/Kiritimati", 15, false),
                ("Etc/GMT+12", -11, false),
            ] {
                try await office.test.owner.transaction { db in
                    try db.run("UPDATE access.publication SET timezone = \(zone)")
                    // An hour ago by a clock so far from Greenwich's.
                    try db.run(
                        """
                        UPDATE fundraising.appeal SET runs_from = date_trunc('second', \
                        (now() AT TIME ZONE 'UTC') + make_interval(hours => \(hours)::integer) - interval '30 minutes')
                        """)
                }
                let found = try await office.test.reader.read { db in
                    try db.value("SELECT count(*) FROM fundraising.public_appeal", as: Int.self)
                }
                #expect(found == (runs ? 1 : 0), "\(zone)")
            }
        }
    }

    @Test func whatIsWrongIsSaidWithTheRightExitCode() async throws {
        try await withStory { office in
            for (name, line, exit) in [
                ("fund", "appeal save box --campaign spring", 64),
                ("fund", "appeal save box --campaign none --no-amounts", 66),
                ("fund", "appeal save none --campaign spring --no-amounts", 66),
                ("fund", "appeal save box --campaign spring --amount 1,5", 65),
                ("fund", "appeal save box --campaign spring --amount 7 --base 9", 75),
                ("fund", "appeal save box --campaign spring --amount 5 --amount 10.50", 76),
                ("fund", "appeal save box --campaign spring --text |4242 4242 4242 4242\n|", 65),
                ("fund", "appeal sign-off box --campaign spring", 76),
                ("chief", "appeal sign-off box --campaign spring", 76),
                ("chief", "appeal save box --campaign spring --no-amounts", 77),
                ("fund", "appeal place box --campaign spring", 64),
                ("fund", "appeal place box --campaign spring --on everywhere", 64),
                ("fund", "appeal place box --campaign spring --off topic:x", 66),
                ("fund", "appeal window box --campaign spring --from tomorrow", 64),
                (
                    "fund", "appeal window box --campaign spring --from |2026-01-02 00:00| --until |2026-01-01 00:00|",
                    65
                ),
                ("fund", "appeal edit box --campaign spring", 64), ("read", "appeal running --article nothing", 66),
                ("editor", "appeal unbar --article the-dam", 66),
                ("editor", "appeal bar --article nothing --reason x", 66),
                ("read", "appeal bar --article the-dam --reason x", 77),
            ] as [(String, String, Int32)] {
                let ran = await office.run(name, line)
                #expect(ran.exit == exit, "\(line): \(ran.exit) \(ran.err)")
                #expect(!ran.err.contains("4242"))
            }
            let edited = try await office.object("fund", "appeal edit box --campaign spring --name |The box|")
            #expect(edited["name"] == "The box")
            let revisions = await office.run("read", "appeal revisions box --campaign spring --format tsv --no-header")
            #expect(revisions.out.split(separator: "\t").prefix(1) == ["1"])
            #expect(revisions.out.contains("chief@example.org"))
        }
    }
}
