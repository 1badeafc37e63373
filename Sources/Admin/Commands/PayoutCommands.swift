import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

struct PayoutNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "payout", "What the processor paid to the bank, and what it is made of.",
        verbs: [ListPayoutsCommand.self, ShowPayoutCommand.self, ReconcilePayoutCommand.self],
        example: """
            masthead donations import itemised.csv --from stripe-payouts
            masthead payout reconcile 12 --lock
            """)
}

/// `payout list`
struct ListPayoutsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Lists payouts, the latest to arrive first.",
        more: """
            lines_minor is what its lines add up to; unknown counts the lines whose money the books don't have, \
            differing those of which they have another amount.
            """, example: "masthead payout list --open")
    static let access = DatabaseAccess.read

    @Flag(help: "Only those that aren't locked yet.") var open = false
    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let payouts = try Payouts.list(db, for: context.actor(db), isOpen: open, limit: limit)
        return Output(PayoutLines.columns, payouts.map(PayoutLines.fields))
    }
}

/// `payout show`
struct ShowPayoutCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Shows a payout with its sum, and what keeps it from being locked.",
        example: "masthead payout show po_1PZabc")
    static let access = DatabaseAccess.read

    @Argument(help: "The payout's number or the processor's id.", transform: { Payouts.Reference($0) })
    var id: Payouts.Reference
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let payout = try Payouts.find(db, id, for: context.actor(db))
        let objections = payout.lockedAt == nil ? payout.objections.map(PayoutLines.text) : []
        let verdict: [(Column, Field)] = [
            ("difference_minor", PayoutLines.difference(payout)),
            ("objections", .text(objections.joined(separator: "; "))),
        ]
        return .record(zip(PayoutLines.columns, PayoutLines.fields(payout)).map { ($0, $1) } + verdict)
    }
}

/// `payout reconcile`
struct ReconcilePayoutCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "reconcile", "Holds a payout against its lines, and these against the books.",
        more: """
            Each line beside what the books have of the same money: agrees, differs, or unknown where they don't have \
            it. Ends with 76 when the payout and its lines, or these and the books, don't agree.

            What Stripe takes or gives beside payments (fee, tax, network_cost, other_adjustment, contribution) is in the \
            books under fees.

            With --lock a payout that agrees is locked: from then on neither it nor its lines can change.
            """,
        example: """
            masthead payout reconcile po_1PZabc
            masthead payout reconcile po_1PZabc --lock
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The payout's number or the processor's id.", transform: { Payouts.Reference($0) })
    var id: Payouts.Reference
    @Flag(help: "Lock it if everything agrees.") var lock = false
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let actor = try context.actor(db)
        let payout = try Payouts.find(db, id, for: actor)
        let output = Output(
            [
                "line", "category", "source", "occurred_at", "gift", "currency", "gross_minor", "fee_minor",
                "net_minor", "booked_minor", "difference_minor", "state",
            ], try Payouts.lines(db, of: payout, for: actor).map(Self.fields))
        guard payout.lockedAt == nil else {
            // What was found right and locked can only be looked at.
            guard !lock else { throw FundraisingError.payoutLocked(payout.externalID) }
            context.tell("\(payout.externalID) is locked: it agreed with its lines.")
            return output
        }
        guard payout.objections.isEmpty else {
            let reasons = payout.objections.map(PayoutLines.text).joined(separator: "; ")
            throw Failure(
                .refused, "payout_differs", "\(Escape.escaped(payout.externalID)) can't be locked: \(reasons).",
                output: output)
        }
        if lock { _ = try LockPayout(id, by: actor).perform(db) }
        context.tell(
            "\(payout.externalID) is the sum of its \(payout.lines == 1 ? "line" : "\(payout.lines) lines"), "
                + "\(payout.amount), and the books have all of it"
                + (lock ? "; it is locked now." : "."))
        return output
    }

    private static func fields(_ line: Payout.Line) -> [Field] {
        [
            .text(line.externalID), .text(line.category), .text(line.source), .time(line.occurredAt),
            line.gift.map { .id($0) } ?? .null, .text(line.gross.currency.code), .money(line.gross),
            .money(line.fee), .money(line.net), line.booked.map { .money($0) } ?? .null,
            line.difference.map { .money($0) } ?? .null, .text(line.state.rawValue),
        ]
    }
}

/// A payout as a line, and what is said of one.
enum PayoutLines {
    static let columns: [Column] = [
        "id", "payout", "arrives_on", "status", "live", "currency", "amount_minor", "lines", "lines_minor", "unknown",
        "differing", "locked_at", "locked_by",
    ]

    static func fields(_ payout: Payout) -> [Field] {
        [
            .id(payout.id), .text(payout.externalID), .date(payout.arrivesOn), .text(payout.status.rawValue),
            .bool(payout.isLive), .text(payout.amount.currency.code), .money(payout.amount), .integer(payout.lines),
            payout.net.map { .money($0) } ?? .null, .integer(payout.unknown), .integer(payout.differing),
            .time(payout.lockedAt), .text(payout.lockedBy),
        ]
    }

    /// What the lines lack of the payout, or have beyond it.
    static func difference(_ payout: Payout) -> Field {
        payout.net.flatMap { try? $0.subtracting(payout.amount) }.map { .money($0) } ?? .null
    }

    static func text(_ objection: Payout.Objection) -> String {
        switch objection {
        case .failed: "the bank sent it back"
        case .noLines: "it has no lines yet: import the itemised file that holds it"
        case .sum(let lines, let payout): "its lines add up to \(lines), and \(payout) was paid"
        case .otherCurrency: "some of its lines are in another currency"
        case .unknown(1): "the books don't have the money of one line (state unknown)"
        case .unknown(let number): "the books don't have the money of \(number) lines (state unknown)"
        case .differing(1): "the books have another amount of one line (state differs)"
        case .differing(let number): "the books have other amounts of \(number) lines (state differs)"
        }
    }
}
