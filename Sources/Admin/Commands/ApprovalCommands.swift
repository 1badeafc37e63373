import ArgumentParser
import Editorial
import Postgres
import Values

struct ApprovalNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "approval", "Saying yes to a text.", verbs: [GiveApprovalCommand.self],
        example: "masthead approval give 12 --kind edit")
}

struct GiveApprovalCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "give", "Says yes to the current text.",
        more: """
            The last yes that the policy wants moves the article to approved. With --revision it is refused when \
            somebody saved another text since.
            """,
        example: "masthead approval give 12 --kind edit --revision 4")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Option(help: "What the yes is about.") var kind: ApprovalKind
    @Option(help: "The revision that was read.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let approval = try GiveApproval(target.id(db), kind, revision: revision, by: context.actor(db)).perform(db)
        return .record([
            ("id", .id(approval.id)), ("article", .id(approval.article)), ("revision", .integer(approval.revision)),
            ("kind", .text(approval.kind.rawValue)), ("status", .text(approval.status.rawValue)),
            ("missing", .json(.array(approval.missing.map { .string($0.rawValue) }))),
        ])
    }
}
