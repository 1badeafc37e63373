internal import Journal
internal import Postgres
internal import Values

/// Something that tells of a processor's money, an event or a line of a file, being brought into the books: whose it is,
/// and the steps that both ways share. That both take the same steps is why neither brings money that the other brought.
struct Booking {
    /// Those whose own events and files tell what went back of a gift: it isn't given back by hand as well.
    static let processors: Set<String> = [StripeEvent.processor, PayPalFile.processor]

    let db: Connection
    let processor: String
    let isLive: Bool
    let source: Posting.Source
    let origin: Origin

    func claim(_ names: [String?]) throws -> ProcessorReferences {
        try ProcessorReferences(db, processor: processor, names, isLive: isLive)
    }

    /// What waits for any of these names is tried again. An event that somebody is applying just now holds one of these
    /// names' locks after us, and will see for itself.
    func wake(_ references: ProcessorReferences) throws {
        let own: Int64 = if case .event(let inbox) = source { inbox } else { 0 }
        try db.run(
            """
            UPDATE fundraising.webhook_inbox SET state = 'new', reason = NULL WHERE id IN (\
            SELECT i.id FROM fundraising.webhook_inbox i WHERE i.state = 'parked' AND i.id <> \(own) \
            AND i.processor = \(processor) AND i.id IN (SELECT w.inbox_id FROM fundraising.webhook_wait w \
            WHERE w.external_id = ANY (\(references.ids))) ORDER BY i.id FOR UPDATE SKIP LOCKED)
            """)
    }

    @discardableResult
    func post(
        _ kind: Posting.Kind, _ amount: Money, gift: Int64?, at time: Timestamp, id: String, phase: String = ""
    ) throws -> Bool {
        try Posting(
            kind: kind, gift: gift, amount: amount, occurredAt: time, externalID: id, phase: phase, isLive: isLive,
            processor: processor, source: source
        ).make(db, by: origin)
    }

    // MARK: Payments

    /// What came of a payment.
    struct Paid {
        let gift: Int64
        /// Its money wasn't in the books before.
        let isNew: Bool
        /// What the books have of it now: of money that was there before, that.
        let booked: Money
    }

    /// Brings the gift and its charge into the books, unless they are there.
    func pay(_ payment: Payment) throws -> Paid {
        var references = try claim(payment.names + [payment.giver.customer])
        guard payment.amount.minor > 0 else { throw EffectProblem.irrelevant("nothing was paid") }
        let known = try references.gift(of: payment.names)
        let gift = try known ?? begin(payment)
        try references.bind(payment.names, gift: gift)
        if known != nil { try date(gift, by: payment) }
        try attribute(gift, to: payment.giver, &references)
        // One that was charged under another of its names is charged: an old export has no intents.
        if known != nil, let booked = try charge(of: gift), booked == payment.amount {
            try wake(references)
            return Paid(gift: gift, isNew: false, booked: booked)
        }
        let isNew = try post(
            .charge, payment.amount, gift: gift, at: payment.bookedAt ?? payment.at, id: payment.identity)
        try wake(references)
        return Paid(gift: gift, isNew: isNew, booked: try charge(of: gift) ?? payment.amount)
    }

    private func charge(of gift: Int64) throws -> Money? {
        try db.row(
            "SELECT e.amount_minor, e.currency FROM fundraising.entry e WHERE e.gift_id = \(gift) AND e.kind = 'charge'"
        ) { Money(minor: try $0.next(), currency: try $0.next()) }
    }

    /// The charge's instant decides which year a gift is of, whichever of its events comes first.
    private func date(_ gift: Int64, by payment: Payment) throws {
        guard !payment.isTimeGuessed else { return }
        try db.run(
            """
            UPDATE fundraising.gift SET given_at_guessed = false, given_at = \(payment.at), tax_date = \
            coalesce(\(payment.taxDate), (\(payment.at)::timestamptz AT TIME ZONE access.publication_zone())::date) \
            WHERE id = \(gift) AND given_at_guessed
            """)
    }

    private func begin(_ payment: Payment) throws -> Int64 {
        let amount = payment.amount
        let cover = payment.giver.feeCover.map { min($0, amount.minor) } ?? 0
        return try db.one(
            """
            INSERT INTO fundraising.gift (kind, currency, intended_minor, fee_cover_minor, method, given_at, tax_date, \
            given_at_guessed, anonymous, live, source, external_id) VALUES (\(payment.kind), \(amount.currency.code), \(amount.minor), \
            \(cover), \(payment.method), \(payment.at), coalesce(\(payment.taxDate), \
            (\(payment.at)::timestamptz AT TIME ZONE access.publication_zone())::date), \
            \(payment.isTimeGuessed), \(payment.giver.isAnonymous), \(isLive), \(processor), \(payment.identity)) RETURNING id
            """
        ) { try $0.next(Int64.self) }
    }

    // MARK: Who, and what for

    /// Says of the gift what isn't said yet. What is known already stands: a person may have put it right.
    func attribute(_ gift: Int64, to giver: PaymentGiver, _ references: inout ProcessorReferences) throws {
        // A name alone is somebody new each time: not for a gift that has its giver.
        if try !giver.nameIsEnough || hasNoDonor(gift), let donor = try donor(giver, references) {
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

    /// By customer, else by address, else by name somebody new; nil when there is none of them.
    func donor(_ giver: PaymentGiver, _ references: ProcessorReferences) throws -> Int64? {
        if let known = references.donor(of: giver.customer) { return known }
        if let email = giver.email { return try Giver.address(email, name: giver.name).donor(db) }
        guard giver.nameIsEnough, let name = giver.name else { return nil }
        return try Giver.named(name).donor(db)
    }

    private func hasNoDonor(_ gift: Int64) throws -> Bool {
        try db.one("SELECT donor_id IS NULL FROM fundraising.gift WHERE id = \(gift)") { try $0.next(Bool.self) }
    }
}
