public import Postgres
public import Values

/// A part of a promise with the day it is due.
public struct PledgeInstalment: Sendable, Hashable {
    public let id: ID<PledgeInstalment>
    public let pledge: ID<Pledge>
    public let donor: ID<Donor>
    public let dueOn: LocalDate
    public let amount: Money
    public let settled: Money
    public let writtenOff: Money
    /// Never less than nothing.
    public let open: Money
    /// Whether its promise hangs on a condition that isn't met.
    public let hangs: Bool

    private init(_ row: inout Row) throws {
        id = try row.next()
        pledge = try row.next()
        donor = try row.next()
        dueOn = try row.next()
        let currency = try row.next(Currency.self)
        amount = Money(minor: try row.next(), currency: currency)
        settled = Money(minor: try row.next(), currency: currency)
        writtenOff = Money(minor: try row.next(), currency: currency)
        open = Money(minor: try row.next(), currency: currency)
        hangs = try row.next()
    }

    /// - Parameter condition: on `fundraising.instalment_money i`, with the order.
    static func load(_ db: Connection, _ condition: SQL) throws -> [PledgeInstalment] {
        try db.rows(
            """
            SELECT i.instalment_id, i.pledge_id, p.donor_id, i.due_on, p.currency, i.amount_minor, i.settled_minor, \
            i.written_off_minor, i.open_minor, p.is_conditional AND p.met_on IS NULL \
            FROM fundraising.instalment_money i JOIN fundraising.pledge p ON p.id = i.pledge_id WHERE \(condition)
            """
        ) { try PledgeInstalment(&$0) }
    }

    /// - Throws: ``PledgeRefusal/unknownInstalment(_:)``.
    public static func find(_ db: Connection, _ id: ID<PledgeInstalment>) throws -> PledgeInstalment {
        guard let found = try load(db, "i.instalment_id = \(id)").first else {
            throw FundraisingError.pledge(.unknownInstalment(id))
        }
        return found
    }

    /// What is open and due up to a day, the longest overdue first.
    public static func due(_ db: Connection, upTo day: LocalDate, limit: Int) throws -> [PledgeInstalment] {
        try load(
            db, "i.due_on <= \(day) AND i.open_minor > 0 ORDER BY i.due_on, i.instalment_id LIMIT \(limit)")
    }

    /// The pledge first, as the database's own rules do: nobody waits for somebody who waits for him.
    static func lock(_ db: Connection, _ id: ID<PledgeInstalment>) throws -> PledgeInstalment {
        try db.run(
            """
            SELECT FROM fundraising.pledge p JOIN fundraising.pledge_instalment i ON i.pledge_id = p.id \
            WHERE i.id = \(id) FOR NO KEY UPDATE OF p
            """)
        return try find(db, id)
    }
}

/// A report that a funder wants.
public struct PledgeReport: Sendable, Hashable {
    public let id: ID<PledgeReport>
    public let pledge: ID<Pledge>
    public let donor: ID<Donor>
    public let dueOn: LocalDate
    public let doneOn: LocalDate?

    private init(_ row: inout Row) throws {
        id = try row.next()
        pledge = try row.next()
        donor = try row.next()
        dueOn = try row.next()
        doneOn = try row.next()
    }

    static func load(_ db: Connection, _ condition: SQL) throws -> [PledgeReport] {
        try db.rows(
            """
            SELECT r.id, r.pledge_id, p.donor_id, r.due_on, r.done_on FROM fundraising.pledge_report r \
            JOIN fundraising.pledge p ON p.id = r.pledge_id WHERE \(condition)
            """
        ) { try PledgeReport(&$0) }
    }

    /// - Throws: ``PledgeRefusal/unknownReport(_:)``.
    public static func find(_ db: Connection, _ id: ID<PledgeReport>) throws -> PledgeReport {
        guard let found = try load(db, "r.id = \(id)").first else {
            throw FundraisingError.pledge(.unknownReport(id))
        }
        return found
    }

    /// What is not done and due up to a day, the longest overdue first.
    public static func due(_ db: Connection, upTo day: LocalDate, limit: Int) throws -> [PledgeReport] {
        try load(db, "r.done_on IS NULL AND r.due_on <= \(day) ORDER BY r.due_on, r.id LIMIT \(limit)")
    }
}
