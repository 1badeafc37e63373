import ArgumentParser
import Audience
import Values

/// `demo log`
struct DemoLogCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "log", "Prints an access log as varied as a real one, to try an import or its speed with.",
        more: """
            Combined log format: pages by Zipf's law, visits of several pages, mornings and nights, bots, errors. From \
            two million lines on it has 80,000 paths and 200,000 visitors; a shorter log has fewer.
            """,
        example: "masthead demo log --lines 2000000 --seed 1 > access.log")
    static let needsDatabase = false

    @Option(help: "How many lines.") var lines: Int
    @Option(help: "The same seed gives the same log.") var seed: UInt64
    @Option(help: "The first day.", transform: { try LocalDate($0) }) var start: LocalDate?
    @Option(help: "How many days.") var days = 60
    @OptionGroup(title: "Everywhere") var global: GlobalOptions

    private static let largest = 1_000_000_000

    func validate() throws {
        guard (0...Self.largest).contains(lines) else { throw ValidationError("--lines is 0 to \(Self.largest).") }
        guard (1...3_660).contains(days) else { throw ValidationError("--days is 1 to 3660.") }
    }

    func run(_ context: CommandContext) async throws -> Output {
        var options = LogGenerator.Options(
            lines: lines, seed: seed, firstDay: try start ?? LocalDate(year: 2026, month: 1, day: 1))
        options.days = days
        try LogGenerator(options).write { try context.surroundings.write($0) }
        return .none
    }
}
