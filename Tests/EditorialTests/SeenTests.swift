import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

struct SeenTests {
    /// What a reader who had looked would remember of one address at one instant.
    private struct Memory {
        let path: String
        let at: Timestamp
        let answer: Seen.Answer
        let revision: Int?
    }

    /// Two articles live through a random history; after each step a reader notes what every address answers, by simple
    /// book-keeping. In the end every note is held against the reconstruction.
    @Test func whatReadersSawIsReconstructedForEveryAddressAndInstant() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await withDesk { desk in
            var random = SeededRandom(seed: seed)
            var memories: [Memory] = []
            for story in ["first", "second"] {
                var state = Story(name: story)
                state.id = try await desk.inReview("Story \(story)", slug: "\(story)-0")
                memories += try await look(desk, state)
                for step in 0..<14 {
                    try await live(desk, &state, step, &random)
                    memories += try await look(desk, state)
                }
            }
            #expect(Set(memories.map { "\($0.answer)".prefix(8) }).count >= 3, "seed \(seed): nothing much happened")
            for memory in memories {
                let seen = try await desk.act("editor") { db, actor in
                    try Seen.at(db, memory.path, memory.at, for: actor)
                }
                #expect(seen.answer == memory.answer, "seed \(seed): \(memory)")
                #expect(seen.source?.revision == memory.revision, "seed \(seed): \(memory)")
            }
        }
    }

    /// The simple model: what was done last decides.
    private struct Story {
        let name: String
        var id = ID<Article>(0)
        var paths: [String] = []
        var current: String?
        var revision: Int?
        var isGone = false
        var isCorrected = false
        var isRetracted = false
        var slugs = 0

        init(name: String) { self.name = name }

        func answer(at path: String) -> Seen.Answer {
            guard let current else { return .nothing }
            if isGone { return .gone(.legal) }
            if path != current { return .redirect(to: current) }
            return .page(isRetracted ? .retracted : isCorrected ? .corrected : .live)
        }
    }

    private func look(_ desk: Desk, _ story: Story) async throws -> [Memory] {
        let now = try await desk.test.app.read { db in
            try db.one("SELECT clock_timestamp()") { try $0.next(Timestamp.self) }
        }
        let never = Memory(path: "/2026/never/was", at: now, answer: .nothing, revision: nil)
        return [never]
            + story.paths.map { path in
                Memory(path: path, at: now, answer: story.answer(at: path), revision: story.revision)
            }
    }

    private func live(
        _ desk: Desk, _ story: inout Story, _ step: Int, _ random: inout SeededRandom
    ) async throws {
        func note(_ release: Release) {
            story.current = release.path
            story.revision = release.revision
            if !story.paths.contains(release.path) { story.paths.append(release.path) }
        }
        guard story.current != nil else {
            try await desk.approve(story.id)
            return note(try await desk.publish(story.id))
        }
        if story.isRetracted {
            if !story.isGone, Bool.random(using: &random) {
                _ = try await desk.unpublish(story.id, as: "chief")
                story.isGone = true
            }
            return
        }
        if story.isGone {
            note(try await desk.publish(story.id))
            story.isGone = false
            return
        }
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1:
            try await desk.save(story.id, body: "Text \(step)")
            try await desk.submit(story.id)
            try await desk.approve(story.id)
            note(try await desk.publish(story.id))
        case 2:
            note(try await desk.correct(story.id))
            story.isCorrected = true
        case 3, 4:
            story.slugs += 1
            let slug = Desk.slug("\(story.name)-\(story.slugs)")
            let id = story.id
            note(try await desk.act("publisher") { db, actor in try ChangeSlug(id, to: slug, by: actor).perform(db) })
        case 5, 6:
            _ = try await desk.unpublish(story.id)
            story.isGone = true
        default:
            guard step > 9 else { return }
            _ = try await desk.retract(story.id)
            story.isRetracted = true
        }
    }

    @Test func aWholeURLIsAsGoodAsAPathAndStrangersAreNotTold() async throws {
        try await withDesk { desk in
            let id = try await desk.published()
            let release = try await desk.publish(id)
            try await desk.unpublish(id)
            let url = "https://example.org\(release.path)?utm=1#top"
            let seen = try await desk.act("editor") { db, actor in
                try Seen.at(db, url, release.releasedAt, for: actor)
            }
            #expect(seen.answer == .page(.live))
            #expect(seen.source?.html == "<p>It stood there.</p>\n")
            await #expect(throws: AccessError.self) {
                try await desk.act("fundraiser") { db, actor in
                    try Seen.at(db, url, release.releasedAt, for: actor)
                }
            }
        }
    }
}
