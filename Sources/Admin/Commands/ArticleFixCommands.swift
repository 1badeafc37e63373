public import ArgumentParser
public import Editorial
import Postgres
import Values

struct FixArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "fix", "Mends what is public while a draft waits.",
        more: """
            The fix is made of the public text and has none of the draft's changes. It needs approvals of its own \
            (`approval give 12 --revision N`), then `article publish 12 --revision N` or `article correct 12`. What \
            isn't named stays as it is in public.
            """,
        example: "masthead article fix 12 --body fixed.md --note \"The minister's name\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The headline.") var title: String?
    @Option(help: "The line under the headline.") var dek: String?
    @Option(help: "The text in Markdown: a file, or - for standard input.") var body: TextSource?
    @Option(help: "Who is credited, in order: SLUG or SLUG:ROLE.", transform: SaveRevision.Credit.init)
    var byline: [SaveRevision.Credit] = []
    @Option(help: "A note for the history.") var note: String?
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws {
        try body?.read(context)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let change = SaveRevision.Change(
            title: title, dek: dek, body: try body?.text(), bylines: byline.isEmpty ? nil : byline, note: note)
        let saved = try FixArticle(target.id(db), change, by: context.actor(db)).perform(db)
        return .record([
            ("id", .id(saved.revision.article)), ("revision", .integer(saved.revision.number)),
            ("of", .integer(saved.revision.parent.map(Int64.init))), ("hash", .text(saved.revision.hashText)),
            ("new", .bool(saved.isNew)),
        ])
    }
}

struct RebaseArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "rebase", "Takes into the draft what became public since it was begun.",
        more: """
            Lines that only one side changed are taken. Where both did, nothing is written and the places are shown: \
            give the resolved text with --body, and say with --prefer whose other fields stand.
            """,
        example: """
            masthead article rebase 12
            masthead article rebase 12 --body resolved.md --prefer ours
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The resolved text in Markdown: a file, or - for standard input.") var body: TextSource?
    @Option(help: "ours for the draft's fields, theirs for the public ones, where both changed one.")
    var prefer: Merge.Side?
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws {
        try body?.read(context)
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let revision = try RebaseArticle(
            target.id(db), body: try body?.text(), preferring: prefer, by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(revision.article)), ("revision", .integer(revision.number)),
            ("hash", .text(revision.hashText)), ("note", .text(revision.note)),
        ])
    }
}

struct SeenArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "seen", "What readers saw at an address at an instant.",
        more: """
            From releases and paths alone, also for old addresses and for what was taken away since. A time without \
            an offset is that of the publication's wall.
            """,
        example: "masthead article seen /2026/03/the-dam --at \"2026-03-05 12:00\"")
    static let access = DatabaseAccess.read

    @Argument(help: "A path, or a whole URL.") var address: String
    @Option(help: "The instant: 2026-03-05T12:00:00+01:00, or a time on the wall.") var at: String
    @OptionGroup var choice: OffsetOption
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        // A wall time says nothing of the offset, so it isn't a timestamp; which of the two it is decides the form.
        let local = try? LocalDateTime(at)
        let instant = try local.map { try ClockTime($0, in: context.zone, offset: choice.offset).instant() }
        let seen = try Seen.at(db, address, instant ?? Timestamp(iso8601: at), for: context.actor(db))
        let (word, leads) = Self.words(seen.answer)
        return .record([
            ("path", .text(seen.path)), ("at", .time(seen.instant)), ("answer", .text(word)),
            ("leads_to", .text(leads)), ("article", seen.source.map { .id($0.article) } ?? .null),
            ("release", seen.source.map { .id($0.release) } ?? .null),
            ("kind", .text(seen.source?.kind.rawValue)),
            ("revision", .integer(seen.source.map { Int64($0.revision) })),
            ("released_at", .time(seen.source?.releasedAt)), ("intended_at", .time(seen.source?.intendedAt)),
            ("title", .text(seen.source?.title)), ("html", .text(seen.source?.html)),
        ])
    }

    private static func words(_ answer: Seen.Answer) -> (word: String, leads: String?) {
        switch answer {
        case .nothing: ("nothing", nil)
        case .page(let status): (status.rawValue, nil)
        case .redirect(let path): ("redirect", path)
        case .gone(let reason): ("gone", reason?.rawValue)
        }
    }
}

extension Merge.Side: ExpressibleByArgument {}
