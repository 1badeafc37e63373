import ArgumentParser
import Editorial
import Postgres
import Values

struct PitchNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "pitch", "What strangers and contributors offer.",
        verbs: [
            AddPitchCommand.self, ListPitchesCommand.self, ShowPitchCommand.self, AcceptPitchCommand.self,
            DeclinePitchCommand.self, TemplateCommand.self, TemplatesCommand.self,
        ],
        example: """
            masthead pitch add --eml offer.eml
            masthead pitch list
            """)
}

struct AddPitchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Takes a pitch in, from a mail's file or as typed.",
        more: """
            Of a mail are kept: the sender, subject, date and words, and the names of what hung on it. The same mail \
            is taken in once.
            """,
        example: """
            masthead pitch add --eml offer.eml
            masthead pitch add --from ann@example.org --title "The last ferry" --text pitch.md
            """)
    static let access = DatabaseAccess.write

    @Option(help: "The mail's file.", completion: .file(extensions: ["eml"])) var eml: String?
    @Option(help: "Who offers it.", transform: EmailAddress.init) var from: EmailAddress?
    @Option(help: "The name of who offers it.") var name: String?
    @Option(help: "What it is about.") var title: String?
    @Option(help: "The words: a file, or - for standard input.") var text: TextSource?
    @OptionGroup var global: GlobalOptions
    private var bytes: [UInt8]?

    private enum CodingKeys: CodingKey {
        case eml, from, name, title, text, global
    }

    func validate() throws {
        let typed = from != nil && title != nil
        guard (eml != nil) != typed, eml == nil || (from == nil && title == nil && name == nil && text == nil) else {
            throw ValidationError("Say --eml FILE, or --from and --title.")
        }
    }

    mutating func prepare(_ context: CommandContext) throws {
        try text?.read(context)
        if let eml { bytes = try GivenFile.bytes(eml, atMost: MailMessage.longest) }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let message: MailMessage
        if let bytes {
            message = try MailMessage(eml: bytes)
        } else if let from, let title {
            message = try MailMessage(name: name ?? "", email: from, title: title, text: text?.text() ?? "")
        } else {
            throw Failure(.fault, "fault", "Neither a mail nor a title was given.")
        }
        return .pitch(try AddPitch(message, by: context.actor(db)).perform(db))
    }
}

struct ListPitchesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Pitches that wait for an answer, the oldest first.", example: "masthead pitch list")
    static let access = DatabaseAccess.read

    @Option(help: "\(Choice.words(of: Pitch.Status.self)); waiting unless said.", transform: Choice.word)
    var status: Pitch.Status = .waiting
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this number.", transform: PitchArgument.id) var after: ID<Pitch>?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let found = try Pitch.list(db, status: status, for: context.actor(db), after: after, limit: limit)
        return Output(
            ["id", "received_at", "from", "name", "title", "article"],
            found.map { pitch in
                [
                    .id(pitch.id), .time(pitch.receivedAt), .text(pitch.email), .text(pitch.name),
                    .text(pitch.title), .integer(pitch.article?.rawValue),
                ]
            })
    }
}

/// A pitch by its number.
struct PitchArgument: ParsableArguments {
    @Argument(help: "The pitch's number.", transform: Self.id) var pitch: ID<Pitch>

    static func id(_ text: String) throws -> ID<Pitch> {
        guard let id = ID<Pitch>(text: text) else { throw ValidationError("A pitch is a number; not '\(text)'.") }
        return id
    }
}

struct ShowPitchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a pitch with its words.", example: "masthead pitch show 3")
    static let access = DatabaseAccess.read

    @OptionGroup var target: PitchArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .pitch(try Pitch.find(db, target.pitch, for: context.actor(db)))
    }
}

struct AcceptPitchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "accept", "Takes a pitch on: it becomes an article.",
        example: "masthead pitch accept 3 --section world --kind reporting")
    static let access = DatabaseAccess.write

    @OptionGroup var target: PitchArgument
    @Option(help: "The section's slug.", transform: Slug.init) var section: Slug
    @Option(help: "What it is to be.") var kind: Article.Kind
    @Option(help: "The working title; the pitch's unless given.") var title: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .pitch(
            try AcceptPitch(
                target.pitch, section: section, kind: kind, title: title, by: context.actor(db)
            ).perform(db).pitch)
    }
}

struct DeclinePitchCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "decline", "Declines a pitch with one of the house's letters.",
        more: "The mail waits in the outbox until something sends it.",
        example: "masthead pitch decline 3 --template no-thanks")
    static let access = DatabaseAccess.write

    @OptionGroup var target: PitchArgument
    @Option(help: "The letter's name; see `pitch templates`.", transform: Slug.init) var template: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .pitch(try DeclinePitch(target.pitch, template: template, by: context.actor(db)).perform(db))
    }
}

struct TemplateCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "template", "Writes one of the house's letters, or writes it anew.",
        example: "masthead pitch template too-late --subject \"Your pitch\" --body too-late.txt")
    static let access = DatabaseAccess.write

    @Argument(help: "The letter's name.", transform: Slug.init) var name: Slug
    @Option(help: "The mail's subject.") var subject: String
    @Option(help: "The words: a file, or - for standard input.") var body: TextSource
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try body.read(context) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let template = try WritePitchTemplate(
            name, subject: subject, body: body.text(), by: context.actor(db)
        ).perform(db)
        return .record([("name", .text(template.name.text)), ("subject", .text(template.subject))])
    }
}

struct TemplatesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "templates", "The house's letters.", example: "masthead pitch templates")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["name", "subject", "body"],
            try PitchTemplate.list(db, for: context.actor(db)).map {
                [.text($0.name.text), .text($0.subject), .text($0.body)]
            })
    }
}

extension Output {
    fileprivate static func pitch(_ pitch: Pitch) -> Output {
        let attachments = pitch.attachments.map { item in
            JSON.object([
                "name": .string(item.name), "type": .string(item.type), "size": .integer(Int64(item.size)),
            ])
        }
        return .record([
            ("id", .id(pitch.id)), ("status", .text(pitch.status.rawValue)), ("from", .text(pitch.email)),
            ("name", .text(pitch.name)), ("title", .text(pitch.title)), ("sent_at", .time(pitch.sentAt)),
            ("received_at", .time(pitch.receivedAt)), ("article", .integer(pitch.article?.rawValue)),
            ("template", .text(pitch.template)), ("attachments", .json(.array(attachments))),
            ("text", .text(pitch.body)),
        ])
    }
}
