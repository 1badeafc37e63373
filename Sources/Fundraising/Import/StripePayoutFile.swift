internal import Postgres
internal import Values

/// Stripe's itemised payout reconciliation: one line for each movement of the money that a payout is made of.
///
/// Source: Stripe's documentation, "Payout reconciliation report". Amounts are in the currency's own units, `29.40`.
struct StripePayoutFile: RecordFormat {
    static let source = "stripe-payouts"
    let columns: [RecordColumn] = [
        .required("automatic_payout_id"), .required("balance_transaction_id"), .required("created_utc"),
        .required("currency"), .required("gross"), .required("fee"), .required("net"),
        .required("reporting_category"), .required("source_id"), .optional("charge_id"),
        .optional("payment_intent_id"),
    ]
    static let kinds = ["lines", "fees"]

    struct Line {
        let line: Int
        let payout: String
        /// The balance transaction.
        let id: String
        let category: String
        /// The charge, refund or dispute; empty where it is of none.
        let source: String
        let charge: String?
        let intent: String?
        let at: Timestamp
        let gross: Money
        let fee: Money
        let net: Money

        var names: [String] { [source, charge, intent].compactMap { $0 }.filter { !$0.isEmpty } }
        /// Money that Stripe takes for itself or gives, of no one payment: it goes to the fees. The same as
        /// `fundraising.is_own_fee`.
        var isOwnFee: Bool {
            ["fee", "tax", "network_cost", "other_adjustment", "contribution"].contains(category)
        }
    }

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        let id = row.requiredID("balance_transaction_id")
        let category = row.requiredID("reporting_category")
        let payout = row.id("automatic_payout_id")
        guard payout != nil || !row.mistakes.isEmpty else { return .skipped("not paid out yet") }
        guard category != "payout" else { return .skipped("the payout itself") }
        let (source, charge, intent) = (row.id("source_id"), row.id("charge_id"), row.id("payment_intent_id"))
        let at = row.utc("created_utc")
        guard let currency = row.currency("currency") else { return nil }
        let gross = row.amount("gross", currency)
        let fee = row.amount("fee", currency)
        let net = row.amount("net", currency)
        guard let id, let category, let payout, let at, let gross, let fee, let net else { return nil }
        guard let left = try? gross.subtracting(fee), left == net else {
            row.refuse("net", "gross less fee isn't that")
            return nil
        }
        let line = Line(
            line: row.line, payout: payout, id: id, category: category, source: source ?? "", charge: charge,
            intent: intent, at: at, gross: gross, fee: fee, net: net)
        guard !line.isOwnFee || fee.minor == 0 else {
            row.refuse("fee", "a line of the category \(category) is a fee itself, and can't have one")
            return nil
        }
        guard line.isOwnFee || fee.minor == 0 || !category.hasPrefix("dispute") || source != nil else {
            row.refuse("source_id", "it is empty, but names the dispute whose fee this is")
            return nil
        }
        return .item(line)
    }

    // MARK: Into the books

    /// So many lines a statement.
    private static let batch = 10_000

    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        var seen: [String: Int] = [:]
        for start in stride(from: 0, to: lines.count, by: Self.batch) {
            let part = Array(lines[start..<min(start + Self.batch, lines.count)])
            let stored = try stored(part, desk.db)
            let locked = try locked(part, desk.db)
            var fresh: [Line] = []
            for line in part {
                if let first = seen.updateValue(line.line, forKey: line.id) {
                    refuse(line, "balance_transaction_id", line.id, "line \(first) has the same", &desk)
                } else if let known = stored[line.id] {
                    if let column = known.firstDifference(from: line) {
                        refuse(
                            line, column.name, column.now,
                            "it was \"\(column.was)\" when this line was imported, and can't change", &desk)
                    }
                } else if locked.contains(line.payout) {
                    refuse(
                        line, "automatic_payout_id", line.payout,
                        "this payout is locked: it agreed with its lines without this one", &desk)
                } else {
                    fresh.append(line)
                }
            }
            guard desk.mistakes.isEmpty else { continue }
            try insert(fresh, desk)
            for line in fresh {
                desk.count("lines", ofLine: line.line)
                try nameRefund(line, desk)
                try bookFee(line, &desk)
            }
        }
    }

    private func refuse(_ line: Line, _ column: String, _ value: String, _ reason: String, _ desk: inout RecordDesk) {
        desk.refuse(FileMistake(line: line.line, column: column, value: value, reason: reason))
    }

    /// A line as it was imported before, its fields by column.
    private struct Stored {
        let fields: [(name: String, text: String)]

        func firstDifference(from line: Line) -> (name: String, was: String, now: String)? {
            zip(fields, Self.fields(of: line)).first { $0.text != $1.text }
                .map { (name: $0.name, was: $0.text, now: $1.text) }
        }

        static func fields(of line: Line) -> [(name: String, text: String)] {
            [
                ("automatic_payout_id", line.payout), ("reporting_category", line.category),
                ("source_id", line.source), ("created_utc", line.at.description),
                ("currency", line.gross.currency.code), ("gross", line.gross.amountText),
                ("fee", line.fee.amountText), ("net", line.net.amountText),
            ]
        }
    }

    private func stored(_ lines: [Line], _ db: Connection) throws -> [String: Stored] {
        let known = try db.rows(
            """
            SELECT l.external_id, l.payout, l.category, l.source_id, l.occurred_at, l.currency, l.gross_minor, \
            l.fee_minor, l.net_minor FROM fundraising.payout_line l \
            WHERE l.processor = \(StripeEvent.processor) AND l.external_id = ANY (\(lines.map(\.id)))
            """
        ) { row in
            let (id, payout) = (try row.next(String.self), try row.next(String.self))
            let (category, source) = (try row.next(String.self), try row.next(String.self))
            let (at, currency) = (try row.next(Timestamp.self), try row.next(Currency.self))
            let line = Line(
                line: 0, payout: payout, id: id, category: category, source: source, charge: nil, intent: nil, at: at,
                gross: Money(minor: try row.next(), currency: currency),
                fee: Money(minor: try row.next(), currency: currency),
                net: Money(minor: try row.next(), currency: currency))
            return (id, Stored(fields: Stored.fields(of: line)))
        }
        return Dictionary(uniqueKeysWithValues: known)
    }

    /// Of the payouts of these lines those that are locked.
    private func locked(_ lines: [Line], _ db: Connection) throws -> Set<String> {
        let payouts = Set(lines.map(\.payout)).sorted()
        return Set(
            try db.rows(
                """
                SELECT p.external_id FROM fundraising.payout p JOIN fundraising.payout_lock k ON k.payout_id = p.id \
                WHERE p.processor = \(StripeEvent.processor) AND p.external_id = ANY (\(payouts))
                """
            ) { try $0.next(String.self) })
    }

    private func insert(_ lines: [Line], _ desk: RecordDesk) throws {
        guard !lines.isEmpty else { return }
        let file = desk.file
        do {
            try desk.db.run(
                """
                INSERT INTO fundraising.payout_line (processor, external_id, payout, category, source_id, charge_id, \
                intent_id, occurred_at, gross_minor, fee_minor, net_minor, currency, import_file_id, import_line) \
                SELECT \(StripeEvent.processor), l.id, l.payout, l.category, l.source, nullif(l.charge, ''), \
                nullif(l.intent, ''), l.at, l.gross, l.fee, l.net, l.currency, \(file), l.line \
                FROM unnest(\(lines.map(\.id)), \(lines.map(\.payout)), \(lines.map(\.category)), \
                \(lines.map(\.source)), \(lines.map { $0.charge ?? "" }), \(lines.map { $0.intent ?? "" }), \
                \(lines.map(\.at)), \(lines.map(\.gross.minor)), \(lines.map(\.fee.minor)), \(lines.map(\.net.minor)), \
                \(lines.map(\.gross.currency.code)), \(lines.map { Int64($0.line) })) \
                AS l (id, payout, category, source, charge, intent, at, gross, fee, net, currency, line) ORDER BY l.id
                """)
        } catch let error as PostgresError {
            // Locked since we looked.
            throw error.orFundraisingError(["payout_locked": .payoutLocked(lines[0].payout)])
        }
    }

    // MARK: Fees

    /// The fee of a line under the name that an event would give it: the balance transaction's, of a dispute the
    /// dispute's.
    private func bookFee(_ line: Line, _ desk: inout RecordDesk) throws {
        let amount = line.isOwnFee ? Money(minor: line.gross.minor, currency: line.gross.currency) : line.fee
        guard amount.minor != 0 else { return }
        guard amount.minor > .min else { return refuse(line, "fee", amount.amountText, "it is too much", &desk) }
        let goesOut = line.isOwnFee ? amount.minor < 0 : amount.minor > 0
        let isOfDispute = line.category.hasPrefix("dispute")
        let payment = try payment(of: line, desk.db)
        let id = isOfDispute ? line.source : line.id
        let phase = isOfDispute ? "dispute" : ""
        let fee = Money(minor: abs(amount.minor), currency: amount.currency)
        let kind: Posting.Kind = goesOut ? .fee : .feeRefund
        let booking = desk.booking(of: StripeEvent.processor, isLive: payment.isLive, line: line.line)
        if try booking.post(kind, fee, gift: payment.gift, at: line.at, id: id, phase: phase) {
            return desk.count("fees", ofLine: line.line)
        }
        try desk.require(kind, of: id, phase: phase, is: fee, ofLine: line.line, column: "fee", booking)
    }

    /// Says which refund this line is of, where a file told only their sum.
    private func nameRefund(_ line: Line, _ desk: RecordDesk) throws {
        guard line.category == "refund", (.min + 1..<0).contains(line.gross.minor), !line.source.isEmpty else {
            return
        }
        let payment = try payment(of: line, desk.db)
        guard payment.gift != nil else { return }
        let booking = desk.booking(of: StripeEvent.processor, isLive: payment.isLive, line: line.line)
        // Claimed as its event would claim it.
        var references = try booking.claim(line.names)
        guard let gift = try references.gift(of: line.names) else { return }
        try references.bind([line.source], gift: gift)
        let amount = Money(minor: -line.gross.minor, currency: line.gross.currency)
        _ = try booking.isTold(refund: line.source, amount, of: gift, at: line.at)
    }

    /// Whose fee it is, when that is known, and whether it is real money.
    private func payment(of line: Line, _ db: Connection) throws -> (gift: Int64?, isLive: Bool) {
        let known = try db.row(
            """
            SELECT r.gift_id, r.live FROM fundraising.processor_ref r WHERE r.processor = \(StripeEvent.processor) \
            AND r.live IN (true, false) AND r.external_id = ANY (\(line.names)) AND r.gift_id IS NOT NULL LIMIT 1
            """
        ) { (gift: try $0.next(Int64?.self), isLive: try $0.next(Bool.self)) }
        if let known { return known }
        let isLive = try db.value(
            """
            SELECT p.live FROM fundraising.payout p WHERE p.processor = \(StripeEvent.processor) \
            AND p.external_id = \(line.payout)
            """, as: Bool.self)
        return (nil, isLive ?? true)
    }
}
