import ArgumentParser
import Editorial
import Postgres
import Values

struct SectionNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "section", "The parts of the magazine.", verbs: [AddSectionCommand.self, ListSectionsCommand.self],
        example: "masthead section add world --name World")
}

struct AddSectionCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds a section.", example: "masthead section add world --name World")
    static let access = DatabaseAccess.write

    @Argument(help: "The section's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "The name readers see.") var name: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let section = try AddSection(slug, name: name, by: context.actor(db)).perform(db)
        return .record([("slug", .text(section.slug.text)), ("name", .text(section.name))])
    }
}

struct ListSectionsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Sections by slug.", example: "masthead section list")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        _ = try context.actor(db)
        return Output(["slug", "name"], try Section.list(db).map { [.text($0.slug.text), .text($0.name)] })
    }
}
