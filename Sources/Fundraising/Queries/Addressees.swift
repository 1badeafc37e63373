internal import Postgres
internal import Values

extension Addressee {
    /// A donor as of now; of one who was merged, as who he is now. Without a postal address: none is kept of donors.
    /// - Throws: ``FundraisingError``: `unknownDonor`; `donorNameless` when nobody knows a name.
    static func load(_ db: Connection, _ donor: ID<Donor>) throws -> (addressee: Addressee, kind: Donor.Kind) {
        let found = try db.row(
            """
            SELECT s.id, s.kind, i.name, i.spouse, \
            (SELECT e.text FROM fundraising.donor_email e WHERE e.donor_id = s.id ORDER BY e.added_at, e.folded LIMIT 1) \
            FROM fundraising.giver g JOIN fundraising.donor s ON s.id = g.survivor_id \
            LEFT JOIN fundraising.donor_identity i ON i.donor_id = s.id WHERE g.donor_id = \(donor)
            """
        ) { row in
            (
                id: try row.next(ID<Donor>.self), kind: try row.next(Donor.Kind.self),
                name: try row.next(String?.self), spouse: try row.next(String?.self),
                email: try row.next(String?.self)
            )
        }
        guard let found else { throw FundraisingError.unknownDonor(donor) }
        guard let name = found.name else { throw FundraisingError.receipt(.donorNameless(found.id)) }
        let addressee = Addressee(
            donor: found.id, name: name, spouse: found.spouse, address: [], email: found.email)
        return (addressee, found.kind)
    }

    /// Whether the donor may be written to by e-mail, and where.
    static func isMailed(_ db: Connection, _ addressee: Addressee) throws -> Bool {
        guard addressee.email != nil else { return false }
        return try db.value(
            "SELECT no_mail FROM fundraising.donor_identity WHERE donor_id = \(addressee.donor)", as: Bool.self)
            == false
    }
}
