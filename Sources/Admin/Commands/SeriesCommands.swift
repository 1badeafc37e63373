import ArgumentParser
import Editorial
import Postgres
import Values

struct SeriesNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "series", "Instalments under one name.",
        verbs: [AddSeriesCommand.self, ListSeriesCommand.self, ShowSeriesCommand.self],
        example: "masthead series add week-ahead --name \"The Week Ahead\" --prefix \"The Week Ahead: \"")
}

/// Where a list goes on, and how far.
struct SlugPage: ParsableArguments {
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this slug.", transform: Slug.init) var after: Slug?

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }
}

/// A picture that stands for something: its bytes by hash, and what must stand with it.
struct StandingImageOptions: ParsableArguments {
    @Option(help: "The picture's SHA-256, as `image add` answers it.") var image: String?
    @Option(help: "What it shows, for who can't see it.") var alt: String?
    @Option(help: "Whose it is.") var credit: String?

    func validate() throws {
        guard (image == nil) == (alt == nil), (image == nil) == (credit == nil) else {
            throw ValidationError("--image, --alt and --credit go together.")
        }
    }

    var standing: StandingImage? {
        guard let image, let alt, let credit else { return nil }
        return StandingImage(media: image, alt: alt, credit: credit)
    }
}

struct AddSeriesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Begins a series.",
        example: "masthead series add week-ahead --name \"The Week Ahead\" --template week-ahead.md")
    static let access = DatabaseAccess.write

    @Argument(help: "The series' slug.", transform: Slug.init) var slug: Slug
    @Option(help: "The name readers see.") var name: String
    @Option(help: "What stands before each title.") var prefix: String?
    @Option(help: "The line under a headline that has none of its own.") var dek: String?
    @Option(help: "The text an instalment begins with: a file, or - for standard input.") var template: TextSource?
    @OptionGroup var picture: StandingImageOptions
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try template?.read(context) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let standing = AddSeries.Standing(
            prefix: prefix, dek: dek, art: picture.standing, bodyTemplate: try template?.text())
        let series = try AddSeries(slug, name: name, standing, by: context.actor(db)).perform(db)
        return .record([("slug", .text(series.slug.text)), ("name", .text(series.name))])
    }
}

struct ListSeriesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Series by slug, with how many articles they hold.", example: "masthead series list")
    static let access = DatabaseAccess.read

    @OptionGroup var page: SlugPage
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let found = try Series.list(db, for: context.actor(db), after: page.after, limit: page.limit)
        return Output(
            ["slug", "name", "prefix", "articles"],
            found.map { series, articles in
                [.text(series.slug.text), .text(series.name), .text(series.prefix), .integer(articles)]
            })
    }
}

struct ShowSeriesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows what a series' instalments share.", example: "masthead series show week-ahead")
    static let access = DatabaseAccess.read

    @Argument(help: "The series' slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        let series = try Series.find(db, slug)
        return .record([
            ("slug", .text(series.slug.text)), ("name", .text(series.name)), ("prefix", .text(series.prefix)),
            ("dek", .text(series.dek)), ("art", .text(series.art)), ("art_alt", .text(series.artAlt)),
            ("art_credit", .text(series.artCredit)), ("template", .text(series.bodyTemplate)),
        ])
    }
}

struct TopicNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "topic", "What stories are about, across sections.",
        verbs: [AddTopicCommand.self, ListTopicsCommand.self],
        example: "masthead topic add energy --name Energy")
}

struct AddTopicCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds a topic.", example: "masthead topic add energy --name Energy")
    static let access = DatabaseAccess.write

    @Argument(help: "The topic's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "The name readers see.") var name: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let topic = try AddTopic(slug, name: name, by: context.actor(db)).perform(db)
        return .record([("slug", .text(topic.slug.text)), ("name", .text(topic.name))])
    }
}

struct ListTopicsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb("list", "Topics by slug.", example: "masthead topic list")
    static let access = DatabaseAccess.read

    @OptionGroup var page: SlugPage
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        return Output(
            ["slug", "name"],
            try Topic.list(db, after: page.after, limit: page.limit).map { [.text($0.slug.text), .text($0.name)] })
    }
}

struct PlaceArticleCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "place", "Files an article under a series, topics and regions.",
        more: "Topics and regions given replace those it had; what isn't named stays.",
        example: "masthead article place 12 --series week-ahead --topic energy --topic trade --region eu")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The series' slug.", transform: Slug.init) var series: Slug?
    @Flag(help: "Take it out of its series.") var noSeries = false
    @Option(help: "A topic's slug; may be given several times.", transform: Slug.init) var topic: [Slug] = []
    @Flag(help: "Take all its topics away.") var noTopics = false
    @Option(help: "A region of the world, a word of the house; several times.", transform: Slug.init)
    var region: [Slug] = []
    @Flag(help: "Take all its regions away.") var noRegions = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard series == nil || !noSeries, topic.isEmpty || !noTopics, region.isEmpty || !noRegions else {
            throw ValidationError("An option and its --no- twin contradict each other.")
        }
        guard series != nil || noSeries || !topic.isEmpty || noTopics || !region.isEmpty || noRegions else {
            throw ValidationError("Say --series, --topic, --region or one of the --no- flags.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = PlaceArticle.Change()
        if let series { change.series = .some(series) } else if noSeries { change.series = .some(nil) }
        if !topic.isEmpty || noTopics { change.topics = topic }
        if !region.isEmpty || noRegions { change.regions = region }
        let placed = try PlaceArticle(target.id(db), change, by: context.actor(db)).perform(db)
        return .record([
            ("id", .id(placed.article.id)), ("section", .text(placed.article.section?.text)),
            ("series", .text(placed.series?.text)),
            ("topics", .json(.array(placed.topics.map { .string($0.text) }))),
            ("regions", .json(.array(placed.regions.map(JSON.string)))),
        ])
    }
}
