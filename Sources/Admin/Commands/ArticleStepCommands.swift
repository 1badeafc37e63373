import ArgumentParser
import Editorial
import Postgres
import Values

struct HoldArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "hold", "Puts an article aside for a while.",
        more: "It comes back by `article resume`, to where it was. What was scheduled is then only approved.",
        example: "masthead article hold 12 --reason \"the minister answers on Monday\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try SetAside(target.id(db), .hold, reason: why.reason, by: actor).perform(db))
    }
}

struct ResumeArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "resume", "Brings a held article back to where it was.", example: "masthead article resume 12")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try BringBack(target.id(db), .resume, by: context.actor(db)).perform(db))
    }
}

struct DeclineArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "decline", "Declines a pitch.", example: "masthead article decline 12 --reason \"we had this in May\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try SetAside(target.id(db), .decline, reason: why.reason, by: actor).perform(db))
    }
}

struct ReopenArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reopen", "Makes a declined pitch a pitch again.", example: "masthead article reopen 12")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try BringBack(target.id(db), .reopen, by: context.actor(db)).perform(db))
    }
}

struct KillArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "kill", "Ends an article that was never public.",
        more: """
            Once it was approved, only whoever may kill approved articles can. What was public is retracted or \
            unpublished instead. Its texts and approvals stay.
            """,
        example: "masthead article kill 12 --reason \"the source withdrew\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        return .state(of: try SetAside(target.id(db), .kill, reason: why.reason, by: actor).perform(db))
    }
}

struct ReviveArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revive", "Makes a killed article a draft again.", example: "masthead article revive 12")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try BringBack(target.id(db), .revive, by: context.actor(db)).perform(db))
    }
}

struct AdvanceArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "advance", "Takes a step that the house added to its workflow.",
        more: "Between states of the house's own. See `workflow show` for the steps by 'advance'.",
        example: "masthead article advance 12 --to copy_desk")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The state it leads to.") var to: Article.Status
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try AdvanceArticle(target.id(db), to: to, by: context.actor(db)).perform(db))
    }
}

struct MigrateArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "migrate", "Moves an article to another version of the workflow.",
        more: """
            An article keeps the version it began on. Afterwards the other version's policy counts: an approved article \
            that lacks what it wants is in review again.
            """,
        example: "masthead article migrate 12 --to 3")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The version, as `workflow list` numbers it.") var to: Int
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try MigrateArticle(target.id(db), to: to, by: context.actor(db)).perform(db))
    }
}

/// Why something is done that somebody may ask about later.
struct ReasonOption: ParsableArguments {
    @Option(help: "Why, in a few words that will mean something in a year.") var reason: String
}
