import Access
import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// Whoever may do something may do it by every way in, and whoever may not, by none.
struct EntranceTests {
    private typealias State = EntranceHouse.State
    private static let why = EntranceHouse.why
    private static let time = EntranceHouse.time

    private static let actors = ["writer", "editor", "stranger", "copy", "publisher", "chief", "admin"]

    /// Something that is done to an article: in Swift, as words of a command, and who may do it when.
    private struct Deed: Sendable {
        let name: String
        let roles: Set<String>
        let states: Set<State>
        let words: @Sendable (String) -> [String]
        let perform: @Sendable (Connection, ID<Article>, Actor) throws -> Void

        init(
            _ name: String, by roles: String, in states: Set<State>, words: @escaping @Sendable (String) -> [String],
            _ perform: @escaping @Sendable (Connection, ID<Article>, Actor) throws -> Void
        ) {
            self.name = name
            self.roles = Set(roles.split(separator: " ").map(String.init))
            self.states = states
            self.words = words
            self.perform = perform
        }

        func mayBeDone(by actor: String, in state: State) -> Bool {
            name == "kill" && State.sinceApproval.contains(state) ? actor == "chief" : roles.contains(actor)
        }
    }

    /// Who may do what: writers write and hand in, editors of the section also edit and set aside, copy reads copy,
    /// publishers publish and schedule, the editor-in-chief does all that and retracts, overrides and kills what was
    /// approved. Administrators see to accounts.
    private static let deeds: [Deed] = [
        Deed(
            "pitch", by: "writer editor publisher chief", in: Set(State.allCases),
            words: { _ in ["article", "pitch", "--title", "New", "--section", "world", "--kind", "reporting"] },
            { db, _, actor in
                _ = try PitchArticle(title: "New", section: Slug("world"), kind: .reporting, by: actor).perform(db)
            }),
        Deed(
            "save", by: "writer editor chief", in: State.before.union([.published]),
            words: { ["article", "save", $0, "--title", "Anew", "--base", "latest"] },
            { db, id, actor in
                _ = try SaveRevision(id, SaveRevision.Change(title: "Anew"), base: .latest, by: actor).perform(db)
            }),
        Deed(
            "submit", by: "writer editor chief", in: [.drafting], words: { ["article", "submit", $0] },
            { db, id, actor in _ = try SubmitArticle(id, by: actor).perform(db) }),
        Deed(
            "approve", by: "editor publisher chief", in: [.inReview, .approved],
            words: { ["approval", "give", $0, "--kind", "edit"] },
            { db, id, actor in _ = try GiveApproval(id, .edit, by: actor).perform(db) }),
        Deed(
            "approve copy", by: "copy chief", in: [.inReview, .approved],
            words: { ["approval", "give", $0, "--kind", "copy"] },
            { db, id, actor in _ = try GiveApproval(id, .copy, by: actor).perform(db) }),
        Deed(
            "publish", by: "publisher chief", in: [.approved, .scheduled, .published],
            words: { ["article", "publish", $0] },
            { db, id, actor in _ = try PublishArticle(id, by: actor).perform(db) }),
        Deed(
            "schedule", by: "publisher chief", in: [.approved],
            words: { ["schedule", "add", $0, "--action", "publish", "--at", "2099-01-01 06:00"] },
            { db, id, actor in _ = try ScheduleArticle(id, .publish, at: time, by: actor).perform(db) }),
        Deed(
            "unpublish", by: "publisher chief", in: [.published],
            words: { ["article", "unpublish", $0, "--reason-class", "legal"] },
            { db, id, actor in _ = try UnpublishArticle(id, reason: .legal, by: actor).perform(db) }),
        Deed(
            "schedule unpublishing", by: "publisher chief", in: [.published],
            words: {
                ["schedule", "add", $0, "--action", "unpublish", "--at", "2099-01-01 06:00", "--reason-class", "legal"]
            },
            { db, id, actor in
                _ = try ScheduleArticle(id, .unpublish, at: time, reason: .legal, by: actor).perform(db)
            }),
        Deed(
            "retract", by: "chief", in: [.published],
            words: { ["article", "retract", $0, "--reason", why, "--by-line", "The editors"] },
            { db, id, actor in
                _ = try RetractArticle(id, reason: why, signedBy: "The editors", by: actor).perform(db)
            }),
        Deed(
            "kill", by: "editor chief", in: State.before.union([.onHold]),
            words: { ["article", "kill", $0, "--reason", why] },
            { db, id, actor in _ = try SetAside(id, .kill, reason: why, by: actor).perform(db) }),
        Deed(
            "hold", by: "editor publisher chief", in: State.before,
            words: { ["article", "hold", $0, "--reason", why] },
            { db, id, actor in _ = try SetAside(id, .hold, reason: why, by: actor).perform(db) }),
        Deed(
            "override", by: "chief", in: [.inReview, .approved],
            words: { ["override", "give", $0, "--revision", "1", "--reason", why] },
            { db, id, actor in _ = try GiveOverride(id, revision: 1, reason: why, by: actor).perform(db) }),
    ]

