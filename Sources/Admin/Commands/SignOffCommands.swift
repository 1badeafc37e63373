import Access
import ArgumentParser
import Editorial
import Journal
import Postgres
import Values

struct SignOffNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "signoff", "A yes or a no from somebody without an account, by a link that works once.",
        verbs: [
            CreateSignOffCommand.self, ListSignOffsCommand.self, LogOfSignOffsCommand.self, RevokeSignOffCommand.self,
            ShowSignOffCommand.self, GiveSignOffCommand.self, RefuseSignOffCommand.self,
        ],
        example: """
            masthead signoff create 12 --contributor ann-example --kind author --expires 72h
            masthead signoff list 12
            """)
}

struct CreateSignOffCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "create", "Makes a link for one person and the current text, and shows its secret, this once.",
        more: """
            An author signs as the contributor he is bylined as: his yes is the author's approval. A lawyer or expert \
            from outside (--name, --email; kinds legal and fact) can only recommend, unless the policy counts a yes by \
            link. An edit makes the link useless. Whoever makes a link could use it: `signoff list` and `article \
            history` say who made which.
            """,
        example: """
            masthead signoff create 12 --contributor ann-example --kind author --expires 72h
            masthead signoff create 12 --kind legal --name "Lee Example" --email lee@example.com --until "2026-12-01 17:00"
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "author, legal or fact.") var kind: ApprovalKind
    @Option(help: "Who signs as an author.", transform: Slug.init) var contributor: Slug?
    @Option(help: "Who signs from outside.") var name: String?
    @Option(help: "Where the link is sent.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "For how long: 72h, 3d or 90m.", transform: Self.seconds) var expires: Int64?
    @Option(help: "Until when, as in \"2026-12-01 17:00\".", transform: { try LocalDateTime($0) })
    var until: LocalDateTime?
    @Option(help: "Which of two instants --until means, as in +01:00.", transform: Due.offset) var offset: Int?
    @Option(help: "A word to whoever signs.") var note: String?
    @OptionGroup var global: GlobalOptions

    private static func seconds(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), text.count <= 6,
            let count = ID<SignOff>(text: text.dropLast())
        else { throw ValueError(kind: "duration", value: text, reason: "write it as 72h, 3d or 90m") }
        return count.rawValue * unit
    }

    func validate() throws {
        guard (expires == nil) != (until == nil) else {
            throw ValidationError("Say how long the link is good: --expires 72h, or --until \"2026-12-01 17:00\".")
        }
        guard until != nil || offset == nil else { throw ValidationError("--offset says more about --until.") }
        guard (contributor != nil) != (name != nil || email != nil), (name == nil) == (email == nil) else {
            throw ValidationError("Say who signs: --contributor, or --name and --email.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let signer: SignOff.Signer
        if let contributor {
            signer = .contributor(contributor)
        } else if let name, let email {
            signer = .outside(name: name, email: email)
        } else {
            throw Failure(.usage, "usage", "Say who signs: --contributor, or --name and --email.")
        }
        let due = until.map { CreateSignOff.Until.wall(Due($0, in: context.zone, offset: offset)) }
        let secret = TokenSecret.random()
        let link = try CreateSignOff(
            secret, target.id(db), kind: kind, for: signer, until: due ?? .seconds(expires ?? 0), note: note,
            by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(link.id)), ("article", .id(link.article)), ("revision", .integer(link.revision)),
            ("hash", .text(link.hashText)), ("kind", .text(link.kind.rawValue)), ("name", .text(link.name)),
            ("expires_at", .time(link.expiresAt)), ("secret", .text(secret.text)),
        ])
    }
}

struct ListSignOffsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "The links of an article, and what became of each.",
        more: "stale: the text was edited since. denials: how often it was tried after it had ended.",
        example: "masthead signoff list 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let links = try SignOff.list(db, target.id(db), for: context.actor(db))
        return Output(
            [
                "id", "kind", "name", "contributor", "email", "revision", "state", "expires_at", "ended_at", "looks",
                "denials", "made_by", "made_at", "note",
            ],
            links.map { link in
                [
                    .id(link.id), .text(link.kind.rawValue), .text(link.name), .text(link.contributor?.text),
                    .text(link.email), .integer(link.revision), .text(link.state.rawValue), .time(link.expiresAt),
                    .time(link.endedAt), .integer(link.looks), .integer(link.denials), .text(link.createdBy.text),
                    .time(link.createdAt), .text(link.note),
                ]
            })
    }
}

struct LogOfSignOffsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "log", "Every look at an article's links, every use, and every refusal with its reason.",
        example: "masthead signoff log 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        Output(
            ["at", "link", "event", "reason", "by", "via"],
            try SignOff.log(db, target.id(db), for: context.actor(db)).map { event in
                [
                    .time(event.at), .id(event.link), .text(event.event), .text(event.reason), .text(event.by?.text),
                    .text(event.via),
                ]
            })
    }
}

struct RevokeSignOffCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "revoke", "Ends a link that wasn't used.", example: "masthead signoff revoke 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The link's number.", transform: Self.id) var link: ID<SignOff>
    @OptionGroup var global: GlobalOptions

    private static func id(_ text: String) throws -> ID<SignOff> {
        guard let id = ID<SignOff>(text: text) else {
            throw ValueError(kind: "link", value: text, reason: "write its number, as in 3")
        }
        return id
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let ended = try RevokeSignOff(link, by: context.actor(db)).perform(db)
        return .record([
            ("id", .id(ended.id)), ("article", .id(ended.article)), ("state", .text(ended.state.rawValue)),
        ])
    }
}

/// The secret of a link. Never an argument: other users of the machine see those.
struct LinkSecret: ParsableArguments {
    static let variable = "SIGNOFF_TOKEN"

    @Option(help: "- reads the secret from standard input, as it does when SIGNOFF_TOKEN isn't set.")
    var token: String?

    func validate() throws {
        guard token == nil || token == "-" else {
            throw ValidationError(
                "The secret isn't given on the command line, where others could read it. Give --token - and the secret "
                    + "on standard input, or set \(Self.variable).")
        }
    }

    /// What was read, for `prepare`.
    func read(_ context: CommandContext) throws -> TokenSecret {
        if token == nil, let text = context.surroundings.environment[Self.variable], !text.isEmpty {
            return TokenSecret(text: text)
        }
        guard var input = TextSource(argument: "-") else {
            throw Failure(.fault, "fault", "Standard input isn't there.")
        }
        try input.read(context)
        let line = try input.text().split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        return TokenSecret(text: line)
    }

    /// Does it in a transaction of its own, which is kept also when the link is turned away: the log has it.
    static func use(
        _ secret: TokenSecret?, _ act: UseSignOff.Act, _ context: CommandContext
    ) async throws -> UseSignOff.Outcome {
        guard let secret else { throw Failure(.fault, "fault", "A secret was used before it was read.") }
        let use = UseSignOff(secret, act, via: .cli, systemUser: context.systemUser)
        let outcome = try await context.database.transaction { db in try use.perform(db) }
        if let error = outcome.error { throw error }
        return outcome
    }
}

struct ShowSignOffCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "The very text a link is bound to. Needs no account.",
        more: "state is open, or stale when the text was edited since: then ask for a new link.",
        example: "masthead signoff show --token - < secret")

    @OptionGroup var secret: LinkSecret
    @OptionGroup var global: GlobalOptions
    private var read: TokenSecret?

    mutating func prepare(_ context: CommandContext) throws { read = try secret.read(context) }

    func run(_ context: CommandContext) async throws -> Output {
        guard case .shown(let bound) = try await LinkSecret.use(read, .look, context) else { return .none }
        let content = bound.revision.content
        let bylines = content.bylines.map { JSON.object(["name": .string($0.name), "role": .string($0.role)]) }
        return .record([
            ("kind", .text(bound.link.kind.rawValue)), ("name", .text(bound.link.name)),
            ("state", .text(bound.link.state.rawValue)), ("expires_at", .time(bound.link.expiresAt)),
            ("note", .text(bound.link.note)), ("revision", .integer(bound.revision.number)),
            ("hash", .text(bound.revision.hashText)), ("title", .text(content.title)), ("dek", .text(content.dek)),
            ("bylines", .json(.array(bylines))), ("disclosure", .text(content.disclosure)),
            ("body", .text(content.body)),
        ])
    }

    enum CodingKeys: String, CodingKey { case secret, global }
}

struct GiveSignOffCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "give", "Says yes to the text a link is bound to, once. Needs no account.",
        more: "result is approved when the yes counts, recommended when it is only seen.",
        example: "masthead signoff give --token - --comment \"Fine by me.\" < secret")

    @OptionGroup var secret: LinkSecret
    @Option(help: "What to say with it.") var comment: String?
    @OptionGroup var global: GlobalOptions
    private var read: TokenSecret?

    mutating func prepare(_ context: CommandContext) throws { read = try secret.read(context) }

    func run(_ context: CommandContext) async throws -> Output {
        switch try await LinkSecret.use(read, .give(comment: comment), context) {
        case .approved(let bound, _): return .signed(bound, "approved")
        case .recommended(let bound): return .signed(bound, "recommended")
        default: return .none
        }
    }

    enum CodingKeys: String, CodingKey { case secret, comment, global }
}

struct RefuseSignOffCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "refuse", "Says no to the text a link is bound to. Needs no account.",
        more: "The article stays where it is; the newsroom sees the no and its comment.",
        example: "masthead signoff refuse --token - --comment \"The quotation isn't mine.\" < secret")

    @OptionGroup var secret: LinkSecret
    @Option(help: "Why.") var comment: String?
    @OptionGroup var global: GlobalOptions
    private var read: TokenSecret?

    mutating func prepare(_ context: CommandContext) throws { read = try secret.read(context) }

    func run(_ context: CommandContext) async throws -> Output {
        guard case .refused(let bound) = try await LinkSecret.use(read, .refuse(comment: comment), context) else {
            return .none
        }
        return .signed(bound, "refused")
    }

    enum CodingKeys: String, CodingKey { case secret, comment, global }
}

extension Output {
    fileprivate static func signed(_ bound: UseSignOff.Bound, _ result: String) -> Output {
        .record([
            ("result", .text(result)), ("kind", .text(bound.link.kind.rawValue)),
            ("revision", .integer(bound.revision.number)), ("hash", .text(bound.revision.hashText)),
        ])
    }
}
