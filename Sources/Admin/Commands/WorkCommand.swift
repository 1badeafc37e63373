import ArgumentParser
import Audience
import Editorial
import Newsroom
import Postgres
import Synchronization
import Terminal
import Values

struct WorkCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "work", "Does what is scheduled when it is due.",
        more: """
            Runs until it is stopped (SIGTERM or Ctrl-C: it ends after the item it is at). Any number may run, on any \
            number of machines: each item is done once, whatever dies. The database's clock counts, this machine's \
            doesn't.

            Once an hour one of them keeps the counted views in order: it makes room for the next two months, forgets \
            the secrets by which visitors were told apart when their time has come, and sums months up.
            """,
        example: """
            masthead work
            masthead work --once
            masthead work --status
            """)

    @Flag(help: "Do what is due now, and end.") var once = false
    @Flag(help: "Say how much there is to do, and do nothing.") var status = false
    @Option(help: "Look at least this often, in seconds, from 1 to 3600.") var poll: Int = 5
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...3_600).contains(poll) else { throw ValidationError("--poll is between 1 and 3600 seconds.") }
        guard !(once && status) else { throw ValidationError("Say --once or --status, not both.") }
    }

    /// What was done, of which the last thousand are shown at the end.
    private final class Done: Sendable {
        static let limit = 1_000
        private let rows = Mutex<[[Field]]>([])

        func add(_ row: [Field]) {
            rows.withLock { rows in
                rows.append(row)
                if rows.count > Self.limit { rows.removeFirst() }
            }
        }

        var all: [[Field]] { rows.withLock { $0 } }
    }

    func run(_ context: CommandContext) async throws -> Output {
        if status { return try await Self.standing(context) }
        let done = Done()
        let worker = ScheduleWorker(try context.newsroom, systemUser: context.systemUser) { event in
            if let line = Self.line(event) { context.tell(line) }
            if case .done(let outcome) = event, let schedule = Self.schedule(outcome) {
                done.add(schedule.fields.map(\.field))
            }
        }
        if once {
            try await worker.once()
        } else {
            let bell = ScheduleWorker.Bell()
            ThisProcess.whenAskedToStop { bell.stop() }
            context.tell("Waiting for what is due; Ctrl-C ends it.")
            try await worker.run(poll: .seconds(poll), bell: bell)
        }
        return Output(Schedule.columnKeys, done.all)
    }

    private static func standing(_ context: CommandContext) async throws -> Output {
        let standing = try await context.database.read { db in
            _ = try context.actor(db)
            return try Schedules.standing(db)
        }
        return .record([
            ("pending", .integer(standing.pending)), ("overdue", .integer(standing.overdue)),
            ("failed", .integer(standing.failed)), ("next_due", .time(standing.nextDue)),
        ])
    }

    private static func schedule(_ outcome: FireSchedule.Outcome) -> Schedule? {
        switch outcome {
        case .idle: nil
        case .released(let schedule, _), .refused(let schedule): schedule
        }
    }

    private static func line(_ event: ScheduleWorker.Event) -> String? {
        switch event {
        case .trouble(let what): "The database can't be used (\(what)); trying again."
        case .done(.idle): nil
        case .kept(let report): line(report)
        case .done(.released(let schedule, _)):
            "Schedule \(schedule.id): article \(schedule.article), \(schedule.action.rawValue), done."
        case .done(.refused(let schedule)):
            "Schedule \(schedule.id): article \(schedule.article), \(schedule.action.rawValue), "
                + "\(schedule.state.rawValue): \(schedule.rule ?? ""), \(schedule.message ?? "")."
        }
    }

    private static func line(_ report: Upkeep.Report) -> String {
        var parts: [String] = []
        if !report.monthsMade.isEmpty {
            let months = report.monthsMade.map { Period(.month, containing: $0).description }
            parts.append("room made for \(months.joined(separator: ", "))")
        }
        if report.saltsForgotten > 0 { parts.append("secrets forgotten: \(report.saltsForgotten)") }
        if report.monthsFolded > 0 { parts.append("months summed up: \(report.monthsFolded)") }
        if report.particularsForgotten > 0 { parts.append("particulars forgotten: \(report.particularsForgotten)") }
        return "Views: \(parts.joined(separator: "; "))."
    }
}
