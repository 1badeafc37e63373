internal import Postgres
internal import Values

/// A payment that succeeded, as an intent, a charge or a checkout without either tells it. Each is enough alone.
struct StripePayment {
    /// The intent where there is one, else the charge, else the checkout: the same whichever event comes first.
    let identity: String
    /// Every name of this payment.
    let names: [String?]
    let amount: Int64
    let currency: String?
    let at: Timestamp
    let method: String
    let giver: StripeGiver

    init(intent: StripeObject, event: StripeEvent) throws {
        guard let id = intent.id, let amount = intent.integer("amount_received") ?? intent.integer("amount") else {
            throw EffectProblem.unreadable("the intent has no id or amount")
        }
        let charge = intent.object("latest_charge") ?? intent.list("charges").first { $0.flag("paid") }
        identity = id
        names = [id, charge?.id ?? intent.id("latest_charge"), intent.id("invoice")]
        self.amount = amount
        currency = intent.text("currency")
        // The charge's own instant decides the tax year; where it isn't told, that of the event is within a second or two.
        at = try charge?.time("created") ?? event.createdAt
        method =
            charge?.object("payment_method_details")?.text("type")
            ?? intent.json["payment_method_types"]?.array?.first?.string ?? "card"
        giver = StripeGiver(intent, billing: charge?.object("billing_details"))
    }

    init(charge: StripeObject, event: StripeEvent) throws {
        guard let id = charge.id, let amount = charge.integer("amount_captured") ?? charge.integer("amount") else {
            throw EffectProblem.unreadable("the charge has no id or amount")
        }
        identity = charge.id("payment_intent") ?? id
        names = [charge.id("payment_intent"), id, charge.id("invoice")]
        self.amount = amount
        currency = charge.text("currency")
        at = try charge.time("created") ?? event.createdAt
        method = charge.object("payment_method_details")?.text("type") ?? "card"
        giver = StripeGiver(charge, billing: charge.object("billing_details"))
    }

    /// Only for a checkout that was paid without an intent.
    init(checkout: StripeObject, event: StripeEvent) throws {
        guard let id = checkout.id, let amount = checkout.integer("amount_total") else {
            throw EffectProblem.unreadable("the checkout has no id or amount")
        }
        identity = id
        names = [id]
        self.amount = amount
        currency = checkout.text("currency")
        at = event.createdAt
        method = checkout.json["payment_method_types"]?.array?.first?.string ?? "card"
        giver = StripeGiver(checkout, billing: checkout.object("customer_details"))
    }
}

/// Who gave, and what for, as far as an object says.
struct StripeGiver {
    let customer: String?
    let email: EmailAddress?
    let name: String?
    let campaign: String?
    let appeal: String?
    /// By number or by slug.
    let article: String?
    let isAnonymous: Bool
    let feeCover: Int64?

