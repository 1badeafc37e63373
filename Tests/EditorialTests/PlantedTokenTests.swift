import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// A word that is nowhere else, put into every field of what isn't public: no view of the public's has it.
struct PlantedTokenTests {
    private static let token = "xyzzytoken"

    /// A text with the token in every field there is.
    private func plant(_ desk: Desk, _ id: ID<Article>, as name: String = "chief") async throws {
        let token = Self.token
        try await desk.act(name) { db, actor in
            var change = SaveRevision.Change(
                title: token, dek: token, body: "\(token)\n\n![\(token) on its hill](/\(token).png)\n",
                bylines: [try SaveRevision.Credit("\(token)-person:\(token)")], slug: Desk.slug("\(token)-\(id)"),
                note: token)
            change.kicker = token
            change.teaser = token
            change.shortHeadline = token
            change.socialTitle = token
            change.socialText = token
            change.disclosure = token
            change.tags = [token]
            _ = try SaveRevision(id, change, base: .latest, by: actor).perform(db)
        }
    }

    /// Approved past its pictures' debts, which are not what is looked for here.
    private func approve(_ desk: Desk, _ id: ID<Article>) async throws {
        try await desk.submit(id, as: "chief")
        try await desk.approve(id, as: "publisher")
        try await desk.approve(id, as: "deputy")
    }

    @Test func nothingOfWhatIsNotPublicIsInAnyViewOfThePublics() async throws {
        try await withDesk { desk in
            let token = Self.token
            _ = try await desk.published("Something else")
            try await desk.act("admin") { db, actor in
                _ = try AddSection(Desk.slug(token), name: token, by: actor).perform(db)
                _ = try AddContributor(name: "\(token) person", kind: .outside, by: actor).perform(db)
            }
            var kinds: [String: ID<Article>] = [:]
            for kind in ["draft", "embargoed", "scheduled", "held", "killed"] {
                kinds[kind] = try await desk.pitch(token, section: token)
            }
            kinds["beside"] = try await desk.published("Live already")
            kinds["fix"] = try await desk.published("Live and to be mended")
            for (kind, id) in kinds.sorted(by: { $0.key < $1.key }) where kind != "fix" {
                try await plant(desk, id)
                if kind != "draft" { try await approve(desk, id) }
            }
            let id = kinds["embargoed", default: ID(0)]
            try await desk.act("publisher") { db, actor in
                _ = try EmbargoArticle(id, until: Desk.wall("2099-01-01 06:00"), reason: token, by: actor).perform(db)
            }
            for (kind, way) in [("held", SetAside.Way.hold), ("killed", .kill)] {
                let id = kinds[kind, default: ID(0)]
                try await desk.act("chief") { db, actor in
                    _ = try SetAside(id, way, reason: token, by: actor).perform(db)
                }
            }
            try await desk.test.owner.transaction { db in
                // Pictures without credit keep a text in; here the time alone does.
                try db.run(
                    """
                    CREATE OR REPLACE FUNCTION editorial.image_blocks(article bigint, revision bigint) \
                    RETURNS TABLE (rule text, message text, overridable boolean) \
                    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS \
                    'SELECT NULL::text, NULL::text, NULL::boolean WHERE false'
                    """)
            }
            let scheduled = kinds["scheduled", default: ID(0)]
            try await desk.schedule(scheduled)
            try await desk.fix(kinds["fix", default: ID(0)], body: token)
            try await desk.test.app.transaction { db in
                try db.run(
                    """
                    INSERT INTO editorial.review_response (article_id, revision, hash, verdict, comment, account_id) \
                    SELECT article_id, number, hash, 'comment', \(token), saved_by FROM editorial.revision
                    """)
            }
            for relation in try await desk.publicRelations() {
                let rows = try await desk.publicColumn(
                    "SELECT lower(v::text) FROM \(SQL(stringLiteral: relation)) AS v")
                #expect(!rows.contains { $0.contains(token) }, "\(relation)")
            }
            #expect(try await !desk.publicText().contains(token))
            // The search is able to find it: once it is out, it is there.
            try await desk.letTimeCome()
            #expect(try await desk.work().map(\.refusal) == [nil])
            #expect(try await desk.publicText().contains(token))
        }
    }
}
