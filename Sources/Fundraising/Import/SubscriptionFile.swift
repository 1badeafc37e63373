internal import Postgres
internal import Values

/// Plans that a processor goes on charging, as another system lists them. Adopting one charges nobody and writes to
/// nobody: the subscription's next event then lands on the same plan.
struct SubscriptionFile: RecordFormat {
    static let source = "subscriptions"
    static let kinds = ["plans"]

    let style: SubscriptionStyle
    let zone: Zone
    let dates: WrittenDate.Order?

    var columns: [RecordColumn] {
        switch style {
        case .csv:
            [
                .required("subscription_id"), .required("started_at"), .required("amount"), .required("currency"),
                .required("interval"), .optional("every"), .optional("status"), .optional("customer_id"),
                .optional("email"), .optional("name"),
            ]
        case .stripe:
            [
                .required("subscription_id", "id"),
                .required(
                    "started_at", "Billing Cycle Anchor (UTC)", "Start Date (UTC)", "Start (UTC)", "Created (UTC)"),
                .required("amount", "Amount"), .required("currency", "Currency"), .required("interval", "Interval"),
                .optional("every", "Interval Count"), .required("status", "Status"), .optional("quantity", "Quantity"),
                .optional("customer_id", "Customer ID"), .optional("email", "Customer Email"),
                .optional("name", "Customer Name"),
            ]
        case .giveWP:
            [
                .required("subscription_id", "Profile ID", "Gateway Subscription ID"),
                .required("started_at", "Created", "Start Date", "Date Created"),
                .required("amount", "Recurring Amount", "Amount"), .required("currency", "Currency", "Currency Code"),
                .required("interval", "Period", "Billing Period"), .optional("every", "Frequency"),
                .required("status", "Status"), .optional("email", "Email Address", "Donor Email", "Email"),
                .optional("name", "Donor Name", "Name"),
            ]
        }
    }

    struct Line {
        let line: Int
        let subscription: String
        let anchor: Timestamp
        let amount: Money
        let unit: PlanSchedule.Unit
        let every: Int
        let standing: RecurringPlan.Standing
        let giver: PaymentGiver
    }

    // MARK: Reading

    private static let standings: [String: RecurringPlan.Standing] = [
        "active": .active, "trialing": .active, "past_due": .overdue, "past due": .overdue, "unpaid": .overdue,
        "failing": .overdue, "incomplete": .pending, "pending": .pending, "paused": .paused, "suspended": .paused,
        "canceled": .cancelled, "cancelled": .cancelled, "incomplete_expired": .cancelled, "expired": .ended,
        "completed": .ended, "ended": .ended,
    ]
    private static let units: [String: (PlanSchedule.Unit, Int)] = [
        "day": (.day, 1), "daily": (.day, 1), "week": (.week, 1), "weekly": (.week, 1), "month": (.month, 1),
        "monthly": (.month, 1), "quarter": (.month, 3), "quarterly": (.month, 3), "year": (.year, 1),
        "yearly": (.year, 1), "annually": (.year, 1), "annual": (.year, 1),
    ]

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        let word = row["status"]?.lowercased() ?? "active"
        let standing = Self.standings[word]
        if standing == nil { row.refuse("status", "how such a plan stands isn't known here") }
        if standing == .cancelled || standing == .ended { return .skipped("status \(word)") }
        let id = row.requiredID("subscription_id")
        let anchor = anchor(&row)
        let amount = row.currency("currency").flatMap {
            row.amount("amount", $0, style == .giveWP ? .decimalPoint : .plain)
        }
        if let amount, amount.minor <= 0 { row.refuse("amount", "it must be more than nothing") }
        if let quantity = row["quantity"], quantity != "1" {
            row.refuse("quantity", "what several of one price come to isn't told exactly here; write it into a csv")
        }
        let rhythm = row.required("interval").flatMap { Self.units[$0.lowercased()] }
        if rhythm == nil, row["interval"] != nil { row.refuse("interval", "write day, week, month or year") }
        let times = row["every"] == nil ? 1 : row["every"].flatMap { Int($0) } ?? 0
        if !(1...1_000).contains(times) { row.refuse("every", "write a number from 1 to 1000") }
        let giver = PaymentGiver(
            customer: row.id("customer_id"), email: row.email("email"), name: row.name("name"))
        guard row.mistakes.isEmpty, let standing, let id, let anchor, let amount, let (unit, each) = rhythm else {
            return nil
        }
        return .item(
            Line(
                line: row.line, subscription: id, anchor: anchor, amount: amount, unit: unit, every: each * times,
                standing: standing, giver: giver))
    }

    private func anchor(_ row: inout RecordRow) -> Timestamp? {
        guard let text = row.required("started_at") else { return nil }
        do {
            if style == .stripe { return try WrittenTime.instant(text, in: .utc) }
            if style == .giveWP, text.count == 10 { return zone.startOfDay(try WrittenDate.day(text, in: dates)) }
            return try WrittenTime.instant(text, in: zone)
        } catch {
            row.refuse("started_at", error.reason)
            return nil
        }
    }

    // MARK: Into the books

    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        var seen: [String: Int] = [:]
        for line in lines {
            if let first = seen.updateValue(line.line, forKey: line.subscription) {
                desk.refuse(
                    FileMistake(
                        line: line.line, column: "subscription_id", value: line.subscription,
                        reason: "line \(first) has the same"))
                continue
            }
            try adopt(line, &desk)
        }
    }

    private func adopt(_ line: Line, _ desk: inout RecordDesk) throws {
        let (db, booking) = (desk.db, desk.booking(of: StripeEvent.processor, isLive: true, line: line.line))
        var references = try booking.claim([line.subscription, line.giver.customer])
        if let plan = references.plan(of: line.subscription) {
            let currency = try db.one("SELECT currency FROM fundraising.plan WHERE id = \(plan)") {
                try $0.next(Currency.self)
            }
            // Amount and rhythm may have changed since: what an event said counts. A currency can't.
            if currency != line.amount.currency {
                desk.refuse(
                    FileMistake(
                        line: line.line, column: "currency", value: line.amount.currency.code,
                        reason: "the plan is in \(currency)"))
            }
            return
        }
        let donor = try booking.donor(line.giver, references)
        let plan = try db.one(
            """
            INSERT INTO fundraising.plan (donor_id, currency, anchor, live, source, external_id) \
            VALUES (\(donor), \(line.amount.currency.code), \(line.anchor), true, \(StripeEvent.processor), \
            \(line.subscription)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
        try references.bind(line.subscription, plan: plan)
        if let donor {
            try references.bind(line.subscription, donor: donor)
            try references.bind(line.giver.customer, donor: donor)
        }
        // It counts from the day it is adopted: what it brought before is history, and no gap.
        try db.run(
            """
            INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, every, source, \
            external_id) VALUES (\(plan), now(), 0, \(line.standing), \(line.amount.minor), \
            \(line.unit.rawValue), \(line.every), \(Self.source), \("file \(desk.file)"))
            """)
        // Invoices of it may have come before it was known.
        try db.run(
            """
            UPDATE fundraising.instalment SET plan_id = \(plan) WHERE subscription = \(line.subscription) \
            AND plan_id IS NULL
            """)
        try booking.wake(references)
        desk.count("plans", ofLine: line.line)
    }
}

/// Who lists the plans.
public enum SubscriptionStyle: String, Sendable, CaseIterable {
    /// Columns of our own: subscription_id, started_at, amount, currency, interval.
    case csv
    /// Stripe's subscriptions export.
    case stripe
    /// GiveWP's subscriptions.
    case giveWP = "givewp"
}
