import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// No article is ever in a state that no step of its workflow leads to: not by the actions, not by SQL.
struct GraphTests {
    private static func graph(_ desk: Desk) async throws -> Set<[String]> {
        Set(
            try await desk.test.app.read { db in
                try db.rows(
                    "SELECT from_state, to_state FROM editorial.workflow_transition WHERE workflow = 2"
                ) { row in [try row.next(String.self), try row.next(String.self)] }
            })
    }

    private static func states(_ desk: Desk) async throws -> [String] {
        try await desk.test.app.read { db in
            try db.rows("SELECT state FROM editorial.workflow_state WHERE workflow = 2 ORDER BY position") {
                try $0.next(String.self)
            }
        }
    }

    @Test func rawSQLReachesNoStateOutsideTheGraph() async throws {
        try await withDesk { desk in
            let allowed = try await Self.graph(desk)
            let states = try await Self.states(desk)
            for from in states {
                for to in states where from != to {
                    let id = try await desk.pitch()
                    let home = allowed.contains([from, to]) && to != "killed" ? to : "drafting"
                    try await desk.test.owner.transaction { db in
                        try db.script(
                            """
                            ALTER TABLE editorial.article DISABLE TRIGGER article_changes;
                            ALTER TABLE editorial.article DROP CONSTRAINT IF EXISTS article_published_has_release;
                            """)
                        try db.run(
                            """
                            UPDATE editorial.article SET status = \(from), \
                            held_from = CASE WHEN \(from) = 'on_hold' THEN \(home) END WHERE id = \(id)
                            """)
                        try db.script("ALTER TABLE editorial.article ENABLE TRIGGER article_changes")
                    }
                    do {
                        try await desk.test.app.transaction { db in
                            for step in ["hold", "decline", "kill"] {
                                try db.run(
                                    """
                                    INSERT INTO editorial.reason (article_id, step, reason, account_id) \
                                    SELECT \(id), \(step), 'tried', id FROM access.account \
                                    WHERE email = 'chief@example.org'
                                    """)
                            }
                            try db.run("UPDATE editorial.article SET status = \(to) WHERE id = \(id)")
                        }
                        #expect(allowed.contains([from, to]), "\(from) → \(to)")
                    } catch let error as PostgresError {
                        #expect(error.constraint == "article_transition", "\(from) → \(to)")
                        #expect(!allowed.contains([from, to]), "\(from) → \(to)")
                    }
                }
            }
        }
    }

