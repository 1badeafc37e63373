import ArgumentParser
import Newsroom
import Values

struct ConfigNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "config", "The settings: environment over masthead.json over defaults.", verbs: [ListConfigCommand.self],
        example: "masthead config list")
}

/// `config list`
struct ListConfigCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Shows every setting with its value and where that comes from.",
        more: "Secrets are shown as (secret). Every key's environment variable is in the column `variable`.",
        example: "masthead config list")
    static let needsDatabase = false

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let entries = try context.installation().settings.entries
        return Output(
            ["key", "value", "origin", "type", "default", "variable", "meaning"],
            entries.map { entry in
                let setting = entry.setting
                return [
                    .text(setting.key), .text(entry.value), .text(entry.origin), .text(setting.type),
                    .text(Self.text(setting.standard)), .text(setting.variable), .text(setting.meaning),
                ]
            })
    }

    private static func text(_ value: JSON) -> String {
        if case .string(let text) = value { text } else { value.text }
    }
}
