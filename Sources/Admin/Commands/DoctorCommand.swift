import ArgumentParser
import Newsroom
import Postgres

/// `masthead doctor`
struct DoctorCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "doctor", "Checks what a careful person would, and says what to do.",
        more: """
            Server version, clock, zone data, roles and privileges, migrations, disk, connections, the spool of beacons \
            and how long it is kept, payment processors' events. Ends with 76 when something fails; warnings alone end with 0.
            """, example: "masthead doctor")
    static let needsDatabase = false

    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        let installation = try context.installation()
        // Not through the newsroom, which refuses to open when migrations are missing: that is for us to say.
        try installation.requireMade()
        let database = installation.database(try await installation.addresses().app)
        let home = installation.isEmbedded ? installation.settings.home : nil
        do {
            let checkup = Checkup(database, migrator: try installation.migrator(), folder: home)
            let spool = SpoolCheckup(database, installation.settings)
            let findings =
                try await checkup.findings(clock: context.surroundings.now) + spool.findings(now: context.now)
                + EventCheckup(database).findings(now: context.now)
            await database.close()
            return try Self.output(findings, context)
        } catch {
            await database.close()
            throw error
        }
    }

    /// The findings as records; a failure among them is said again as the command's own.
    static func output(_ findings: [Finding], _ context: CommandContext) throws -> Output {
        let output = Output(
            ["check", "state", "found", "advice"],
            findings.map { [.text($0.name), .text($0.state.rawValue), .text($0.found), .text($0.advice)] })
        let failed = findings.filter { $0.state == .failure }.map(\.name)
        guard failed.isEmpty else {
            throw Failure(
                .refused, "check_failed",
                "Not in order: \(failed.joined(separator: ", ")). The advice says what to do.",
                output: output)
        }
        return output
    }
}
