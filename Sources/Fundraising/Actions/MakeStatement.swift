public import Access
internal import Journal
public import Postgres
public import Values

/// Makes a donor's statement of a tax year. A year that reads as it did gives the version there is.
public struct MakeStatement {
    let donor: ID<Donor>
    let year: Int
    let organisation: Organisation
    let actor: Actor

    public init(_ donor: ID<Donor>, year: Int, organisation: Organisation, by actor: Actor) {
        self.donor = donor
        self.year = year
        self.organisation = organisation
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, or `receipt` with why not.
    public func perform(_ db: Connection) throws -> (statement: Statement, isNew: Bool) {
        try actor.require(.receiptIssue)
        try organisation.requireForReceipts()
        let (addressee, _) = try Addressee.load(db, donor)
        // Two who make it at once: the second reads what the first has read.
        try db.run("SELECT FROM fundraising.donor WHERE id = \(addressee.donor) FOR NO KEY UPDATE")
        let lines = try Statements.lines(db, addressee.donor, year: year)
        guard !lines.isEmpty else {
            throw FundraisingError.receipt(.nothingToState(addressee.donor, year: year))
        }
        let snapshot = try StatementSnapshot(organisation: organisation, addressee: addressee, gifts: lines)
        let (id, isNew) = try db.one(
            """
            SELECT statement_id, is_new FROM fundraising.make_statement(\(addressee.donor), \(year)::integer, \
            \(snapshot.text), \(actor.account))
            """
        ) { (try $0.next(ID<Statement>.self), try $0.next(Bool.self)) }
        let statement = try Statements.find(db, id)
        guard isNew else { return (statement, false) }
        let subject = Subject(.statement, id.rawValue)
        try Audit.append(
            db, subject, "statement.made", by: actor.origin,
            facts: [
                "donor": .integer(addressee.donor.rawValue), "year": .integer(Int64(year)),
                "version": .integer(Int64(statement.version)),
            ])
        if try Addressee.isMailed(db, addressee) {
            try Outbox.put(
                db, type: "statement.made", subject: subject,
                payload: ["statement": .integer(id.rawValue), "donor": .integer(addressee.donor.rawValue)])
        }
        return (statement, true)
    }
}
