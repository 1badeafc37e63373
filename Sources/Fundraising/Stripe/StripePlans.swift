internal import Postgres
internal import Values

/// Plans and their instalments, and money on its way to the bank.
extension StripeEffect {
    // MARK: Instalments

    /// An invoice brings no money: it says which plan a payment belongs to. Before 2025 it names subscription, intent and
    /// charge itself; since then they stand in `parent` and `payments`.
    func takeInvoice() throws {
        guard let id = object.id else { throw EffectProblem.unreadable("the invoice has no id") }
        let payments = object.list("payments").compactMap { $0.object("payment") }
        let paid =
            [object.id("payment_intent"), object.id("charge")]
            + payments.flatMap { [$0.id("payment_intent"), $0.id("charge")] }
        let subscription =
            object.id("subscription") ?? object.object("parent")?.object("subscription_details")?.id("subscription")
        var references = try claim(paid + [id, subscription, object.id("customer")])
        let isFailure = event.type == "invoice.payment_failed"
        try instalment(id, references.plan(of: subscription), subscription, isFailure: isFailure)
        try settle(id, paid, isFailure: isFailure, &references)
        try wake(references)
    }

    /// Since 2025 this says which payment paid an invoice.
    func takeInvoicePayment() throws {
        guard let invoice = object.id("invoice"), let payment = object.object("payment") else {
            throw EffectProblem.unreadable("the invoice payment names no invoice or payment")
        }
        let paid = [payment.id("payment_intent"), payment.id("charge")]
        var references = try claim(paid + [invoice, object.id])
        try settle(invoice, paid, isFailure: false, &references)
        try wake(references)
    }

    private func instalment(_ id: String, _ plan: Int64?, _ subscription: String?, isFailure: Bool) throws {
        guard subscription != nil else { return }
        let due = try object.list("lines").first?.object("period")?.time("start") ?? object.time("created")
        let failed = isFailure ? event.createdAt : nil
        let paid = isFailure ? nil : event.createdAt
        try db.run(
            """
            INSERT INTO fundraising.instalment AS i (plan_id, processor, external_id, subscription, due_at, failed_at, \
            paid_at) VALUES (\(plan), \(StripeEvent.processor), \(id), \(subscription), \
            \(due ?? event.createdAt), \(failed), \(paid)) ON CONFLICT ON CONSTRAINT instalment_once DO UPDATE SET \
            plan_id = coalesce(i.plan_id, EXCLUDED.plan_id), \
            subscription = coalesce(i.subscription, EXCLUDED.subscription), \
            failed_at = least(i.failed_at, EXCLUDED.failed_at), paid_at = least(i.paid_at, EXCLUDED.paid_at)
            """)
    }

    /// Ties an invoice to the gift that paid it; waits for whichever is still missing.
    private func settle(
        _ invoice: String, _ paid: [String?], isFailure: Bool, _ references: inout ProcessorReferences
    ) throws {
        let names = paid.compactMap { $0 }
        guard !isFailure else { return }
        // An invoice of the newer shape may name no payment: then another event does.
        if names.isEmpty, try references.gift(of: [invoice]) == nil { return }
        let gift = try gift(references, of: names + [invoice])
        try references.bind(names + [invoice], gift: gift)
        try db.run(
            """
            UPDATE fundraising.instalment SET gift_id = \(gift) WHERE processor = \(StripeEvent.processor) \
            AND external_id = \(invoice) AND gift_id IS NULL
            """)
    }

    // MARK: Plans

    func takeSubscription() throws -> Outcome {
        guard let id = object.id, let anchor = try object.time("billing_cycle_anchor") ?? object.time("created") else {
            throw EffectProblem.unreadable("the subscription has no id or beginning")
        }
        let customer = object.id("customer")
        var references = try claim([id, customer])
        let price = try price()
        let plan = try references.plan(of: id) ?? begin(id, anchor, price.amount.currency)
        try references.bind(id, plan: plan)
        if let donor = references.donor(of: id) ?? references.donor(of: customer) { try setDonor(donor, ofPlan: plan) }
        try db.run(
            """
            UPDATE fundraising.instalment SET plan_id = \(plan) WHERE subscription = \(id) AND plan_id IS NULL
            """)
        let (standing, voluntary) = standing()
        let rank = event.type.hasSuffix(".created") ? 0 : event.type.hasSuffix(".deleted") ? 2 : 1
        try db.run(
            """
            INSERT INTO fundraising.plan_state (plan_id, occurred_at, rank, standing, amount_minor, unit, every, \
            voluntary, source, external_id) VALUES (\(plan), \(event.createdAt), \(rank), \(standing), \
            \(price.amount.minor), \(price.unit), \(price.every), \(voluntary), \(StripeEvent.processor), \
            \(event.id)) ON CONFLICT ON CONSTRAINT plan_state_once DO NOTHING
            """)
        try wake(references)
        return .applied
    }

