import Access
import ArgumentParser
import Editorial
import Postgres
import Values

struct ShowArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows an article with its current text.", example: "masthead article show 12 --revision 3")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @Option(help: "Another text than the current one.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let line = try Articles.find(db, target.id(db), for: context.actor(db))
        let text = try Articles.revision(db, of: line, number: revision)
        let missing = try Articles.standing(db, of: line).filter { !$0.isMet }
        let beside = Self.beside(try Articles.beside(db, of: line))
        return .record(
            Self.place(line) + beside + Self.text(text) + [("missing", .json(.array(missing.map(\.json))))])
    }

    private static func beside(_ beside: Articles.Beside?) -> [(column: Column, field: Field)] {
        [
            ("live_revision", .integer((beside?.live).map(Int64.init))),
            ("behind", beside.map { .bool($0.isBehind) } ?? .null),
            ("fix_revision", .integer((beside?.fix).map(Int64.init))), ("goes_out", .time(beside?.goesOut)),
            ("goes_away", .time(beside?.goesAway)), ("embargo_until", .time(beside?.embargo)),
        ]
    }

    private static func place(_ line: Articles.Line) -> [(column: Column, field: Field)] {
        let article = line.article
        return [
            ("id", .id(article.id)), ("status", .text(article.status.rawValue)),
            ("kind", .text(article.kind?.rawValue)), ("section", .text(article.section?.text)),
            ("owner", .text(line.owner?.text)), ("public", .text(article.publicStatus?.rawValue)),
            ("url", .text(line.path)), ("published_at", .time(article.firstPublishedAt)),
            ("changed_at", .time(article.changedAt)),
            ("version", line.showsDraft ? .integer(article.version) : .null), ("due", .time(article.due)),
            ("title", .text(article.title)),
        ]
    }

    private static func text(_ revision: Revision?) -> [(column: Column, field: Field)] {
        let content = revision?.content
        return [
            ("revision", .integer((revision?.number).map(Int64.init))),
            ("parent", .integer((revision?.parent).map(Int64.init))), ("hash", .text(revision?.hashText)),
            ("saved_by", .text(revision?.savedBy.text)), ("saved_at", .time(revision?.savedAt)),
            ("note", .text(revision?.note)), ("kicker", .text(content?.kicker)), ("headline", .text(content?.title)),
            ("short_headline", .text(content?.shortHeadline)), ("dek", .text(content?.dek)),
            ("bylines", .json(.array((content?.bylines ?? []).map(\.shown)))), ("slug", .text(content?.slug?.text)),
            ("tags", .json(.array((content?.tags ?? []).map(JSON.string)))), ("teaser", .text(content?.teaser)),
            ("social_title", .text(content?.socialTitle)), ("social_text", .text(content?.socialText)),
            ("disclosure", .text(content?.disclosure)),
            ("images", .json(.array((content?.images ?? []).map(\.shown)))), ("body", .text(content?.body)),
        ]
    }
}

extension Content.Byline {
    fileprivate var shown: JSON {
        var members: [String: JSON] = [
            "contributor": .string(contributor.text), "role": .string(role), "name": .string(name),
        ]
        members["title"] = title.map(JSON.string)
        members["affiliation"] = affiliation.map(JSON.string)
        return .object(members)
    }
}

extension Content.Image {
    /// As it is stored, and the credit as it is printed.
    fileprivate var shown: JSON {
        var members = json.object ?? [:]
        members["credit_line"] = creditLine.map(JSON.string)
        return .object(members)
    }
}

struct HistoryOfArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "history", "Saves, reviews, comments, approvals, links and releases of an article, in order.",
        example: "masthead article history 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let events = try History.list(db, target.id(db), for: context.actor(db))
        return Output(
            ["at", "event", "revision", "by", "detail", "note", "hash"],
            events.map { event in
                [
                    .time(event.at), .text(event.kind.rawValue), .integer(event.revision), .text(event.who),
                    .text(event.detail), .text(event.note), .text(event.hashText),
                ]
            })
    }
}

struct ListArticlesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Articles, latest first.",
        more: """
            --overdue lists what should have been ready by now, the longest ago first.

            A page ends after --limit; --after with the last id gives the next. --debt lists what imports left open \
            instead, by article.
            """,
        example: """
            masthead article list --status in_review --section world
            masthead article list --debt
            """)
    static let access = DatabaseAccess.read

    @Option(help: "Only those that stand there.") var status: Article.Status?
    @Option(help: "Only this section's.", transform: Slug.init) var section: Slug?
    @Option(help: "Only of this kind.") var kind: Article.Kind?
    @Option(help: "Only this account's.", transform: EmailAddress.init) var owner: EmailAddress?
    @Option(help: "Only those this contributor is bylined on.", transform: Slug.init) var contributor: Slug?
    @Option(help: "Only those whose title contains this.") var text: String?
    @Flag(help: "Only what is public, or only what isn't.") var visibility: Visibility?
    @Flag(help: "What imports left open: missing sections, kinds, names, credits, alt texts, pictures.")
    var debt = false
    @Flag(help: "Whose deadline is past, and what isn't public, killed or declined.") var overdue = false
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this id.", transform: Self.after) var after: ID<Article>?
    @OptionGroup var global: GlobalOptions

    enum Visibility: String, EnumerableFlag, Sendable {
        case `public`, unpublished
    }

    private static func after(_ text: String) throws -> ID<Article> {
        guard let id = ID<Article>(text: text) else { throw ValidationError("--after is an id; not '\(text)'.") }
        return id
    }

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
        guard !overdue || (after == nil && !debt) else {
            throw ValidationError("--overdue is a list of its own, by deadline: without --after or --debt.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if debt { return try debts(db, actor) }
        if let status { try Workflow.requireState(db, status) }
        var articles = Articles()
        articles.status = status
        articles.section = section
        articles.kind = kind
        articles.owner = owner
        articles.contributor = contributor
        articles.text = text
        articles.isPublic = visibility.map { $0 == .public }
        articles.isOverdue = overdue
        let lines = try articles.list(db, for: actor, after: after, limit: limit)
        if overdue { return Self.overdue(lines) }
        return Output(
            [
                "id", "status", "kind", "section", "title", "owner", "revision", "public", "url", "published_at",
                "changed_at",
            ],
            lines.map { line in
                let article = line.article
                return [
                    .id(article.id), .text(article.status.rawValue), .text(article.kind?.rawValue),
                    .text(article.section?.text), .text(article.title), .text(line.owner?.text),
                    .integer(article.head.map(Int64.init)), .text(article.publicStatus?.rawValue),
                    .text(line.path), .time(article.firstPublishedAt), .time(article.changedAt),
                ]
            })
    }

    private static func overdue(_ lines: [Articles.Line]) -> Output {
        Output(
            ["id", "status", "section", "title", "owner", "due"],
            lines.map { line in
                [
                    .id(line.article.id), .text(line.article.status.rawValue), .text(line.article.section?.text),
                    .text(line.article.title), .text(line.owner?.text), .time(line.article.due),
                ]
            })
    }

    private func debts(_ db: Connection, _ actor: Actor) throws -> Output {
        Output(
            ["id", "title", "debt", "detail"],
            try Debt.list(db, for: actor, after: after, limit: limit).map { debt in
                [.id(debt.article), .text(debt.title), .text(debt.kind.rawValue), .text(debt.detail)]
            })
    }
}

extension Standing {
    fileprivate var json: JSON {
        ["kind": .string(kind.rawValue), "needed": .integer(Int64(needed)), "given": .integer(Int64(given))]
    }
}
