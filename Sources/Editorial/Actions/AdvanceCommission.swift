public import Access
internal import Journal
public import Postgres
public import Values

/// Notes the next thing that happened to a commission's money: its invoice came, it was approved, it was paid.
public struct AdvanceCommission {
    public enum Event: Sendable, Hashable {
        case invoiced(Money, reference: String?)
        /// What is payable at that moment stays what is owed.
        case approved
        case paid(reference: String?)

        var step: Commission.Step {
            switch self {
            case .invoiced: .invoiced
            case .approved: .approved
            case .paid: .paid
            }
        }
    }

    let commission: ID<Commission>
    let event: Event
    let day: LocalDate?
    let actor: Actor

    /// - Parameter day: when it happened; today on the publication's wall unless given.
    public init(_ commission: ID<Commission>, _ event: Event, on day: LocalDate? = nil, by actor: Actor) {
        self.commission = commission
        self.event = event
        self.day = day
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `commissionUnknown`, `commissionStep`, `notPayable`,
    ///   `taxNumber`, `contentRefused`.
    public func perform(_ db: Connection) throws -> Commission {
        let step = event.step
        let commission = try Commission.lock(
            db, commission, for: actor, permission: step == .paid ? .commissionPay : .commissionManage)
        guard commission.step == step.before else {
            throw EditorialError.commissionStep(commission.id, has: commission.step, wanted: step)
        }
        let owed = try Self.owed(db, commission.id)
        var (amount, reference) = (owed.payable, String?.none)
        switch event {
        case .invoiced(let money, let number):
            guard money.currency == owed.currency else {
                throw EditorialError.contentRefused(
                    field: "amount", reason: "the commission is in \(owed.currency.code)")
            }
            (amount, reference) = (money.minor, number)
        case .approved: break
        case .paid(let number): reference = number
        }
        guard let amount else { throw EditorialError.notPayable(commission.id) }
        try PlainField.checkPersonal([("reference", reference)])
        _ = try naming([
            "commission_event_amount": .contentRefused(field: "amount", reason: "it is negative"),
            "commission_reference_clean": .taxNumber(field: "reference"),
            "commission_event_once": .commissionStep(commission.id, has: commission.step, wanted: step),
        ]) {
            try db.run(
                """
                INSERT INTO editorial.commission_event \
                (commission_id, kind, amount_minor, currency, reference, day, account_id) VALUES \
                (\(commission.id), \(step), \(amount), \(owed.currency), \(reference), \
                coalesce(\(day)::date, (clock_timestamp() AT TIME ZONE access.publication_zone())::date), \
                \(actor.account))
                """)
        }
        try Audit.append(
            db, Subject(.commission, commission.id.rawValue), "commission.\(step.rawValue)", by: actor.origin)
        return try Commissions.find(db, commission.id, for: actor)
    }

    /// What is payable, whoever asks: what was approved, else what the article's state makes of the terms.
    static func owed(_ db: Connection, _ id: ID<Commission>) throws -> (payable: Int64?, currency: Currency) {
        try db.one(
            """
            SELECT coalesce((SELECT e.amount_minor FROM editorial.commission_event e \
            WHERE e.commission_id = n.id AND e.kind = 'approved'), n.payable_minor), n.currency \
            FROM editorial.commission_now n WHERE n.id = \(id)
            """
        ) { (payable: try $0.next(Int64?.self), currency: try $0.next(Currency.self)) }
    }
}

/// Hands over what was approved and not yet handed over, once; or the list of an earlier time again.
public struct ExportCommissions {
    public struct Line: Sendable, Hashable {
        public let export: Int64
        public let commission: ID<Commission>
        public let contributor: Slug
        public let name: String
        public let email: String?
        public let article: ID<Article>
        public let amount: Money
        public let invoice: String?
        public let approvedOn: LocalDate
    }

    /// More in one list is a mistake; the rest goes with the next.
    public static let most = 10_000

    let again: Int64?
    let actor: Actor

    /// - Parameter again: the number of an earlier list, to get it once more; nil for a new one.
    public init(again: Int64? = nil, by actor: Actor) {
        self.again = again
        self.actor = actor
    }

    /// Empty when nothing waits: then no list is made.
    ///
    /// - Throws: `AccessError.notPermitted`, ``EditorialError/exportUnknown(_:)``.
    public func perform(_ db: Connection) throws -> [Line] {
        try actor.require(.commissionPay)
        let export = try again ?? take(db)
        guard let export else { return [] }
        let lines = try db.rows(
            """
            SELECT e.export_id, m.id, c.slug, c.name, c.email, m.article_id, e.amount_minor, e.currency, \
            (SELECT i.reference FROM editorial.commission_event i WHERE i.commission_id = m.id \
            AND i.kind = 'invoiced'), \
            (SELECT p.day FROM editorial.commission_event p WHERE p.commission_id = m.id AND p.kind = 'approved') \
            FROM editorial.commission_event e JOIN editorial.commission m ON m.id = e.commission_id \
            JOIN editorial.contributor c ON c.id = m.contributor_id WHERE e.export_id = \(export) ORDER BY m.id
            """
        ) { row in
            Line(
                export: try row.next(), commission: try row.next(), contributor: try row.next(),
                name: try row.next(), email: try row.next(), article: try row.next(),
                amount: Money(minor: try row.next(), currency: try row.next()), invoice: try row.next(),
                approvedOn: try row.next())
        }
        guard !lines.isEmpty else { throw EditorialError.exportUnknown(export) }
        return lines
    }

    /// Two at once would each hand the same over: the second one waits, and finds nothing.
    private func take(_ db: Connection) throws -> Int64? {
        try db.run("SELECT pg_advisory_xact_lock(hashtext('editorial.commission_export'))")
        let waiting = try db.rows(
            """
            SELECT e.commission_id FROM editorial.commission_event e WHERE e.kind = 'approved' \
            AND NOT EXISTS (SELECT FROM editorial.commission_event x WHERE x.commission_id = e.commission_id \
            AND x.kind = 'exported') ORDER BY e.commission_id LIMIT \(Self.most)
            """
        ) { try $0.next(Int64.self) }
        guard !waiting.isEmpty else { return nil }
        let export = try db.one(
            "INSERT INTO editorial.commission_export (account_id) VALUES (\(actor.account)) RETURNING id"
        ) { try $0.next(Int64.self) }
        try db.run(
            """
            INSERT INTO editorial.commission_event \
            (commission_id, kind, amount_minor, currency, day, export_id, account_id) \
            SELECT e.commission_id, 'exported', e.amount_minor, e.currency, \
            (clock_timestamp() AT TIME ZONE access.publication_zone())::date, \(export), \(actor.account) \
            FROM editorial.commission_event e WHERE e.kind = 'approved' AND e.commission_id = ANY (\(waiting))
            """)
        for id in waiting {
            try Audit.append(
                db, Subject(.commission, id), "commission.exported", by: actor.origin,
                facts: ["export": .integer(export)])
        }
        return export
    }
}
