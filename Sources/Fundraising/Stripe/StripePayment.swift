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
    let bookedAt: Timestamp
    var isTimeGuessed = false
    let method: String
    let giver: PaymentGiver

    init(intent: StripeObject, event: StripeEvent) throws {
        guard let id = intent.id, let amount = intent.integer("amount_received") ?? intent.integer("amount") else {
            throw EffectProblem.unreadable("the intent has no id or amount")
        }
        let charge = intent.object("latest_charge") ?? intent.list("charges").first { $0.flag("paid") }
        identity = id
        names = [id, charge?.id ?? intent.id("latest_charge"), intent.id("invoice")]
        self.amount = amount
        currency = intent.text("currency")
        // The charge's own instant decides the tax year. Where it isn't told, the event's stands in until the charge comes.
        let made = try charge?.time("created")
        at = made ?? event.createdAt
        isTimeGuessed = made == nil
        bookedAt = Self.bookedAt(at, event)
        method =
            charge?.object("payment_method_details")?.text("type")
            ?? intent.json["payment_method_types"]?.array?.first?.string ?? "card"
        giver = PaymentGiver(intent, billing: charge?.object("billing_details"))
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
        bookedAt = Self.bookedAt(at, event)
        method = charge.object("payment_method_details")?.text("type") ?? "card"
        giver = PaymentGiver(charge, billing: charge.object("billing_details"))
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
        bookedAt = at
        method = checkout.json["payment_method_types"]?.array?.first?.string ?? "card"
        giver = PaymentGiver(checkout, billing: checkout.object("customer_details"))
    }

    /// A card is charged at once; of a debit the money is there when the event says so, days after it was given.
    private static func bookedAt(_ at: Timestamp, _ event: StripeEvent) -> Timestamp {
        event.createdAt.seconds - at.seconds > 3_600 ? event.createdAt : at
    }

    /// The same with its amount as ours.
    func said(as amount: Money) -> Payment {
        Payment(
            identity: identity, names: names, amount: amount, at: at, bookedAt: bookedAt, isTimeGuessed: isTimeGuessed,
            method: method, giver: giver)
    }
}

extension PaymentGiver {
    init(_ object: StripeObject, billing: StripeObject?) {
        customer = object.id("customer")
        let written =
            billing?.text("email") ?? object.text("receipt_email") ?? object.text("customer_email")
            ?? object.metadata("email")
        email = written.flatMap { try? EmailAddress($0) }
        name = (billing?.text("name") ?? object.text("customer_name") ?? object.metadata("name"))
            .flatMap(Self.storable)
        campaign = object.metadata("campaign")
        appeal = object.metadata("appeal")
        article = object.metadata("article")
        isAnonymous = object.metadata("anonymous") == "true"
        feeCover = object.metadata("fee_cover").flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension PaymentGiver {
    /// A name as long as we keep one. A number that must not be kept is none: the money is taken all the same.
    private static func storable(_ name: String) -> String? {
        guard Confidential.found(in: name) == nil, !name.allSatisfy(\.isWhitespace) else { return nil }
        var kept = name
        while kept.utf8.count > 1_000 { kept.removeLast() }
        return kept
    }
}

extension StripeEffect {
    /// A checkout brings money only where no intent or invoice does; else it says who gave, and why.
    func checkOut() throws -> Outcome {
        if object.text("mode") == "setup" { return .ignored("nothing was to be paid") }
        guard object.text("payment_status") == "paid" else { return .ignored("it isn't paid") }
        let paid = [object.id("payment_intent"), object.id("invoice")]
        if paid.allSatisfy({ $0 == nil }), object.id("subscription") == nil {
            try pay(StripePayment(checkout: object, event: event))
            return .applied
        }
        let giver = PaymentGiver(object, billing: object.object("customer_details"))
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
