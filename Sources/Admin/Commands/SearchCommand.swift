import ArgumentParser
import Editorial
import Newsroom
import Postgres
import Values

struct SearchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "search", "Finds words in texts, notes, comments and pitches, best first.",
        more: """
            Words are looked for with their endings; "in quotes" as they stand; -word leaves out, or means either, \
            ferr* begins so. Everybody finds what is public, and of drafts what he may read. --public finds what \
            readers find, whoever asks. The last column of the last line, given to --after, brings the next page.
            """,
        example: """
            masthead search "ferry -tram" --section world
            masthead search '"the last ferry"' --public
            """)
    static let access = DatabaseAccess.read

    @Argument(help: "What to look for.") var words: String
    @Flag(help: "Only what readers find.") var `public` = false
    @Option(help: "Only in this section.", transform: Slug.init) var section: Slug?
    @Option(help: "At most so many, up to 200.") var limit: Int = 20
    @Option(help: "The last column of the page before.", transform: PageCursor.init) var after: PageCursor?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit is between 1 and 200.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var search = try Search(words)
        search.section = section
        let hits =
            try `public`
            ? search.public(db, after: after, limit: limit)
            : search.all(db, for: context.actor(db), after: after, limit: limit)
        return Output(
            ["id", "title", "section", "url", "found_in", "snippet", "page"],
            hits.map { hit in
                [
                    .id(hit.article), .text(hit.title), .text(hit.section?.text), .text(hit.path),
                    .text(hit.source.rawValue), .text(hit.snippet.text), .text(hit.cursor.text),
                ]
            })
    }
}

struct CalendarNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "calendar", "What lies ahead.", verbs: [CalendarWeekCommand.self],
        example: "masthead calendar week 2026-W48")
}

struct CalendarWeekCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "week", "A week's plan with its story budget: words, art, fee, who.",
        more: "Fees are there for who may read them.", example: "masthead calendar week 2026-W48")
    static let access = DatabaseAccess.read

    @Argument(help: "The week; this one unless given.", transform: Week.init) var week: Week?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let wanted = week ?? Week(containing: context.zone.date(at: context.now))
        let entries = try Calendar.week(db, wanted, in: context.zone, for: context.actor(db))
        return Output(
            [
                "day", "at", "event", "detail", "article", "title", "status", "section", "words", "art", "fee", "owner",
            ],
            entries.map { entry in
                let story = entry.article
                return [
                    .date(context.zone.date(at: entry.at)), .time(entry.at), .text(entry.kind.rawValue),
                    .text(entry.detail), .integer(story?.id.rawValue), .text(story?.title),
                    .text(story?.status.rawValue), .text(story?.section?.text),
                    .integer((story?.words).map(Int64.init)), story.map { .bool($0.hasArt) } ?? .null,
                    .text(story?.fees?.map(\.description).joined(separator: ", ")), .text(entry.owner?.text),
                ]
            })
    }
}
