import ArgumentParser
import Editorial
import Postgres
import Values

struct CollectionNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "collection", "Specials: a page with pinned members and members that a rule brings.",
        verbs: [
            AddCollectionCommand.self, PinCommand.self, UnpinCommand.self, RuleCommand.self, CloseCommand.self,
            ShowCollectionCommand.self, ListCollectionsCommand.self,
        ],
        example: """
            masthead collection add elections-2026 --title "Elections 2026"
            masthead collection rule elections-2026 --topic elections
            """)
}

/// A day or a wall time on the publication's wall, as an instant.
struct WallTime: ExpressibleByArgument {
    private let wall: LocalDateTime

    init?(argument: String) {
        // What it should look like the option's help says.
        if let wall = try? LocalDateTime(argument) {
            self.wall = wall
        } else if let day = try? LocalDate(argument) {
            wall = LocalDateTime(date: day, secondOfDay: 0)
        } else {
            return nil
        }
    }

    func instant(in zone: Zone) throws -> Timestamp {
        try Due(wall, in: zone).instant()
    }
}

struct AddCollectionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Makes a special.",
        more: "--from is when its page opens; a rule takes in what first goes public between --from and --until.",
        example: "masthead collection add elections-2026 --title \"Elections 2026\" --from 2026-09-01")
    static let access = DatabaseAccess.write

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "The title readers see.") var title: String
    @Option(help: "What it is about, in Markdown: a file, or - for standard input.") var intro: TextSource?
    @OptionGroup var picture: StandingImageOptions
    @Option(help: "From then on: 2026-09-01, or 2026-09-01 09:00.") var from: WallTime?
    @Option(help: "Until before then.") var until: WallTime?
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try intro?.read(context) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .place(
            of: try AddCollection(
                slug, title: title, intro: intro?.text(), image: picture.standing,
                opens: from?.instant(in: context.zone), ends: until?.instant(in: context.zone),
                by: context.actor(db)
            ).perform(db))
    }
}

struct PinCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "pin", "Puts an article on a special's page by hand.",
        example: "masthead collection pin elections-2026 12 --position 1")
    static let access = DatabaseAccess.write

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var target: ArticleArgument
    @Option(help: "Its place among the pinned, from 1.") var position: Int = 1
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .place(
            of: try PinArticle(target.id(db), in: slug, .pinned(position), by: context.actor(db)).perform(db))
    }
}

struct UnpinCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "unpin", "Takes a pinned article off again; a rule may still bring it.",
        example: "masthead collection unpin elections-2026 12")
    static let access = DatabaseAccess.write

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .place(of: try PinArticle(target.id(db), in: slug, .unpinned, by: context.actor(db)).perform(db))
    }
}

struct RuleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "rule", "Has a special take articles in by itself.",
        more: "An article belongs that answers to all words of one rule; several rules each bring theirs.",
        example: "masthead collection rule elections-2026 --topic elections --section world")
    static let access = DatabaseAccess.write

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "Of this section.", transform: Slug.init) var section: Slug?
    @Option(help: "Of this series.", transform: Slug.init) var series: Slug?
    @Option(help: "About this topic.", transform: Slug.init) var topic: Slug?
    @Option(help: "With this contributor's byline.", transform: Slug.init) var contributor: Slug?
    @Option(help: "With this tag.") var tag: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard section != nil || series != nil || topic != nil || contributor != nil || tag != nil else {
            throw ValidationError("Say --section, --series, --topic, --contributor or --tag.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let rule = AddCollectionRule.Rule(
            section: section, series: series, topic: topic, contributor: contributor, tag: tag)
        return .place(of: try AddCollectionRule(rule, to: slug, by: context.actor(db)).perform(db))
    }
}

struct CloseCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "close", "Closes a special: nothing new comes in, its page stays.",
        example: "masthead collection close elections-2026")
    static let access = DatabaseAccess.write

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .place(of: try CloseCollection(slug, by: context.actor(db)).perform(db))
    }
}

struct ShowCollectionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "What readers find on a special's page now.", example: "masthead collection show elections-2026")
    static let access = DatabaseAccess.read

    @Argument(help: "The collection's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "At most so many, up to 1000.") var limit: Int = 100
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        let members = try Collection.find(db, slug).members(db, limit: limit)
        return Output(
            ["id", "title", "url", "position", "published_at"],
            members.map { member in
                [
                    .id(member.article), .text(member.title), .text(member.path),
                    .integer(member.position.map(Int64.init)), .time(member.firstPublishedAt),
                ]
            })
    }
}

struct ListCollectionsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Specials by slug.", example: "masthead collection list")
    static let access = DatabaseAccess.read

    @OptionGroup var page: SlugPage
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let found = try Collection.list(db, for: context.actor(db), after: page.after, limit: page.limit)
        return Output(
            ["slug", "title", "from", "until", "closed_at"],
            found.map { collection in
                [
                    .text(collection.slug.text), .text(collection.title), .time(collection.opens),
                    .time(collection.ends), .time(collection.closedAt),
                ]
            })
    }
}

extension Output {
    fileprivate static func place(of collection: Collection) -> Output {
        .record([
            ("slug", .text(collection.slug.text)), ("title", .text(collection.title)),
            ("from", .time(collection.opens)), ("until", .time(collection.ends)),
            ("closed_at", .time(collection.closedAt)),
        ])
    }
}