    private func begin(_ id: String, _ anchor: Timestamp, _ currency: Currency) throws -> Int64 {
        try db.one(
            """
            INSERT INTO fundraising.plan (currency, anchor, live, source, external_id) VALUES (\(currency.code), \
            \(anchor), \(event.isLive), \(StripeEvent.processor), \(id)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
    }

    /// What is given each time, and how often.
    private func price() throws -> (amount: Money, unit: String, every: Int64) {
        let items = object.list("items")
        guard let first = items.first, let price = first.object("price") ?? first.object("plan") else {
            throw EffectProblem.doubtful("the subscription has no price")
        }
        var total: Int64 = 0
        for item in items {
            let price = item.object("price") ?? item.object("plan")
            guard let each = price?.integer("unit_amount") ?? price?.integer("amount") else {
                throw EffectProblem.doubtful("a price that isn't a whole amount")
            }
            let (product, tooMuch) = each.multipliedReportingOverflow(by: item.integer("quantity") ?? 1)
            let (sum, overflow) = total.addingReportingOverflow(product)
            guard !tooMuch, !overflow else { throw EffectProblem.doubtful("the amounts are too much") }
            total = sum
        }
        let rhythm = price.object("recurring") ?? price
        guard let unit = rhythm.text("interval"), ["day", "week", "month", "year"].contains(unit),
            let every = rhythm.integer("interval_count"), (1...1_000).contains(every)
        else { throw EffectProblem.doubtful("the subscription doesn't say how often") }
        let amount = try StripeAmount(db, price.text("currency") ?? object.text("currency")).money(total)
        return (amount, unit, every)
    }

    private func standing() -> (String, voluntary: Bool?) {
        let status = object.text("status") ?? ""
        if status == "canceled" || status == "incomplete_expired" || event.type.hasSuffix(".deleted") {
            switch object.object("cancellation_details")?.text("reason") {
            case "cancellation_requested": return ("cancelled", true)
            case "payment_failed", "payment_disputed": return ("cancelled", false)
            default: return ("cancelled", nil)
            }
        }
        if object.object("pause_collection") != nil || status == "paused" { return ("paused", nil) }
        switch status {
        case "active", "trialing": return ("active", nil)
        case "incomplete": return ("pending", nil)
        default: return ("overdue", nil)
        }
    }

    // MARK: Payouts

    func payOut() throws -> Outcome {
        guard let id = object.id, let arrives = try object.time("arrival_date") else {
            throw EffectProblem.unreadable("the payout has no id or date")
        }
        let references = try claim([id])
        let amount = try money("amount")
        guard amount.minor > 0 else { throw EffectProblem.doubtful("a payout that takes money from the bank") }
        let hasFailed = event.type == "payout.failed"
        // One that was locked stays as it was found right: that it failed since is its second entry.
        // The bank's day is a date in UTC, whatever the publication's zone.
        try db.run(
            """
            INSERT INTO fundraising.payout AS p (processor, external_id, live, amount_minor, currency, arrives_on, \
            status) VALUES (\(StripeEvent.processor), \(id), \(event.isLive), \(amount.minor), \
            \(amount.currency.code), (\(arrives)::timestamptz AT TIME ZONE 'UTC')::date, \
            \(hasFailed ? "failed" : "paid")) ON CONFLICT ON CONSTRAINT payout_once DO UPDATE SET status = 'failed' \
            WHERE EXCLUDED.status = 'failed' AND NOT EXISTS (\
            SELECT FROM fundraising.payout_lock k WHERE k.payout_id = p.id)
            """)
        let created = try object.time("created") ?? event.createdAt
        try post(.payout, amount, gift: nil, at: created, id: id)
        if hasFailed { try post(.payoutFailed, amount, gift: nil, at: event.createdAt, id: id) }
        try wake(references)
        return .applied
    }
}
