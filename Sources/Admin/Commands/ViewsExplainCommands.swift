import Access
import ArgumentParser
import Audience
import Newsroom
import Postgres
import Values

/// Lines of a log as somebody pastes or pipes them: bytes, because a log needn't be text.
struct LogLines: ExpressibleByArgument, Sendable {
    private var lines: [[UInt8]]?

    /// `-` is standard input, anything else the line itself.
    init?(argument: String) {
        if argument == "-" { return }
        lines = Self.split(Array(argument.utf8))
    }

    mutating func read(_ context: CommandContext) throws {
        if lines != nil { return }
        guard !context.runner.inputIsCommands else {
            throw Failure(
                .usage, "input_taken",
                "The commands come from standard input, so a log can't. Give the line between quotes.")
        }
        var bytes: [UInt8] = []
        while true {
            let chunk = try context.surroundings.read(1 << 16)
            if chunk.isEmpty { break }
            bytes += chunk
            guard bytes.count <= TextSource.limitBytes else {
                throw Failure(
                    .badData, "too_long",
                    "That is more than \(TextSource.limitBytes >> 20) MiB. Give single lines, for example with head.")
            }
        }
        lines = Self.split(bytes)
    }

    func checked() throws -> [[UInt8]] {
        let lines = lines ?? []
        guard lines.count <= ExplainLines.maximumLines else {
            throw Failure(
                .badData, "too_many_lines",
                "\(lines.count) lines are more than the \(ExplainLines.maximumLines) that are explained at once. "
                    + "Give fewer; 'views import' and 'views filtered' count whole logs.")
        }
        return lines
    }

    /// A newline ends a line; the last one may lack it.
    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
        if lines.count > 1, lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// `views explain`
struct ExplainViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "explain", "Says how one line of a log is read, and why it counts or doesn't.",
        more: """
            The line is read by the code that counts logs, with this database's sites and the list of bots as it is now. \
            Nothing is stored. A dash reads lines from standard input.

            address_from says whose address tells the visitor apart: peer (who connected), forwarded (who one of our \
            proxies, see the setting views.proxies, named in the quoted field right behind the agent), or proxy (one of \
            ours that named nobody else).

            A line that names no virtual host is taken for one of --site, else of 'localhost'. The key is the form of \
            the address under which views are counted; the hour is that of the site's clock.
            """,
        example: """
            masthead views explain '192.0.2.7 - - [01/Mar/2026:00:30:00 +0200] "GET /a/?utm_source=x HTTP/1.1" 200 9'
            grep ' /story' access.log | head -20 | masthead views explain - --site example.org
            """)
    static let access = DatabaseAccess.read

    @Argument(help: ArgumentHelp("The line, or - for lines on standard input.", valueName: "line")) var line: LogLines
    @Option(help: ArgumentHelp("All lines are views of this host.", valueName: "host")) var site: String?
    @Option(
        help: ArgumentHelp("What JSON lines call the parts of a request.", valueName: "part=name,…"),
        transform: { try JSONFields(parsing: $0) }) var fields: JSONFields?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try line.read(context) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let newsroom = try context.newsroom
        var options = try newsroom.logOptions(now: context.now)
        options.site = site
        options.fields = fields ?? .standard
        let explanations = try ExplainLines(try line.checked(), options).explanations(db)
        guard explanations.count == 1 else { return Output(Self.columns, explanations.map(Self.fields)) }
        return .record(Array(zip(Self.columns, Self.fields(explanations[0]))))
    }

    private static let columns: [Column] = [
        "counts", "outcome", "reason", "why", "site", "time", "hour", "day", "method", "target", "status", "key",
        Column("class", heading: "AGENT'S CLASS"), Column("pattern", heading: "BOT PATTERN"), "device",
        Column("source_kind", heading: "SOURCE"), Column("source", heading: "SOURCE NAME"), "referrer", "utm",
        "click_id", "address_from",
    ]

    private static func fields(_ explanation: LineExplanation) -> [Field] {
        let (outcome, reason) = words(explanation.result)
        let request = explanation.request
        let origin = explanation.origin
        let utm = origin.map { $0.utm.mapValues { JSON.string($0) } } ?? [:]
        return [
            .bool(explanation.counts), .text(outcome), .text(reason), .text(why(explanation)), .text(explanation.site),
            .time(explanation.time), .time(explanation.bucket), .date(explanation.day), .text(request?.method),
            .text(request?.target), request.map { .integer($0.status) } ?? .null, .text(request?.key),
            .text(explanation.agent?.kind.word), .text(explanation.agent?.pattern),
            .text(explanation.device?.word), .text(origin?.kind.rawValue),
            .text(origin?.name), .text(origin?.referrer), utm.isEmpty ? .null : .json(.object(utm)),
            .text(origin?.clickId), .text(explanation.addressRule?.rawValue),
        ]
    }

    private static func words(_ result: LineExplanation.Result) -> (String, String) {
        switch result {
        case .rejected(let reason): ("rejected", reason.word)
        case .excluded(let rule, _): ("excluded", rule.word)
        case .counted(let kind, _): ("class", kind.word)
        }
    }

    /// One sentence for an editor.
    private static func why(_ explanation: LineExplanation) -> String {
        switch explanation.result {
        case .rejected(let reason): ViewsWords.sentence(reason)
        case .excluded(.method, _): "Only GET is a view; this is \(explanation.request?.method ?? "another method")."
        case .excluded(.status, _):
            "Only 200, 203 and 304 are views; this was answered \(explanation.request?.status ?? 0)."
        case .excluded(.prefetch, _): "The browser fetched it in advance; nobody has asked to see it."
        case .excluded(.route, let route?): "The address isn't content: the route rule '\(route)' keeps it out."
        case .excluded(.route, nil): "The request isn't for an address of this site."
        case .counted(.human, _): "A page view."
        case .counted(let kind, let pattern?):
            "Counted as \(kind.word), not as readership: the agent matches '\(pattern)' of the list of bots."
        case .counted(.emptyAgent, nil): "Counted as empty_ua, not as readership: whoever asked didn't say who it is."
        case .counted(let kind, nil):
            "Counted as \(kind.word), not as readership: no browser calls itself that."
        }
    }
}

