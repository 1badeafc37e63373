import Access
public import ArgumentParser
public import Editorial
import Postgres
import Values

struct ReviewNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "review", "Asking for an opinion on a text, and giving one.",
        verbs: [
            RequestReviewCommand.self, ListReviewsCommand.self, ShowReviewsCommand.self, RespondReviewCommand.self,
            WithdrawReviewCommand.self, RemindReviewerCommand.self,
        ],
        example: """
            masthead review request 12 --from bo@example.org --from role:copy --kind copy --due "2026-12-01 17:00"
            masthead review list --mine
            masthead review respond 12 --verdict approve
            """)
}

struct RequestReviewCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "request", "Asks people or roles to look at the current text.",
        more: """
            Each --from is asked for each --kind. A role is whoever holds it for the article's section; one of them \
            answers. --due is a time on the publication's wall, or on that of --zone; one that doesn't exist or comes \
            twice there is refused until --offset says which is meant.
            """,
        example: """
            masthead review request 12 --from bo@example.org --kind edit --due "2026-12-01 17:00"
            masthead review request 12 --from role:copy --from role:fact --kind copy --kind fact
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(
        help: ArgumentHelp("An e-mail, or role:ROLE. May be repeated.", valueName: "reviewer"), transform: Reviewer.init
    )
    var from: [Reviewer]
    @Option(help: "What to look at. May be repeated.") var kind: [ApprovalKind]
    @OptionGroup var due: DueOptions
    @Option(help: "A word to the reviewer.") var note: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let requests = try RequestReview(
            target.id(db), from: from, kinds: kind, due: due.due(context), note: note, by: context.actor(db)
        ).perform(db)
        return Output(
            ["id", "article", "revision", "round", "kind", "reviewer", "due"],
            requests.map { request in
                [
                    .id(request.id), .id(request.article), .integer(request.revision), .integer(request.round),
                    .text(request.kind.rawValue), .text(request.reviewer.text), .time(request.due),
                ]
            })
    }
}

/// Until when, as people say it.
struct DueOptions: ParsableArguments {
    @Option(help: "Until when, as in \"2026-12-01 17:00\".", transform: { try LocalDateTime($0) })
    var due: LocalDateTime?
    @Option(
        help: "The zone of that wall, as in America/New_York; the publication's unless given.", transform: Zone.named)
    var zone: Zone?
    @Option(help: "Which of two instants is meant, as in +01:00.", transform: Due.offset) var offset: Int?

    func validate() throws {
        guard due != nil || (zone == nil && offset == nil) else {
            throw ValidationError("--zone and --offset say more about --due, which isn't there.")
        }
    }

    func due(_ context: CommandContext) -> Due? {
        due.map { Due($0, in: zone ?? context.zone, offset: offset) }
    }
}

struct ListReviewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "What waits for a review: what is due first, first.",
        more: """
            --mine is what you were asked, by name or by a role you hold there: your mornings begin with it. days_left \
            counts nights on the publication's calendar: 0 is today, -1 was yesterday. state is open, overdue, or outdated \
            when the text was edited and handed in anew since; --all also shows what was answered or withdrawn.
            """,
        example: """
            masthead review list --mine
            masthead review list --overdue
            """)
    static let access = DatabaseAccess.read

    @Flag(help: "Only what I was asked.") var mine = false
    @Flag(help: "Only what is late.") var overdue = false
    @Option(help: "Only this article's.") var article: String?
    @Option(help: "Only of this kind.") var kind: ApprovalKind?
    @Flag(help: "Also what is over.") var all = false
    @Option(help: "At most so many, up to 1000.") var limit = 100
    @OptionGroup var global: GlobalOptions

    func validate() throws { try requireListLimit(limit) }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        var reviews = Reviews()
        reviews.isMine = mine
        reviews.isOverdue = overdue
        reviews.article = try article.map { try Articles.id(db, named: $0) }
        reviews.kind = kind
        reviews.isAll = all
        return Output(
            [
                "article", "title", "kind", "due", "due_wall", "days_left", "state", "revision", "current", "reviewer",
                "asked_by", "note", "request",
            ],
            try reviews.list(db, for: actor, limit: limit).map { request in
                [
                    .id(request.article), .text(request.title), .text(request.kind.rawValue), .time(request.due),
                    .text(request.wall(in: context.zone)), .integer(request.daysLeft.map(Int64.init)),
                    .text(request.isOverdue ? "overdue" : request.state.rawValue), .integer(request.revision),
                    .integer(request.head), .text(request.reviewer.text), .text(request.askedBy.text),
                    .text(request.note), .id(request.id),
                ]
            })
    }
}

extension ReviewRequest {
    /// The deadline as it was said: "2026-12-01 17:00", with the zone where that isn't the publication's.
    fileprivate func wall(in zone: Zone) -> String? {
        guard let dueLocal, let dueZone else { return nil }
        let clock = dueLocal.hasSuffix(":00") ? String(dueLocal.dropLast(3)) : dueLocal
        let text = String(clock.map { $0 == "T" ? " " : $0 })
        return dueZone == zone.name ? text : "\(text) \(dueZone)"
    }
}

struct ShowReviewsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "What was asked and answered about an article, round by round.",
        more: "A round begins each time the text is handed in; 0 is what was asked before.",
        example: "masthead review show 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let steps = try Reviews.show(db, target.id(db), for: context.actor(db))
        return Output(
            [
                "round", "step", "revision", "kind", "reviewer", "at", "due", "state", "verdict", "answered_by",
                "answered_at", "answered_revision", "comment", "note", "request",
            ], steps.map(Self.row))
    }

    private static func row(_ step: Reviews.Step) -> [Field] {
        switch step {
        case .round(let number, let revision, let at):
            return [.integer(number), .text("submitted"), .integer(revision), .null, .null, .time(at)]
                + [Field](repeating: .null, count: 9)
        case .request(let request):
            let end = request.end
            return [
                .integer(request.round), .text("request"), .integer(request.revision), .text(request.kind.rawValue),
                .text(request.reviewer.text), .time(request.requestedAt), .time(request.due),
                .text(request.state.rawValue), .text(end?.verdict?.rawValue), .text(end?.by?.text), .time(end?.at),
                .integer((end?.revision).map(Int64.init)), .text(end?.comment), .text(request.note), .id(request.id),
            ]
        case .response(let answer):
            return [
                .integer(answer.round), .text("response"), .integer(answer.revision), .text(answer.kind?.rawValue),
                .null, .null, .null, .text("answered"), .text(answer.verdict.rawValue), .text(answer.by),
                .time(answer.at), .integer(answer.revision), .text(answer.comment), .null, .null,
            ]
        }
    }
}

struct RespondReviewCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "respond", "Answers a review: a yes, a recommendation, a comment, or changes.",
        more: """
            approve is the approval itself, and needs the right to give it. recommend is seen and counts for nothing: \
            for reviewers who may not approve. changes makes the text a draft again. Without --kind it answers the one \
            kind you were asked for. With --revision it is refused when somebody saved another text since.
            """,
        example: """
            masthead review respond 12 --verdict approve
            masthead review respond 12 --verdict changes --comment "The second source is missing."
            """)
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "approve, recommend, changes or comment.") var verdict: Verdict
    @Option(help: "What to say.") var comment: String?
    @Option(help: "Which of several requests is answered.") var kind: ApprovalKind?
    @Option(help: "The revision that was read.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let response = try RespondReview(
            target.id(db), kind: kind, verdict: verdict, comment: comment, revision: revision, by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(response.id)), ("article", .id(response.article)), ("revision", .integer(response.revision)),
            ("kind", .text(response.kind?.rawValue)), ("verdict", .text(response.verdict.rawValue)),
            ("status", .text(response.status.rawValue)),
            ("missing", .json(.array(response.missing.map { .string($0.rawValue) }))),
        ])
    }
}

/// A request, by the number that `review list` shows.
struct RequestArgument: ParsableArguments {
    @Argument(help: "The request's number.", transform: Self.id) var request: ID<ReviewRequest>

    private static func id(_ text: String) throws -> ID<ReviewRequest> {
        guard let id = ID<ReviewRequest>(text: text) else {
            throw ValueError(kind: "request", value: text, reason: "write its number, as in 7")
        }
        return id
    }
}

struct WithdrawReviewCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "withdraw", "Takes back a request that nobody has answered.",
        example: "masthead review withdraw 7 --reason \"Bo is ill; asking Cy.\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: RequestArgument
    @Option(help: "Why, for whoever was asked.") var reason: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try WithdrawReview(target.request, reason: reason, by: context.actor(db)).perform(db))
    }
}

struct RemindReviewerCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "remind", "Reminds whoever was asked and hasn't answered, once in 12 hours.",
        example: "masthead review remind 7")
    static let access = DatabaseAccess.write

    @OptionGroup var target: RequestArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .state(of: try RemindReviewer(target.request, by: context.actor(db)).perform(db))
    }
}

extension Output {
    fileprivate static func state(of request: ReviewRequest) -> Output {
        .record([
            ("id", .id(request.id)), ("article", .id(request.article)), ("kind", .text(request.kind.rawValue)),
            ("reviewer", .text(request.reviewer.text)), ("state", .text(request.state.rawValue)),
        ])
    }
}

extension ApprovalKind: ExpressibleByArgument {}
extension Verdict: ExpressibleByArgument {}
