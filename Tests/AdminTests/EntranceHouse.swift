import Access
import Editorial
import Foundation
import Journal
import Postgres
import TestDatabase
import Testing
import Values

@testable import Admin

/// A newsroom with sections world and books, and every way in that it has.
struct EntranceHouse: Sendable {
    let test: TestDatabase

    /// The names of the accounts, and what they are granted. The first four bring articles into their states.
    static let people: KeyValuePairs = [
        "author": "writer", "reader": "section-editor", "press": "publisher", "head": "editor-in-chief",
        "writer": "writer", "editor": "section-editor:world", "stranger": "section-editor:books", "copy": "copy",
        "publisher": "publisher", "chief": "editor-in-chief", "admin": "admin", "fundraiser": "development",
    ]

    static let why = "Counsel asked for it"

    static let time: ClockTime = {
        do { return ClockTime(try LocalDateTime("2099-01-01 06:00"), in: .utc) } catch {
            preconditionFailure("\(error)")
        }
    }()

    enum State: String, CaseIterable {
        case pitch, assigned, drafting, inReview, approved, scheduled, published, onHold, killed

        static let before: Set<State> = [.pitch, .assigned, .drafting, .inReview, .approved, .scheduled]
        /// Where somebody has approved the text already, so that only the editor-in-chief kills it.
        static let sinceApproval: Set<State> = [.approved, .scheduled, .published]
    }

    private struct Rollback: Error {}

    func run(_ name: String, _ line: [String], input: String = "") async -> Console.Ran {
        await Console(test, as: "\(name)@example.org").run(line, input: Array(input.utf8))
    }

    private func load(_ db: Connection, _ name: String) throws -> Actor {
        try Actor.load(db, email: EmailAddress("\(name)@example.org"), via: .cli, systemUser: "test")
    }

    /// Done and taken back. Answers the code a command would end with, and its word: "77 not_permitted".
    func inSwift(_ name: String, _ body: @Sendable (Connection, Actor) throws -> Void) async -> String {
        do {
            try await test.app.transaction { db in
                try body(db, try load(db, name))
                throw Rollback()
            }
            return "0 ok"
        } catch is Rollback {
            return "0 ok"
        } catch {
            let failure = Failure(error)
            return "\(failure.exit.rawValue) \(failure.word)"
        }
    }

    /// Done with a command that fails behind it, so that it is taken back.
    func inTransaction(_ name: String, _ words: [String]) async -> String {
        let lines = Self.line(words) + Self.line(["article", "show", "999999999"])
        let answer = await shell(name, ["--transaction"], lines)
        return answer == "66 rolled_back" ? "0 ok" : answer
    }

    func shell(_ name: String, _ options: [String], _ lines: String) async -> String {
        let ran = await run(name, ["shell", "--status"] + options, input: lines)
        let answers = ran.out.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        guard let answer = answers.first(where: { ["ok", "error"].contains($0[0]) }) else { return ran.err }
        return answer[0] == "ok" ? "0 ok" : "\(answer[1]) \(answer[2])"
    }

    static func line(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: " ") + "\n" }

    /// An article of world in a state.
    func article(_ state: State) async throws -> ID<Article> {
        try await test.app.transaction { db in
            func by(_ name: String) throws -> Actor { try load(db, name) }
            let id = try PitchArticle(
                title: "The dam \(UUID())", section: Slug("world"), kind: .reporting, by: by("author")
            )
            .perform(db).id
            if state == .pitch { return id }
            if state == .assigned {
                _ = try AssignArticle(id, to: EmailAddress("author@example.org"), by: by("head")).perform(db)
                return id
            }
            let change = try SaveRevision.Change(
                body: "It stood there.\n", bylines: [SaveRevision.Credit("ann-example")])
            _ = try SaveRevision(id, change, base: nil, by: by("author")).perform(db)
            switch state {
            case .onHold: _ = try SetAside(id, .hold, reason: Self.why, by: by("head")).perform(db)
            case .killed: _ = try SetAside(id, .kill, reason: Self.why, by: by("head")).perform(db)
            case .inReview, .approved, .scheduled, .published:
                _ = try SubmitArticle(id, by: by("author")).perform(db)
            default: break
            }
            guard State.sinceApproval.contains(state) else { return id }
            _ = try GiveApproval(id, .edit, by: by("reader")).perform(db)
            if state == .scheduled { _ = try ScheduleArticle(id, .publish, at: Self.time, by: by("press")).perform(db) }
            if state == .published { _ = try PublishArticle(id, by: by("press")).perform(db) }
            return id
        }
    }
}

func withHouse(_ body: (EntranceHouse) async throws -> Void) async throws {
    try await withTestDatabase { test in
        let house = EntranceHouse(test: test)
        func set(_ line: String...) async throws {
            let isFirst = line.contains("admin@example.org")
            let ran = await Console(test, as: isFirst ? nil : "admin@example.org").run(line, input: [])
            try #require(ran.exit == 0, "\(line): \(ran.err)")
        }
        try await set("account", "add", "--email", "admin@example.org", "--name", "admin", "--role", "admin")
        for section in ["world", "books"] { try await set("section", "add", section, "--name", section) }
        for (name, role) in EntranceHouse.people where name != "admin" {
            try await set("account", "add", "--email", "\(name)@example.org", "--name", name, "--role", role)
        }
        try await set(
            "contributor", "add", "--name", "Ann Example", "--kind", "staff", "--account", "author@example.org")
        try await set("contributor", "add", "--name", "Gus Guest", "--kind", "outside")
        try await body(house)
    }
}