/// `views filtered`
struct FilteredViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "filtered", "What became of every line: page views, and what was left out and why.",
        more: """
            Each line has one end: a class, of which only human is shown as readership; the first rule that excluded \
            it, asked in the order method, status, prefetch, route; or the reason why it couldn't be read. They add up \
            to all lines. Lines whose time can't be read belong to no period.
            """,
        example: "masthead views filtered 2026-03 --site example.org")
    static let access = DatabaseAccess.read

    @Argument(
        help: ArgumentHelp("A year, month, day or hour; else everything.", valueName: "period"),
        transform: { try Period($0) }) var period: Period?
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        let lines = try LineAccounting(site: site, in: period).lines(db)
        let total = lines.reduce(0) { $0 + $1.lines }
        return Output(
            ["outcome", "reason", "lines", "percent", "shown"],
            lines.map { line in
                [
                    .text(line.kind), .text(line.word), .integer(line.lines),
                    LineAccounting.percent(line.lines, of: total).map { .number($0) } ?? .null,
                    .bool(line.kind == "class" && line.word == ViewClass.human.word),
                ]
            })
    }
}

/// `views rejected`
struct RejectedViewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "rejected", "Lines that couldn't be read, by reason, each with a masked sample.",
        more: """
            In a sample every letter is an 'a' and every digit a '0', so that it shows the shape of the line and nobody's \
            address. Lines whose time can't be read belong to no period.
            """,
        example: "masthead views rejected 2026-03-14")
    static let access = DatabaseAccess.read

    @Argument(
        help: ArgumentHelp("A year, month, day or hour; else everything.", valueName: "period"),
        transform: { try Period($0) }) var period: Period?
    @Option(help: ArgumentHelp("Only this host.", valueName: "host")) var site: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.viewsRead)
        return Output(
            ["reason", "lines", "meaning", "first", "last", "sample"],
            try RejectedLines(site: site, in: period).lines(db).map { line in
                [
                    .text(line.reason), .integer(line.lines),
                    .text(RejectReason.allCases.first { $0.word == line.reason }.map(ViewsWords.sentence)),
                    .time(line.first), .time(line.last), .text(line.sample),
                ]
            })
    }
}

/// `views bots`
struct BotsViewsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "bots", "The list of user agents that aren't readers: its version, or what it says of one agent.",
        more: """
            The version is stored with every batch that is counted. Behind our own patterns the crawlers of --bots, else \
            of the setting views.bots, are asked: a crawler-user-agents.json with regular expressions. Of several patterns that match, the one furthest up \
            in the list decides; '<' and '>' in a pattern are the start and the end of a word.
            """,
        example: "masthead views bots 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'")

    @Argument(help: ArgumentHelp("What a program calls itself.", valueName: "agent")) var agent: String?
    @Option(
        help: ArgumentHelp("A crawler-user-agents.json instead of that of the setting.", valueName: "file"),
        completion: .file()) var bots: String?
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        try await context.database.read { db in try context.actor(db).require(.viewsRead) }
        let newsroom = try context.newsroom
        let list = try newsroom.bots(crawlers: bots)
        guard let agent else {
            return .record([
                ("version", .text(list.version)), ("patterns", .integer(list.count)),
                ("expressions", .integer(list.expressionCount)),
                ("crawlers", .text(bots ?? newsroom.settings.viewsBots)),
            ])
        }
        let verdict = list.verdict(of: agent)
        return .record([
            ("version", .text(list.version)), ("class", .text(verdict.kind.word)), ("pattern", .text(verdict.pattern)),
            ("shown", .bool(verdict.kind == .human)),
        ])
    }
}

/// What the reasons mean, in words for an editor.
enum ViewsWords {
    static func sentence(_ reason: RejectReason) -> String {
        switch reason {
        case .empty: "The line is empty."
        case .format: "It isn't shaped like a line of the combined or common format, nor JSON that can be read."
        case .time: "Its time doesn't exist or isn't written as '17/May/2026:10:05:03 +0000'."
        case .future: "Its time is more than a day ahead: the server's clock is wrong."
        case .quote: "A quoted field doesn't end."
        case .request: "The request isn't a method, an address and a protocol: often an attack or TLS on a plain port."
        case .status: "The status isn't a number from 100 to 999."
        case .tooLong: "It is longer than any request a server takes."
        }
    }
}
