public import ArgumentParser
public import Editorial
import Postgres
import Values

struct ReviewNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "review", "Asking for an opinion on a text, and giving one.",
        verbs: [RequestReviewCommand.self, RespondReviewCommand.self],
        example: """
            masthead review request 12 --from bo@example.org --kind edit --due "2026-12-01 17:00"
            masthead review respond 12 --verdict changes --comment "The second source is missing."
            """)
}

struct RequestReviewCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "request", "Asks somebody to look at the current text.",
        more: "--due is a time on the publication's wall. One that doesn't exist or comes twice is refused.",
        example: "masthead review request 12 --from bo@example.org --kind edit --due \"2026-12-01 17:00\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "The reviewer's e-mail.", transform: EmailAddress.init) var from: EmailAddress
    @Option(help: "What to look at.") var kind: ApprovalKind
    @Option(help: "Until when, as in \"2026-12-01 17:00\".", transform: { try LocalDateTime($0) })
    var due: LocalDateTime?
    @Option(help: "A word to the reviewer.") var note: String?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let request = try RequestReview(
            target.id(db), from: from, kind: kind, due: due.map { .init($0, in: context.zone) }, note: note,
            by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(request.id)), ("article", .id(request.article)), ("revision", .integer(request.revision)),
            ("kind", .text(request.kind.rawValue)), ("reviewer", .text(request.reviewer.text)),
            ("due", .time(request.due)),
        ])
    }
}

struct RespondReviewCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "respond", "Answers a review with a comment, or asks for changes.",
        more: "A yes is `approval give`. Asking for changes makes the text a draft again.",
        example: "masthead review respond 12 --verdict changes --comment \"The second source is missing.\"")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "changes or comment.") var verdict: Verdict
    @Option(help: "What to say.") var comment: String?
    @Option(help: "Which of several requests is answered.") var kind: ApprovalKind?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let response = try RespondReview(
            target.id(db), kind: kind, verdict: verdict, comment: comment, by: context.actor(db)
        ).perform(db)
        return .record([
            ("id", .id(response.id)), ("article", .id(response.article)), ("revision", .integer(response.revision)),
            ("verdict", .text(response.verdict.rawValue)), ("status", .text(response.status.rawValue)),
        ])
    }
}

extension ApprovalKind: ExpressibleByArgument {}
extension Verdict: ExpressibleByArgument {}