    // MARK: Tests

    @Test func everyEntranceAllowsAndDeniesTheSame() async throws {
        try await withHouse { house in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for actor in Self.actors { group.addTask { try await Self.compare(house, actor) } }
                try await group.waitForAll()
            }
            try await Self.compareImports(house)
        }
    }

    private static func compare(_ house: EntranceHouse, _ actor: String) async throws {
        for state in State.allCases {
            var id = try await house.article(state)
            for deed in deeds {
                let place = "\(actor), \(deed.name), \(state)"
                let words = deed.words("\(id.rawValue)")
                let swift = await house.inSwift(actor) { [id] db, by in try deed.perform(db, id, by) }
                #expect(await house.inTransaction(actor, words) == swift, "\(place): shell --transaction")
                #expect("\(await house.run(actor, words).exit)" == swift.prefix { $0 != " " }, "\(place): command line")
                if swift == "0 ok" { id = try await house.article(state) }
                let again = EntranceHouse.line(deed.words("\(id.rawValue)"))
                #expect(await house.shell(actor, [], again) == swift, "\(place): shell")
                if swift == "0 ok" { id = try await house.article(state) }

                if !deed.mayBeDone(by: actor, in: state) {
                    #expect(swift == "77 not_permitted", "\(place)")
                } else if deed.states.contains(state) {
                    #expect(swift == "0 ok", "\(place)")
                } else {
                    #expect(swift != "0 ok" && !swift.hasPrefix("77"), "\(place): \(swift)")
                }
            }
        }
    }

    /// An import is no transaction's command: it has its own three ways in.
    private static func compareImports(_ house: EntranceHouse) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "entrance-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = "---\ntitle: Old\n---\nText.\n"
        try text.write(toFile: "\(folder)/2020-01-01-old.md", atomically: true, encoding: .utf8)
        try await house.test.owner.transaction { db in try OpenImports().perform(db) }
        for actor in actors {
            let expected = ["publisher", "chief", "admin"].contains(actor) ? "0 ok" : "77 not_permitted"
            let file = ImportFile(name: "2020-01-01-old.md", bytes: Array(text.utf8))
            let swift = await house.inSwift(actor) { db, by in
                _ = try ImportArticles([file], source: "test", zone: .utc, by: by).perform(db)
            }
            #expect(swift == expected, "\(actor): import")
            let words = ["article", "import", folder]
            #expect("\(await house.run(actor, words).exit)" == expected.prefix { $0 != " " }, "\(actor): command line")
            #expect(await house.shell(actor, [], EntranceHouse.line(words)) == expected, "\(actor): shell")
        }
    }

    @Test func fundraisersSeeNoTextOrFeeAndEditorsSeeNoGiftOrDonor() async throws {
        try await withHouse { house in
            let body = [
                ("author", ["article", "pitch", "--title", "Zanzibar", "--section", "world", "--kind", "reporting"]),
                ("author", ["article", "save", "1", "--body", "-", "--dek", "Quetzal"]),
                ("author", ["article", "save", "1", "--body", "-", "--base", "1"]),
                ("head", ["commission", "add", "1", "--to", "gus-guest", "--fee", "4711.17 USD"]),
            ]
            for (index, (name, line)) in body.enumerated() {
                let ran = await house.run(name, line, input: "Xylophone \(index).\n")
                try #require(ran.exit == 0, "\(line): \(ran.err)")
            }
            // Not permitted (77) or not there (66); a list and a search are empty.
            let reads = [
                ["article", "show", "1"], ["article", "text", "1"], ["article", "diff", "1"], ["article", "list"],
                ["article", "history", "1"], ["article", "revisions", "1"], ["article", "why", "1"],
                ["search", "Zanzibar"], ["search", "Xylophone"], ["commission", "show", "1"], ["commission", "list"],
                ["contributor", "fees", "--year", "2025"],
            ]
            let secrets = ["Zanzibar", "Quetzal", "Xylophone", "471117", "4711.17"]
            var seen: Set<String> = []
            for line in reads {
                let ran = await house.run("fundraiser", line)
                let isEmpty = ran.exit == 0 && !ran.out.contains("world")
                let isList = line[0] == "search" || line == ["article", "list"]
                #expect(isList ? isEmpty : [66, 77].contains(ran.exit), "\(line): \(ran.exit)")
                let chief = await house.run("chief", line)
                #expect(chief.exit == 0, "\(line): \(chief.err)")
                for secret in secrets where line.last != secret {
                    #expect(!(ran.out + ran.err).contains(secret), "\(line): \(secret)")
                    if chief.out.contains(secret) { seen.insert(secret) }
                }
            }
            #expect(
                seen.isSuperset(of: ["Zanzibar", "Quetzal", "Xylophone", "471117"]), "who may read sees what is hid")
            try await Self.requireGiftsHidden(house)
        }
    }

    /// Sums are for publishers and the editor-in-chief, and nobody's name or gift is in them.
    private static func requireGiftsHidden(_ house: EntranceHouse) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "gifts-\(UUID()).csv").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let rows = (1...5).map { "kumquat\($0),donor\($0)@example.net,Donor Wombat,2025-03-0\($0),10.00,USD" }
        let four = (1...4).map { "persimmon\($0),donor\($0)@example.net,Donor Wombat,2024-03-0\($0),11.11,USD" }
        let head = "external_id,donor_email,donor_name,given_at,amount,currency"
        try ([head] + rows + four + [""]).joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let books = await house.run("fundraiser", ["donations", "import", file, "--from", "gifts"])
        try #require(books.exit == 0, "\(books.err)")
        let own = await house.run("fundraiser", ["donor", "show", "1"])
        #expect(own.out.contains("Wombat"))
        let report = ["donations", "report", "--by", "year"]
        #expect(await house.run("fundraiser", report).out.contains("4444"), "four gifts, to those who see gifts")
        let reads = [["gift", "list"], ["gift", "show", "1"], ["donor", "list"], ["donor", "show", "1"]]
        for name in ["writer", "editor", "stranger", "copy", "publisher", "chief"] {
            let maySum = ["publisher", "chief"].contains(name)
            for line in reads + [report] {
                let ran = await house.run(name, line)
                #expect(ran.exit == (maySum && line == report ? 0 : 77), "\(name): \(line)")
                for secret in ["kumquat", "persimmon", "example.net", "Wombat", "4444", "44.44"] {
                    #expect(!(ran.out + ran.err).contains(secret), "\(name): \(line)")
                }
                if ran.exit == 0 {
                    #expect(ran.out.contains("5000"), "\(name): \(ran.out)")
                    #expect(ran.out.contains("2024"), "the year is there, its figures aren't: \(ran.out)")
                }
            }
        }
    }
}
