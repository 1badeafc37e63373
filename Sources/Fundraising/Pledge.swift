public import Postgres
public import Values

/// What somebody promised to give. It is no money received: that is the gifts which settle its instalments.
public struct Pledge: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable { case pledge, grant }

    public let id: ID<Pledge>
    public let kind: Kind
    public let donor: ID<Donor>
    public let promised: Money
    /// What came for it and stayed; a refund of the gift takes it back.
    public let settled: Money
    public let writtenOff: Money
    public let open: Money
    public let promisedOn: LocalDate
    public let isConditional: Bool
    /// Nil for a promise without one, and once it was erased.
    public let condition: String?
    /// The day the condition was met; nil as long as it isn't.
    public let metOn: LocalDate?
    public let fund: Slug?
    public let campaign: Slug?
    /// The earliest day on which something open is due.
    public let nextDue: LocalDate?

    /// Whether it hangs on a condition that isn't met, and so can't be counted on.
    public var hangs: Bool { isConditional && metOn == nil }

    private static let columns: StaticString = """
        p.id, p.kind, p.donor_id, p.currency, m.promised_minor, m.settled_minor, m.written_off_minor, m.open_minor, \
        p.promised_on, p.is_conditional, p.condition, p.met_on, f.slug, c.slug, \
        (SELECT min(i.due_on) FROM fundraising.instalment_money i WHERE i.pledge_id = p.id AND i.open_minor > 0)
        """

    private static let tables: StaticString = """
        fundraising.pledge p JOIN fundraising.pledge_money m ON m.pledge_id = p.id \
        LEFT JOIN fundraising.fund f ON f.id = p.fund_id LEFT JOIN fundraising.campaign c ON c.id = p.campaign_id
        """

    private init(_ row: inout Row) throws {
        id = try row.next()
        kind = try row.next()
        donor = try row.next()
        let currency = try row.next(Currency.self)
        promised = Money(minor: try row.next(), currency: currency)
        settled = Money(minor: try row.next(), currency: currency)
        writtenOff = Money(minor: try row.next(), currency: currency)
        open = Money(minor: try row.next(), currency: currency)
        promisedOn = try row.next()
        isConditional = try row.next()
        condition = try row.next()
        metOn = try row.next()
        fund = try row.next()
        campaign = try row.next()
        nextDue = try row.next()
    }

    /// The latest first, from below the one already seen. `isOpen` for those on which something is still to come.
    public static func list(
        _ db: Connection, kind: Kind? = nil, donor: ID<Donor>? = nil, isOpen: Bool = false,
        before: ID<Pledge>? = nil, limit: Int
    ) throws -> [Pledge] {
        var query: SQL = "SELECT \(raw: columns) FROM \(raw: tables) WHERE true"
        if let kind { query += " AND p.kind = \(kind)" }
        if let donor {
            query += """
                 AND p.donor_id IN (SELECT g.donor_id FROM fundraising.giver g WHERE g.survivor_id = (\
                SELECT o.survivor_id FROM fundraising.giver o WHERE o.donor_id = \(donor)))
                """
        }
        if isOpen { query += " AND m.open_minor > 0" }
        if let before { query += " AND p.id < \(before)" }
        return try db.rows(query + " ORDER BY p.id DESC LIMIT \(limit)") { try Pledge(&$0) }
    }

    /// - Throws: ``PledgeRefusal/unknownPledge(_:)``.
    public static func find(_ db: Connection, _ id: ID<Pledge>) throws -> Pledge {
        let found = try db.row("SELECT \(raw: columns) FROM \(raw: tables) WHERE p.id = \(id)") { try Pledge(&$0) }
        guard let found else { throw FundraisingError.pledge(.unknownPledge(id)) }
        return found
    }

    /// By the day they are due.
    public func instalments(_ db: Connection) throws -> [PledgeInstalment] {
        try PledgeInstalment.load(db, "i.pledge_id = \(id) ORDER BY i.due_on")
    }

    /// By the day they are due.
    public func reports(_ db: Connection) throws -> [PledgeReport] {
        try PledgeReport.load(db, "r.pledge_id = \(id) ORDER BY r.due_on")
    }

    /// All promises together, of one currency; what hangs on a condition apart.
    public struct Total: Sendable, Hashable {
        public let hangs: Bool
        public let pledges: Int
        public let promised: Money
        public let settled: Money
        public let writtenOff: Money
        public let open: Money
    }

    /// By currency; in each first what can be counted on.
    public static func totals(_ db: Connection) throws -> [Total] {
        try withinRange {
            try db.rows(
                """
                SELECT m.hangs, count(*), m.currency, sum(m.promised_minor)::bigint, sum(m.settled_minor)::bigint, \
                sum(m.written_off_minor)::bigint, sum(m.open_minor)::bigint FROM fundraising.pledge_money m \
                GROUP BY m.currency, m.hangs ORDER BY m.currency, m.hangs
                """
            ) { row in
                let (hangs, pledges) = (try row.next(Bool.self), try row.next(Int.self))
                let currency = try row.next(Currency.self)
                return Total(
                    hangs: hangs, pledges: pledges, promised: Money(minor: try row.next(), currency: currency),
                    settled: Money(minor: try row.next(), currency: currency),
                    writtenOff: Money(minor: try row.next(), currency: currency),
                    open: Money(minor: try row.next(), currency: currency))
            }
        }
    }
}
