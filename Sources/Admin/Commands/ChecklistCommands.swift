import Access
import ArgumentParser
import Editorial
import Postgres
import Values

struct ChecklistNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "checklist", "What has to be seen to before a text goes out.",
        verbs: [ShowChecklistCommand.self, TickChecklistCommand.self, UntickChecklistCommand.self],
        example: """
            masthead checklist show 12
            masthead checklist tick 12 sources
            """)
}

struct ShowChecklistCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "The items an article has to pass, and which are ticked for its current text.",
        more: "A tick of scope text is lost with the next edit, as an approval is; one of scope article stays.",
        example: "masthead checklist show 12")
    static let access = DatabaseAccess.read

    @OptionGroup var target: ArticleArgument
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .items(try Checklist.show(db, target.id(db), for: context.actor(db)))
    }
}

struct TickChecklistCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "tick", "Says that an item is seen to.",
        more: "With --revision it is refused when somebody saved another text since.",
        example: "masthead checklist tick 12 sources")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Argument(help: "The item's name, or LIST/ITEM.") var item: String
    @Option(help: "The revision that was read.") var revision: Int?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let tick = TickChecklist(try target.id(db), item, revision: revision, by: try context.actor(db))
        return .items([try tick.perform(db)])
    }
}

struct UntickChecklistCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "untick", "Says that an item isn't seen to after all.", example: "masthead checklist untick 12 sources")
    static let access = DatabaseAccess.write

    @OptionGroup var target: ArticleArgument
    @Argument(help: "The item's name, or LIST/ITEM.") var item: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let tick = TickChecklist(try target.id(db), item, isTicked: false, by: try context.actor(db))
        return .items([try tick.perform(db)])
    }
}

extension Output {
    fileprivate static func items(_ items: [Checklist.Item]) -> Output {
        Output(
            ["checklist", "item", "ticked", "text", "scope", "permission", "by", "at"],
            items.map { item in
                [
                    .text(item.checklist), .text(item.name), .bool(item.isTicked), .text(item.text),
                    .text(item.isPerText ? "text" : "article"), .text(item.permission?.rawValue),
                    .text(item.by?.text), .time(item.at),
                ]
            })
    }
}
