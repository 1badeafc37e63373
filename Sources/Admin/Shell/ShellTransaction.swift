import Newsroom
import Postgres
import Synchronization

/// Many commands in one transaction: all of them, or none.
struct ShellTransaction {
    /// All commands and their answers are held in memory until COMMIT.
    static let limitCommands = 100_000

    /// The command at which everything was taken back.
    struct Stopped: Error {
        let index: Int
        let failure: Failure

        /// What the other commands answer.
        func others(than line: Int) -> Failure {
            Failure(failure.exit, "rolled_back", "Nothing was kept, because line \(line) failed.")
        }
    }

    let context: CommandContext
    let guarded: Bool

    /// Runs the commands in order and returns what each prints. Throws `Stopped` after taking everything back.
    func run(_ commands: [Result<[String], Failure>]) async throws -> [String] {
        var units: [(unit: any UnitCommand, context: CommandContext)] = []
        for (index, words) in commands.enumerated() {
            do {
                units.append(try await unit(words.get()))
            } catch {
                throw Stopped(index: index, failure: Failure(error))
            }
        }
        guard !units.isEmpty else { return [] }
        let outputs = try await perform(units)
        var texts: [String] = []
        for ((unit, _), output) in zip(units, outputs) {
            try output.saveChart()
            let options = try Shell.options(of: unit, in: context, guarded: guarded)
            texts.append(output.rendered(await context.runner.style(options, guarded: guarded)))
        }
        return texts
    }

    private func unit(_ words: [String]) async throws -> (any UnitCommand, CommandContext) {
        guard case .command(let leaf) = try Shell.meaning(of: words), let unit = leaf as? any UnitCommand else {
            throw Failure(
                .usage, "usage",
                "'\(words.prefix(2).joined(separator: " "))' isn't one unit of database work, "
                    + "so it can't be part of a transaction. Run it outside.")
        }
        let options = try Shell.options(of: unit, in: context, guarded: guarded)
        let context = try await context.runner.context(for: unit, options: options)
        return (try Runner.prepared(unit, context), context)
    }

    private func perform(_ units: [(unit: any UnitCommand, context: CommandContext)]) async throws -> [Output] {
        // Kept outside the error: the database must see its own error to know whether to try again.
        let reached = Mutex(0)
        do {
            return try await units[0].context.database.transaction { db in
                var outputs: [Output] = []
                for (index, entry) in units.enumerated() {
                    reached.withLock { $0 = index }
                    outputs.append(try Runner.perform(entry.unit, db, entry.context))
                }
                return outputs
            }
        } catch {
            let index = reached.withLock { $0 }
            throw Stopped(index: index, failure: Failure(units[index].unit.failed(error, units[index].context)))
        }
    }
}