    init(_ object: StripeObject, billing: StripeObject?) {
        customer = object.id("customer")
        let written =
            billing?.text("email") ?? object.text("receipt_email") ?? object.text("customer_email")
            ?? object.metadata("email")
        email = written.flatMap { try? EmailAddress($0) }
        name = (billing?.text("name") ?? object.text("customer_name") ?? object.metadata("name"))
            .map { String($0.prefix(250)) }
        campaign = object.metadata("campaign")
        appeal = object.metadata("appeal")
        article = object.metadata("article")
        isAnonymous = object.metadata("anonymous") == "true"
        feeCover = object.metadata("fee_cover").flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension StripeEffect {
    /// Brings the gift and its charge into the books, unless they are there.
    func pay(_ payment: StripePayment) throws {
        var references = try claim(payment.names + [payment.giver.customer])
        let amount = try StripeAmount(db, payment.currency).money(payment.amount)
        guard amount.minor > 0 else { throw EffectProblem.irrelevant("nothing was paid") }
        let known = try references.gift(of: payment.names)
        let gift = try known ?? begin(payment, amount)
        try references.bind(payment.names, gift: gift)
        try attribute(gift, to: payment.giver, &references)
        try post(.charge, amount, gift: gift, at: payment.at, id: payment.identity)
        try postFee(of: object.object("balance_transaction"), gift: gift, at: payment.at)
        try wake(references)
    }

    private func begin(_ payment: StripePayment, _ amount: Money) throws -> Int64 {
        let cover = payment.giver.feeCover.map { min($0, amount.minor) } ?? 0
        return try db.one(
            """
            INSERT INTO fundraising.gift (kind, currency, intended_minor, fee_cover_minor, method, given_at, tax_date, \
            anonymous, live, source, external_id) VALUES ('card', \(amount.currency.code), \(amount.minor), \(cover), \
            \(payment.method), \(payment.at), \
            (\(payment.at)::timestamptz AT TIME ZONE access.publication_zone())::date, \
            \(payment.giver.isAnonymous), \(event.isLive), \(StripeReferences.processor), \(payment.identity)) \
            RETURNING id
            """
        ) { try $0.next(Int64.self) }
    }

    /// The processor's fee, where the event writes it out; mostly it comes with the payout.
    private func postFee(of transaction: StripeObject?, gift: Int64, at time: Timestamp) throws {
        guard let transaction, let id = transaction.id, let fee = transaction.integer("fee"), fee > 0 else { return }
        let amount = try StripeAmount(db, transaction.text("currency")).money(fee)
        try post(.fee, amount, gift: gift, at: time, id: id)
    }

    // MARK: Who, and what for

    /// Says of the gift what isn't said yet. What is known already stands: a person may have put it right.
    func attribute(_ gift: Int64, to giver: StripeGiver, _ references: inout StripeReferences) throws {
        if let donor = try donor(giver, references) {
            try references.bind(giver.customer, donor: donor)
            try db.run("UPDATE fundraising.gift SET donor_id = \(donor) WHERE id = \(gift) AND donor_id IS NULL")
        }
        guard giver.campaign != nil || giver.article != nil else { return }
        // An appeal counts within its campaign only; a name nobody knows is left out, never made up.
        try db.run(
            """
            UPDATE fundraising.gift g SET campaign_id = coalesce(g.campaign_id, c.id), \
            appeal_id = coalesce(g.appeal_id, CASE WHEN coalesce(g.campaign_id, c.id) = c.id THEN a.id END), \
            article_id = coalesce(g.article_id, l.article_id) \
            FROM (SELECT 1) one LEFT JOIN fundraising.campaign c ON c.slug = \(giver.campaign) \
            LEFT JOIN fundraising.appeal a ON a.campaign_id = c.id AND a.slug = \(giver.appeal) \
            LEFT JOIN LATERAL (SELECT s.article_id FROM editorial.slug s \
            WHERE s.slug = \(giver.article) OR s.article_id::text = \(giver.article) LIMIT 1) l ON true \
            WHERE g.id = \(gift) AND (g.campaign_id IS NULL OR g.appeal_id IS NULL OR g.article_id IS NULL)
            """)
    }

    /// By customer, else by address, else somebody new; nil when there is neither address nor name.
    func donor(_ giver: StripeGiver, _ references: StripeReferences) throws -> Int64? {
        if let known = references.donor(of: giver.customer) { return known }
        guard let email = giver.email else { return nil }
        return try Giver.address(email, name: giver.name).donor(db)
    }

    /// A checkout brings money only where no intent or invoice does; else it says who gave, and why.
    func checkOut() throws -> Outcome {
        if object.text("mode") == "setup" { return .ignored("nothing was to be paid") }
        guard object.text("payment_status") == "paid" else { return .ignored("it isn't paid") }
        let paid = [object.id("payment_intent"), object.id("invoice")]
        if paid.allSatisfy({ $0 == nil }), object.id("subscription") == nil {
            try pay(StripePayment(checkout: object, event: event))
            return .applied
        }
        let giver = StripeGiver(object, billing: object.object("customer_details"))
        let subscription = object.id("subscription")
        var references = try claim(paid + [object.id, subscription, giver.customer])
        if let donor = try donor(giver, references) {
            try references.bind(giver.customer, donor: donor)
            try references.bind(subscription, donor: donor)
            if let plan = references.plan(of: subscription) { try setDonor(donor, ofPlan: plan) }
        }
        if !paid.allSatisfy({ $0 == nil }) {
            let gift = try gift(references, of: paid)
            try references.bind([object.id] + paid, gift: gift)
            try attribute(gift, to: giver, &references)
        }
        try wake(references)
        return .applied
    }

    func setDonor(_ donor: Int64, ofPlan plan: Int64) throws {
        try db.run("UPDATE fundraising.plan SET donor_id = \(donor) WHERE id = \(plan) AND donor_id IS NULL")
    }
}
