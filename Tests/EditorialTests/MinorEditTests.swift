import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// What a change is, and which yes it leaves standing: worked out in the database, held here to a second opinion.
struct MinorEditTests {
    // MARK: Classes

    private static let text: JSON = [
        "version": 1, "title": "The dam", "dek": "A line", "body": "It stood there.",
        "bylines": [["contributor": "ann", "role": "author", "name": "Ann Example"]],
        "images": [["placement": "lead", "media": "aa", "alt": "A dam", "credit": "Ann Example"]],
    ]

    @Test(arguments: [
        ("title", "title"), ("short_headline", "title"), ("dek", "dek"), ("body", "body"), ("disclosure", "body"),
        ("slug", "slug"), ("teaser", "teaser-social"), ("social_title", "teaser-social"),
        ("social_text", "teaser-social"), ("kicker", "taxonomy"), ("tags", "taxonomy"), ("bylines", "byline"),
        ("a_member_of_tomorrow", "body"),
    ])
    func everyFieldHasItsClass(_ field: String, _ wanted: String) async throws {
        var members = try #require(Self.text.object)
        members[field] = members[field]?.array == nil ? "changed" : .array([])
        let changed = JSON.object(members)
        let classes = try await Self.classes(Self.text, changed)
        #expect(classes == [wanted])
        let back = try await Self.classes(changed, Self.text)
        #expect(back == [wanted])
    }

    @Test func aPictureAndWhatIsSaidOfItAreTwoClasses() async throws {
        func with(_ images: JSON) throws -> JSON {
            var members = try #require(Self.text.object)
            members["images"] = images
            return .object(members)
        }
        let alt = try with([["placement": "lead", "media": "aa", "alt": "Another", "credit": "Ann Example"]])
        #expect(try await Self.classes(Self.text, alt) == ["credit-caption-alt"])
        let other = try with([["placement": "lead", "media": "bb", "alt": "A dam", "credit": "Ann Example"]])
        #expect(try await Self.classes(Self.text, other) == ["image"])
        #expect(try await Self.classes(Self.text, try with([])) == ["credit-caption-alt", "image"])
        #expect(try await Self.classes(Self.text, Self.text) == [])
    }

    private static func classes(_ old: JSON, _ new: JSON) async throws -> [String] {
        try await withTestDatabase { test in
            try await test.app.read { db in
                try db.one("SELECT editorial.changed_classes(\(old), \(new))") { try $0.next([String].self) }
            }
        }
    }

    // MARK: Minor or not

    private static let body = """
        It stood there, he said, "and never moved" in [the old report](https://example.org/a).
        Ann Example saw 3 men near bell hooks by the water, and they were quiet.

        > a quoted line
        """

    static let edits: [(from: String, to: String, isMinor: Bool)] = [
        ("stood", "stands", true), ("quiet", "quiet and calm", true), (", and they", " and they", true),
        ("and they were quiet.", "", true), ("they were", "", true),
        ("3 men", "4 men", false), ("3 men", "three men", false), ("Ann Example", "Ann Sample", false),
        ("Ann Example saw", "She saw", false), ("never moved", "ever moved", false),
        ("old report", "new report", false),
        ("example.org/a", "example.org/b", false), ("bell hooks", "bell ringers", false),
        ("a quoted line", "a line", false), ("he said", "he \"said\"", false), ("the water", "the *water*", false),
        ("by the water", "by the café", false), ("near", "near the ‘old’ mill", false),
        ("quiet", "a b c d e f g h i j k quiet", true), ("quiet", "a b c d e f g h i j k l quiet", true),
        ("quiet", "a b c d e f g h i j k l m quiet", false), ("he said", "he said\"", false),
    ]

    @Test(arguments: edits.indices)
    func aMinorEditChangesAFewPlainWordsAndNothingThatIsAFact(_ index: Int) async throws {
        let edit = Self.edits[index]
        let before = Self.document(Self.body)
        let after = Self.document(Self.body.replacing(edit.from, with: edit.to))
        try #require(before != after)
        try await withTestDatabase { test in
            let isMinor = try await test.app.read { db in
                try db.one("SELECT editorial.is_minor(\(before), \(after))") { try $0.next(Bool.self) }
            }
            #expect(isMinor == edit.isMinor, "\(edit.from) → \(edit.to)")
        }
    }

    private static func document(_ body: String) -> JSON {
        [
            "version": 1, "title": "The dam", "dek": "", "body": .string(body),
            "bylines": [["contributor": "bell", "role": "author", "name": "bell hooks"]],
        ]
    }

    /// The longest common subsequence by the whole table, which nobody would get wrong twice the same way.
    @Test func theDatabaseCountsChangedWordsAsTheTableDoes() async throws {
        var dice = Dice(11)
        let words = ["the", "dam", "stood", "there", "and", "fell"]
        var pairs: [(old: [String], new: [String], apart: Int)] = []
        for _ in 0..<300 {
            let old = (0..<dice.below(30)).map { _ in words[dice.below(words.count)] }
            var new = old
            for _ in 0..<dice.below(8) {
                let place = dice.below(new.count + 1)
                if place < new.count, dice.below(2) == 0 {
                    new.remove(at: place)
                } else {
                    new.insert(words[dice.below(words.count)], at: place)
                }
            }
            pairs.append((old, new, Self.apart(old, new)))
        }
        let tried = pairs
        try await withTestDatabase { test in
            try await test.app.read { db in
                for pair in tried {
                    let apart = try db.one("SELECT editorial.words_apart(\(pair.old), \(pair.new), 5)") {
                        try $0.next(Int?.self)
                    }
                    #expect(apart == (pair.apart <= 5 ? pair.apart : nil), "\(pair.old) → \(pair.new)")
                }
            }
        }
        #expect(tried.contains { $0.apart > 5 } && tried.contains { $0.apart == 5 })
    }

