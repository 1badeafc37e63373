import ArgumentParser
import Editorial
import Postgres
import Values

struct FlagArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "flag", "Says what is risky about an article.",
        more: """
            A policy may want more approvals for a risk: an approved article that lacks them is in review again. \
            --clear takes all risks away.
            """,
        example: """
            masthead article flag 12 --risk legal
            masthead article flag 12 --clear
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "A risk; may be repeated. These and no others from now on.") var risk: [Article.Risk] = []
    @Flag(help: "Nothing is risky about it.") var clear = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard risk.isEmpty == clear else { throw ValidationError("Say either --risk or --clear.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try FlagArticle(target.id(db), risks: risk, by: context.actor(db)).perform(db))
    }
}

struct SetArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "set", "Sets what the desk knows of an article beside its text.",
        more: """
            A deadline is a time on the publication's wall, in its zone or in --zone. An origin says that the story was \
            taken in from elsewhere: whose it is, where it stands there, and who allowed it.
            """,
        example: """
            masthead article set 12 --due "2026-12-01 17:00"
            masthead article set 12 --origin "The Other Paper" --origin-url https://other.example/story
            masthead article set 12 --no-due --no-origin
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "When the text is due: \"2026-12-01 17:00\".", transform: { try LocalDateTime($0) })
    var due: LocalDateTime?
    @Option(help: "The zone of the wall, if it isn't the publication's.", transform: { try Zone.named($0) })
    var zone: Zone?
    @Flag(help: "It has no deadline.") var noDue = false
    @Option(help: "Whose story it is.") var origin: String?
    @Option(help: "Where it stands there.") var originUrl: String?
    @Option(help: "Who allowed it, and how.") var originPermission: String?
    @Flag(help: "It is our own.") var noOrigin = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard due == nil || !noDue, origin == nil || !noOrigin else {
            throw ValidationError("Say either what it is or that there is none.")
        }
        guard (origin == nil) == (originUrl == nil), originPermission == nil || origin != nil else {
            throw ValidationError("An origin is --origin with --origin-url, and --origin-permission if there is one.")
        }
        guard due != nil || noDue || origin != nil || noOrigin else {
            throw ValidationError("Say what to set: --due or --origin, or --no-due or --no-origin.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = PlanArticle.Change()
        if let due { change.due = .on(Due(due, in: zone ?? context.zone)) }
        if noDue { change.due = .never }
        if let origin, let originUrl {
            change.origin = .outlet(origin, url: originUrl, permission: originPermission)
        }
        if noOrigin { change.origin = .own }
        return .state(of: try PlanArticle(target.id(db), change, by: context.actor(db)).perform(db))
    }
}
