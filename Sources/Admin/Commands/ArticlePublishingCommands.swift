public import ArgumentParser
public import Editorial
import Newsroom
import Postgres
import Values

struct PublishArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "publish", "Publishes the approved text.",
        more: """
            Publishing the same revision again answers with the release that there is. A fix of the live text is named \
            by its number. What was unpublished comes back by this.
            """,
        example: "masthead article publish 12 --revision 4")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The revision that is meant; refused when it isn't the approved, current one.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let release = try PublishArticle(
            target.id(db), revision: revision, embeds: context.newsroom.embeds(), by: context.actor(db)
        ).perform(db)
        return .release(release)
    }
}

struct CorrectArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "correct", "Tells readers what was wrong and what is right.",
        more: """
            The note stands with the text, labelled and dated. With it goes the approved fix, or the approved new text; \
            --revision with the number of what is public adds the note alone.
            """,
        example: "masthead article correct 12 --note \"An earlier version said 12 dams; there are 21.\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "What was wrong, and what is right.") var note: String
    @Option(help: "correction, clarification or editors-note.") var kind: CorrectArticle.Kind = .correction
    @Option(help: "The text that goes out with it.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let release = try CorrectArticle(
            target.id(db), kind, note: note, revision: revision, embeds: context.newsroom.embeds(),
            by: context.actor(db)
        ).perform(db)
        return .release(release)
    }
}

struct RetractArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "retract", "Takes back what was published: it stays at its address, marked, and leaves lists and feeds.",
        example: """
            masthead article retract 12 --reason "The letters it rests on are forged." --by-line "The editors"
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "Why, as readers will read it.") var reason: String
    @Option(help: "Who retracts it, as readers will read it.") var byLine: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let release = try RetractArticle(
            target.id(db), reason: reason, signedBy: byLine, by: context.actor(db)
        ).perform(db)
        return .release(release)
    }
}

struct UnpublishArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "unpublish", "Takes a text away: its address answers that it is gone.",
        more: "Readers are told the class of the reason alone. Whatever was scheduled for it is cancelled.",
        example: "masthead article unpublish 12 --reason-class legal --note \"Injunction of 1 December\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "legal, privacy, copyright, error or other.") var reasonClass: ReasonClass
    @Option(help: "For the newsroom's own record.") var note: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let release = try UnpublishArticle(
            target.id(db), reason: reasonClass, note: note, by: context.actor(db)
        ).perform(db)
        return .release(release)
    }
}

struct SlugOfArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "slug", "Gives what is public another address; the old ones redirect to it for good.",
        more: "A text that isn't public gets its slug by `article save --slug`.",
        example: "masthead article slug 12 the-dam-that-was")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Argument(help: "The new last part of its address.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let release = try ChangeSlug(
            target.id(db), to: slug, embeds: context.newsroom.embeds(), by: context.actor(db)
        ).perform(db)
        return .release(release)
    }
}

struct EmbargoArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "embargo", "Keeps everything of an article in until a time.",
        more: """
            The time is that of the publication's wall. Until then nothing publishes it; afterwards nothing does by \
            itself, either: that is `schedule add`. Ending it early takes a reason.
            """,
        example: """
            masthead article embargo 12 --until "2026-12-01 06:00"
            masthead article embargo 12 --lift --reason "The ministry published it today."
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "Until when, as in \"2026-12-01 06:00\".", transform: { try LocalDateTime($0) })
    var until: LocalDateTime?
    @OptionGroup var choice: OffsetOption
    @Flag(help: "End it now.") var lift = false
    @Option(help: "Why it ends before its time.") var reason: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (until != nil) != lift else { throw ValidationError("Say --until, or --lift.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let id = try target.id(db)
        let time = until.map { ClockTime($0, in: context.zone, offset: choice.offset) }
        let end = try EmbargoArticle(id, until: time, reason: reason, by: context.actor(db)).perform(db)
        return .record([("id", .id(id)), ("embargo_until", .time(end))])
    }
}

/// Which of two instants is meant, where the clocks are put back; or which side of an hour they jump over.
struct OffsetOption: ParsableArguments {
    @Option(
        help: "The offset from UTC that is meant, as in +01:00, where the wall shows the time twice.",
        transform: { try ClockTime.offset($0) })
    var offset: Int?
}

extension CorrectArticle.Kind: ExpressibleByArgument {}
extension ReasonClass: ExpressibleByArgument {}

extension Output {
    /// What went out.
    static func release(_ release: Release) -> Output {
        .record([
            ("id", .id(release.article)), ("revision", .integer(release.revision)), ("url", .text(release.path)),
            ("published_at", .time(release.releasedAt)), ("slug", .text(release.slug.text)),
            ("kind", .text(release.kind.rawValue)), ("release", .id(release.id)),
        ])
    }
}