    @Test func nothingIsSetAsideInSQLWithoutAReasonOfSomebodyWhoMay() async throws {
        try await withDesk { desk in
            func kill(_ id: ID<Article>, reasonOf name: String?) async throws {
                try await desk.test.app.transaction { db in
                    if let name {
                        try db.run(
                            """
                            INSERT INTO editorial.reason (article_id, step, reason, account_id) \
                            SELECT \(id), 'kill', 'tried', id FROM access.account WHERE email = \(Desk.address(name).text)
                            """)
                    }
                    try db.run("UPDATE editorial.article SET status = 'killed' WHERE id = \(id)")
                }
            }
            let draft = try await desk.inReview()
            #expect(await denied { try await kill(draft, reasonOf: nil) }.rule == "article_reason")
            #expect(await denied { try await kill(draft, reasonOf: "writer") }.rule == "article_step_permitted")
            // A reason of another day doesn't do for this one.
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.reason (article_id, step, reason, account_id) \
                    SELECT \(draft), 'kill', 'tried', id FROM access.account WHERE email = 'chief@example.org'
                    """)
            }
            #expect(await denied { try await kill(draft, reasonOf: nil) }.rule == "article_reason")
            try await kill(draft, reasonOf: "editor")
            // Once approved it is the chief's, whatever state it is in by now.
            let approved = try await desk.inReview()
            try await desk.approve(approved)
            try await desk.save(approved, body: "Changed.", base: .latest)
            #expect(await denied { try await kill(approved, reasonOf: "editor") }.rule == "article_step_permitted")
            try await kill(approved, reasonOf: "chief")
            let live = try await desk.published()
            try await desk.save(live, body: "Changed.", base: .latest)
            #expect(await denied { try await kill(live, reasonOf: "chief") }.rule == "article_kill_unpublished")
        }
    }

    // MARK: Random walks

    private typealias Move = @Sendable (Connection, Actor, ID<Article>) throws -> Void

    private static let moves: [(name: String, perform: Move)] = [
        ("assign", { try _ = AssignArticle($2, to: Desk.address("writer"), by: $1).perform($0) }),
        (
            "save",
            { db, actor, id in
                let change = SaveRevision.Change(
                    body: "Text \(try db.value("SELECT count(*) FROM editorial.revision", as: Int.self) ?? 0).",
                    bylines: [SaveRevision.Credit(Desk.slug("ann-example"))])
                _ = try SaveRevision(id, change, base: .latest, by: actor).perform(db)
            }
        ),
        ("submit", { try _ = SubmitArticle($2, by: $1).perform($0) }),
        ("edit", { try _ = GiveApproval($2, .edit, by: $1).perform($0) }),
        ("author", { try _ = GiveApproval($2, .author, by: $1).perform($0) }),
        ("legal", { try _ = GiveApproval($2, .legal, by: $1).perform($0) }),
        ("changes", { try _ = RespondReview($2, verdict: .changes, comment: "no", by: $1).perform($0) }),
        ("publish", { try _ = PublishArticle($2, by: $1).perform($0) }),
        ("hold", { try _ = SetAside($2, .hold, reason: "later", by: $1).perform($0) }),
        ("decline", { try _ = SetAside($2, .decline, reason: "not ours", by: $1).perform($0) }),
        ("kill", { try _ = SetAside($2, .kill, reason: "dead", by: $1).perform($0) }),
        ("resume", { try _ = BringBack($2, .resume, by: $1).perform($0) }),
        ("reopen", { try _ = BringBack($2, .reopen, by: $1).perform($0) }),
        ("revive", { try _ = BringBack($2, .revive, by: $1).perform($0) }),
        ("move", { try _ = MoveArticle($2, to: Desk.slug("books"), kind: nil, by: $1).perform($0) }),
        ("back", { try _ = MoveArticle($2, to: Desk.slug("world"), kind: nil, by: $1).perform($0) }),
        ("flag", { try _ = FlagArticle($2, risks: [.legal], by: $1).perform($0) }),
        (
            "override",
            { db, actor, id in
                let head = try Article.find(db, id, for: actor).head ?? 1
                _ = try GiveOverride(id, revision: head, reason: "for the random walk", by: actor).perform(db)
            }
        ),
        ("advance", { try _ = AdvanceArticle($2, to: .published, by: $1).perform($0) }),
    ]

    /// The seed is printed with a failure: the walk can be walked again.
    @Test(arguments: [UInt64(20_260_101), .random(in: 0...UInt64(Int64.max))])
    func noRandomWalkLeavesTheGraph(_ seed: UInt64) async throws {
        try await withDesk { desk in
            var chance = Dice(seed)
            let allowed = try await Self.graph(desk)
            let names = Desk.people.map(\.key)
            var reached: Set<Article.Status> = []
            for _ in 0..<12 {
                let id = try await desk.pitch()
                for _ in 0..<60 {
                    let name = names[chance.below(names.count)]
                    let move = Self.moves[chance.below(Self.moves.count)]
                    let before = try await desk.article(id).status
                    do {
                        try await desk.act(name) { db, actor in try move.perform(db, actor, id) }
                    } catch is EditorialError {} catch is AccessError {}
                    let after = try await desk.article(id).status
                    reached.insert(after)
                    // An action may take two steps at once: handed in, and approved by what was carried over.
                    let isWay =
                        before == after || allowed.contains([before.rawValue, after.rawValue])
                        || allowed.contains { $0[0] == before.rawValue && allowed.contains([$0[1], after.rawValue]) }
                    #expect(isWay, "seed \(seed): \(name) \(move.name) took \(before.rawValue) to \(after.rawValue)")
                }
            }
            let strayed = try await desk.count(
                """
                SELECT count(*) FROM editorial.movement m JOIN editorial.article a ON a.id = m.article_id \
                WHERE NOT EXISTS (SELECT FROM editorial.workflow_transition t WHERE t.workflow = a.workflow \
                AND t.from_state = m.from_state AND t.to_state = m.to_state)
                """)
            #expect(strayed == 0, "seed \(seed)")
            // A walk by chance may be unlucky; the one that is always the same isn't.
            let few = seed == 20_260_101 ? 7 : 4
            #expect(reached.count >= few, "seed \(seed): the walk went nowhere: \(reached)")
        }
    }
}

/// SplitMix64: the same walk for the same seed, on every machine.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
