import Access
import ArgumentParser
import Fundraising
import Journal
import Postgres
import Values

struct EventsNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "events", "What the payment processor told us, and what came of it.",
        verbs: [
            ListEventsCommand.self, ShowEventCommand.self, ReceiveEventCommand.self, ReplayEventCommand.self,
            RetryEventsCommand.self,
        ],
        example: """
            masthead events list --state parked
            masthead events receive event.json --signature "t=1767225600,v1=…" --secret-file endpoint.secret
            """, aliases: ["inbox"])
}

/// `events list`
struct ListEventsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists events, the latest received first.",
        more: """
            new: not tried yet; applied; ignored: nothing to do; parked: waits for something it names, and is tried \
            again when that comes; dead: somebody has to look, then `events retry`.
            """, example: "masthead events list --state parked")
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: InboxEvent.State.self)).", transform: Choice.word) var state: InboxEvent.State?
    @Option(help: "Only those of this type, as in charge.succeeded.") var type: String?
    @Flag(help: "Only those under whose id another body came as well.") var conflicting = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the event of this id.", transform: ListPage.id) var after: ID<InboxEvent>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var events = Events()
        events.state = state
        events.type = type
        events.conflicting = conflicting
        return Output(
            EventLines.columns,
            try events.list(db, for: context.actor(db), after: after, limit: limit).map(EventLines.fields))
    }
}

/// `events show`
struct ShowEventCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows an event with the money that came of it.",
        more: "--body prints what was received, byte for byte unless it had to be redacted, and nothing else.",
        example: "masthead events show 12")
    static let access = DatabaseAccess.read

    @Argument(help: "The event's id.", transform: ListPage.id) var id: ID<InboxEvent>
    @Flag(help: "Print the body alone.") var body = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        if body {
            return .document(String(decoding: try Events.body(db, of: id, for: actor), as: UTF8.self))
        }
        let event = try Events.find(db, id, for: actor)
        let entries = try Events.entries(db, of: id, for: actor).map { entry -> JSON in
            [
                "id": .integer(entry.id.rawValue), "kind": .string(entry.kind),
                "amount_minor": .integer(entry.amount.minor), "currency": .string(entry.amount.currency.code),
            ]
        }
        return .record(
            zip(EventLines.columns, EventLines.fields(event)).map { ($0, $1) } + [("entries", .json(.array(entries)))])
    }
}

/// `events receive`
struct ReceiveEventCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "receive", "Takes in a signed event as the web address does: checks, stores, applies.",
        more: """
            For trying things out, and for events that a fallen server missed. The file holds the body byte for byte; \
            --signature is the header Stripe-Signature. The secret is better read from a file than written where \
            others on the machine can see it.
            """,
        example: "masthead events receive event.json --signature \"t=1767225600,v1=…\" --secret-file endpoint.secret")

    @Argument(help: "The body.", completion: .file(extensions: ["json"])) var file: String
    @Option(help: "The header Stripe-Signature.") var signature: String
    @Option(help: "The endpoint's secret; twice while it is being changed.") var secret: [String] = []
    @Option(help: "A file with the endpoint's secrets, one a line.", completion: .file()) var secretFile: TextSource?
    @Option(help: "Our name for the address it would have come to.") var endpoint = "default"
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !secret.isEmpty || secretFile != nil else {
            throw ValidationError("Say the endpoint's secret: --secret-file or --secret.")
        }
    }

    mutating func prepare(_ context: CommandContext) throws {
        try secretFile?.read(context)
    }

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        let origin = try await database.read { db in
            let actor = try context.actor(db)
            try actor.require(.eventHandle)
            return actor.origin
        }
        let lines = try secretFile?.text().split(whereSeparator: \.isNewline).map(String.init) ?? []
        let event = try ReceiveEvent(
            GivenFile.bytes(file, atMost: ReceiveEvent.largestBody), signature: signature, secrets: secret + lines,
            endpoint: endpoint, now: context.now)
        let receipt = try await database.transaction { db in try event.perform(db) }
        if case .conflicting(let id) = receipt {
            context.tell("Another body came under the id of event \(id) before: that one counts.")
        }
        _ = try await database.transaction { db in try ApplyEvent(receipt.id, by: origin).perform(db) }
        try await EventLines.drain(database, by: origin)
        return try await database.read { db in
            let event = try Events.find(db, receipt.id, for: context.actor(db))
            return .record(zip(EventLines.columns, EventLines.fields(event)).map { ($0, $1) })
        }
    }
}

/// `events replay`
struct ReplayEventCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "replay", "Applies what is in line: events nobody has tried yet, and those that were woken.",
        more: "`events receive` and imports of a processor's files do this too; here it is for what was left in line.",
        example: "masthead events replay")

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let database = try context.database
        let origin = try await database.read { db in
            let actor = try context.actor(db)
            try actor.require(.eventHandle)
            return actor.origin
        }
        let states = try await EventLines.drain(database, by: origin)
        return .record(
            [("tried", .integer(states.count))]
                + InboxEvent.State.allCases.filter { $0 != .new }.map { state in
                    (Column(stringLiteral: state.rawValue), .integer(states.count { $0 == state }))
                })
    }
}

/// `events retry`
struct RetryEventsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "retry", "Puts a parked or dead event in line again, or all of them.",
        more: "Applying an event twice moves no money twice. `events replay` then applies what is in line.",
        example: "masthead events retry 12")
    static let access = DatabaseAccess.write

    @Argument(help: "The event's id.", transform: ListPage.id) var id: ID<InboxEvent>?
    @Flag(help: "All that are parked or dead.") var all = false
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (id != nil) != all else { throw ValidationError("Name one event, or say --all.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .record([("in_line", .integer(try RetryEvents(id, by: context.actor(db)).perform(db)))])
    }
}

/// An event as a line, and working off those in line.
enum EventLines {
    static let columns: [Column] = [
        "id", "state", "type", "event", "endpoint", "live", "occurred_at", "received_at", "attempts", "conflicts",
        "waits_for", "reason",
    ]

    static func fields(_ event: InboxEvent) -> [Field] {
        [
            .id(event.id), .text(event.state.rawValue), .text(event.type), .text(event.eventID),
            .text(event.endpoint), .bool(event.isLive), .time(event.occurredAt), .time(event.receivedAt),
            .integer(event.attempts), .integer(event.conflicts), .json(.array(event.waitsFor.map(JSON.string))),
            .text(event.reason),
        ]
    }

    /// Applies events until none is in line, each in a transaction of its own.
    @discardableResult
    static func drain(_ database: Database, by origin: Origin) async throws -> [InboxEvent.State] {
        var states: [InboxEvent.State] = []
        while true {
            let applied = try await database.transaction { db in try ApplyEvent(by: origin).perform(db) }
            guard let applied else { return states }
            states.append(applied.state)
        }
    }
}
