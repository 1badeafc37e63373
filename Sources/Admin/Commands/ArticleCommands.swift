import Access
public import ArgumentParser
public import Editorial
import Postgres
import Values

struct ArticleNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "article", "Articles, from pitch to publication.",
        verbs: [
            PitchArticleCommand.self, AssignArticleCommand.self, MoveArticleCommand.self, SaveArticleCommand.self,
            RestoreArticleCommand.self, CompleteImageCommand.self, SubmitArticleCommand.self,
            PublishArticleCommand.self, ShowArticleCommand.self, TextOfArticleCommand.self,
            RevisionsOfArticleCommand.self, HistoryOfArticleCommand.self, DiffArticleCommand.self,
            ListArticlesCommand.self, WhyArticleCommand.self, SetArticleCommand.self, FlagArticleCommand.self,
            HoldArticleCommand.self, ResumeArticleCommand.self, DeclineArticleCommand.self, ReopenArticleCommand.self,
            KillArticleCommand.self, ReviveArticleCommand.self, AdvanceArticleCommand.self, MigrateArticleCommand.self,
            PlaceArticleCommand.self, CheckArticleCommand.self,
            ImportArticlesCommand.self, ExportArticlesCommand.self,
            CorrectArticleCommand.self, RetractArticleCommand.self, UnpublishArticleCommand.self,
            SlugOfArticleCommand.self, FixArticleCommand.self, RebaseArticleCommand.self,
            EmbargoArticleCommand.self, SeenArticleCommand.self,
        ],
        example: """
            masthead article pitch --title "The dam that wasn't" --section world --kind reporting
            masthead article save 12 --title "The dam that wasn't" --body draft.md --byline ann-example
            masthead article publish 12
            """)
}

/// An article as the command line names it: its number, or a slug it was public under.
struct ArticleArgument: ParsableArguments {
    @Argument(help: "The article's number, or a slug it was public under.") var article: String

    func id(_ db: Connection) throws -> ID<Article> { try Articles.id(db, named: article) }
}

struct PitchArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "pitch", "Proposes an article.",
        example: "masthead article pitch --title \"The dam that wasn't\" --section world --kind reporting")
    static let access = DatabaseAccess.write

    @Option(help: "The working title.") var title: String
    @Option(help: "The section's slug.", transform: Slug.init) var section: Slug
    @Option(help: "What it is to be.") var kind: Article.Kind
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let article = try PitchArticle(title: title, section: section, kind: kind, by: context.actor(db)).perform(db)
        return .state(of: article)
    }
}

struct AssignArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "assign", "Gives an article to somebody to write.",
        example: "masthead article assign 12 --to ann@example.org")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The account's e-mail.", transform: EmailAddress.init) var to: EmailAddress
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try AssignArticle(target.id(db), to: to, by: actor).perform(db))
    }
}

struct MoveArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "move", "Puts an article into another section, or calls it another kind.",
        example: "masthead article move 12 --section books --kind interview")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The section's slug.", transform: Slug.init) var section: Slug?
    @Option(help: "What it is.") var kind: Article.Kind?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard section != nil || kind != nil else { throw ValidationError("Say --section, --kind or both.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try MoveArticle(target.id(db), to: section, kind: kind, by: actor).perform(db))
    }
}

struct SubmitArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "submit", "Hands a draft in for review.",
        more: """
            An author who hands in a text under his own name says yes to it by that, and again by saving it while it \
            lies with the editors. Approvals that were carried over may be enough: the text is then approved at once.
            """,
        example: "masthead article submit 12")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try SubmitArticle(target.id(db), by: actor).perform(db))
    }
}

extension Article.Kind: ExpressibleByArgument {}
extension Article.Status: ExpressibleByArgument {}
extension Article.Risk: ExpressibleByArgument {}

extension Output {
    /// Where an article stands.
    static func state(of article: Article) -> Output {
        .record([
            ("id", .id(article.id)), ("status", .text(article.status.rawValue)), ("title", .text(article.title)),
            ("section", .text(article.section?.text)), ("kind", .text(article.kind?.rawValue)),
            ("revision", .integer(article.head.map(Int64.init))),
        ])
    }
}
