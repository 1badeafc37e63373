import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct CheckoutNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "checkout", "What the donation form is held to, so that nobody tries out stolen cards on it.",
        verbs: [CheckoutStatusCommand.self, CheckoutLimitsCommand.self, ResumeCheckoutCommand.self],
        example: "masthead checkout status")
}

/// `checkout status`
struct CheckoutStatusCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "status", "Shows whether donors are let through, and what the processor said lately.",
        more: """
            paused_until: too much failed, and nobody is let through until then or `checkout resume`. blocks are \
            neighbourhoods of internet addresses that tried today; no address is kept.
            """, example: "masthead checkout status")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.checkoutRead)
        return CheckoutLines.record(try CheckoutStatus.load(db))
    }
}

/// `checkout limits`
struct CheckoutLimitsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "limits", "Shows what the donation form is held to, and changes it.",
        more: """
            Without options it shows the limits. The counts are of a day in UTC. Once --failure-percent of at least \
            --fewest attempts within --window-minutes failed at the processor, nobody is let through for \
            --pause-minutes.
            """,
        example: """
            masthead checkout limits
            masthead checkout limits --per-block 50 --least 3.00 --currency USD
            """)
    static let access = DatabaseAccess.write

    @Option(help: "Attempts a day from one block of addresses (IPv4 /24, IPv6 /56).") var perBlock: Int?
    @Option(help: "Attempts a day with one e-mail address.") var perEmail: Int?
    @Option(help: "How many minutes a form may stay open.") var tokenMinutes: Int?
    @Option(help: "How many minutes back the breaker looks.") var windowMinutes: Int?
    @Option(help: "Fewer outcomes than this never open it.") var fewest: Int?
    @Option(help: "The part of failures, in percent, that opens it.") var failurePercent: Int?
    @Option(help: "For how many minutes it stays open.") var pauseMinutes: Int?
    @Option(help: "The least that may be given, with --currency.") var least: String?
    @Option(help: "Of which currency.", transform: Currency.init) var currency: Currency?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (least == nil) == (currency == nil) else {
            throw ValidationError("Say --least and --currency together.")
        }
    }

    private var changes: Bool {
        [perBlock, perEmail, tokenMinutes, windowMinutes, fewest, failurePercent, pauseMinutes].contains { $0 != nil }
            || least != nil
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        try actor.require(changes ? .checkoutManage : .checkoutRead)
        guard changes else { return CheckoutLines.record(try CheckoutLimits.load(db)) }
        var change = LimitCheckout.Change()
        change.perBlock = perBlock
        change.perEmail = perEmail
        change.tokenMinutes = tokenMinutes
        change.windowMinutes = windowMinutes
        change.fewestOutcomes = fewest
        change.failurePercent = failurePercent
        change.pauseMinutes = pauseMinutes
        if let least, let currency { change.least = try Money(parsing: least, currency: currency) }
        return CheckoutLines.record(try LimitCheckout(change, by: actor).perform(db))
    }
}

/// `checkout resume`
struct ResumeCheckoutCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "resume", "Lets donors through again before the pause is over.", example: "masthead checkout resume")
    static let access = DatabaseAccess.write

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        CheckoutLines.record(try ResumeCheckout(by: context.actor(db)).perform(db))
    }
}

enum CheckoutLines {
    static func record(_ status: CheckoutStatus) -> Output {
        .record([
            ("paused_until", .time(status.pausedUntil)), ("times_paused", .integer(status.timesPaused)),
            ("succeeded", .integer(status.succeeded)), ("failed", .integer(status.failed)),
            ("blocks", .integer(status.blocks)), ("blocks_refused", .integer(status.blocksRefused)),
        ])
    }

    static func record(_ limits: CheckoutLimits) -> Output {
        .record([
            ("per_block", .integer(limits.perBlock)), ("per_email", .integer(limits.perEmail)),
            ("token_minutes", .integer(limits.tokenMinutes)), ("window_minutes", .integer(limits.windowMinutes)),
            ("fewest", .integer(limits.fewestOutcomes)), ("failure_percent", .integer(limits.failurePercent)),
            ("pause_minutes", .integer(limits.pauseMinutes)),
            ("least", .json(.array(limits.least.map { .string($0.description) }))),
        ])
    }
}