    private static func apart(_ old: [String], _ new: [String]) -> Int {
        var lengths = Array(repeating: Array(repeating: 0, count: new.count + 1), count: old.count + 1)
        for row in old.indices.reversed() {
            for column in new.indices.reversed() {
                lengths[row][column] =
                    old[row] == new[column]
                    ? lengths[row + 1][column + 1] + 1 : max(lengths[row + 1][column], lengths[row][column + 1])
            }
        }
        return max(old.count, new.count) - lengths[0][0]
    }

    // MARK: Carried over

    /// Under large, with every yes but the editors' standing after a minor edit.
    private func approved(_ desk: Desk) async throws -> ID<Article> {
        try await desk.load("large")
        try await desk.hire("checker", "fact")
        let id = try await desk.pitch()
        try await desk.save(
            id, body: "It stood there and nobody had asked why it did so for all these years.",
            bylines: ["ann-example"], base: nil)
        try await desk.submit(id)
        _ = try await desk.approve(id, as: "editor")
        _ = try await desk.approve(id, as: "copy", .copy)
        #expect(try await desk.approve(id, as: "checker", .fact).status == .approved)
        return id
    }

    private func missing(_ desk: Desk, _ id: ID<Article>) async throws -> [ApprovalKind] {
        try await desk.act("chief") { db, actor in
            try Articles.standing(db, of: Articles.find(db, id, for: actor)).filter { !$0.isMet }.map(\.kind)
        }
    }

    @Test func aMinorEditCarriesWhatThePolicyLetsStand() async throws {
        try await withDesk { desk in
            let id = try await approved(desk)
            try await desk.save(
                id, as: "chief", body: "It stood there and nobody had asked why it did so for all those years.")
            #expect(try await missing(desk, id) == [.edit])
            // Each names the yes it carries, and is in the audit.
            let rows = try await desk.test.app.read { db in
                try db.rows(
                    """
                    SELECT v.kind || ' ' || o.revision FROM editorial.approval v \
                    JOIN editorial.approval o ON o.id = v.carries WHERE v.revision = 2 ORDER BY 1
                    """
                ) { try $0.next(String.self) }
            }
            #expect(rows == ["copy 1", "fact 1"])
            #expect(
                try await desk.count("SELECT count(*) FROM journal.audit WHERE action = 'approval.carried'") == 2)
            try await desk.submit(id, as: "chief")
            #expect(try await desk.approve(id, as: "editor").status == .approved)
        }
    }

    @Test func manySmallEditsDoNotAddUpToOneNobodySaw() async throws {
        try await withDesk { desk in
            let id = try await approved(desk)
            let last = "one two three four five six seven eight nine ten"
            for count in 1...4 {
                let more = (1...count).map { "\(last) \(String(repeating: "x", count: $0))" }.joined(separator: " ")
                try await desk.save(
                    id, as: count.isMultiple(of: 2) ? "chief" : "colleague",
                    body: "It stood there and nobody had asked why it did so for all these years \(more).")
                // The first step is eleven words; the second is eleven again, and twenty-two from what was approved.
                let kinds = try await missing(desk, id)
                #expect(kinds.contains(.copy) == (count > 1), "after \(count): \(kinds)")
            }
        }
    }

    @Test func aSlugVoidsNothingAndABylineWhatThePolicySays() async throws {
        try await withDesk { desk in
            let id = try await approved(desk)
            let body = "It stood there and nobody had asked why it did so for all these years."
            try await desk.save(id, as: "chief", body: body, slug: "a-slug")
            #expect(try await missing(desk, id) == [])
            // Handed in, it is approved at once: everything was carried over.
            try await desk.submit(id, as: "chief")
            #expect(try await desk.article(id).status == .approved)
            try await desk.save(id, as: "chief", body: body, bylines: ["ann-example", "gus-guest"])
            #expect(try await missing(desk, id) == [.edit])
        }
    }

    @Test func aCarriedYesOfWhoeverSavedTheNewTextDoesNotCount() async throws {
        try await withDesk { desk in
            let id = try await approved(desk)
            try await desk.hire("subeditor", "copy")
            try await desk.test.app.transaction { db in
                _ = try GrantRole(try RoleGrant("writer"), to: Desk.address("copy"), by: desk.actor(db, "admin"))
                    .perform(db)
            }
            try await desk.save(
                id, as: "copy", body: "It stood there and nobody had asked why it did so for all those years.")
            #expect(try await missing(desk, id) == [.copy, .edit])
            // Nor does it come back to life by somebody else's next edit.
            try await desk.save(
                id, as: "chief", body: "It stood there and nobody had asked why it does so for all those years.")
            #expect(try await missing(desk, id) == [.copy, .edit])
        }
    }

    @Test func underSmallEveryChangeNeedsANewYesAndAnEqualSaveNone() async throws {
        try await withDesk { desk in
            let id = try await desk.inReview()
            try await desk.approve(id)
            let again = try await desk.save(id, body: "It stood there.\n")
            #expect(!again.isNew)
            #expect(try await desk.article(id).status == .approved)
            try await desk.save(id, body: "It stood there.\n", slug: "a-slug")
            #expect(try await missing(desk, id) == [.edit])
        }
    }
}
