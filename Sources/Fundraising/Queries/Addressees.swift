internal import Postgres
internal import Values

extension Addressee {
    /// A donor as of now; of one who was merged, as who he is now. What his own record doesn't say, that of one who is
    /// part of him may: a name, an e-mail address, where he lives today.
    ///
    /// - Throws: ``FundraisingError``: `unknownDonor`; `donorNameless` when nobody knows a name.
    static func load(_ db: Connection, _ donor: ID<Donor>) throws -> (addressee: Addressee, kind: Donor.Kind) {
        let found = try db.row(
            """
            SELECT s.id, s.kind, i.name, i.spouse, (SELECT e.text FROM fundraising.donor_email e \
            JOIN fundraising.giver w ON w.donor_id = e.donor_id WHERE w.survivor_id = s.id \
            ORDER BY e.donor_id = s.id DESC, e.added_at, e.folded LIMIT 1) \
            FROM fundraising.giver g JOIN fundraising.donor s ON s.id = g.survivor_id \
            LEFT JOIN LATERAL (SELECT n.name, n.spouse FROM fundraising.donor_identity n \
            JOIN fundraising.giver w ON w.donor_id = n.donor_id WHERE w.survivor_id = s.id AND n.name IS NOT NULL \
            ORDER BY n.donor_id = s.id DESC, n.donor_id LIMIT 1) i ON true WHERE g.donor_id = \(donor)
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
            donor: found.id, name: name, spouse: found.spouse, address: try address(db, found.id),
            email: found.email)
        return (addressee, found.kind)
    }

    /// The postal address that holds today, line by line as on an envelope; none when none is known. Of several (a
    /// summer house) the one that began last, the donor's own before that of a record that is part of him.
    private static func address(_ db: Connection, _ donor: ID<Donor>) throws -> [String] {
        let found = try db.row(
            """
            SELECT a.street, a.city, a.region, a.postcode, a.country FROM fundraising.donor_address a \
            JOIN fundraising.giver w ON w.donor_id = a.donor_id \
            CROSS JOIN (SELECT (now() AT TIME ZONE access.publication_zone())::date AS day) t \
            WHERE w.survivor_id = \(donor) AND a.starts <= t.day AND (a.ends IS NULL OR a.ends > t.day) \
            ORDER BY a.donor_id = \(donor) DESC, a.starts DESC, a.id DESC LIMIT 1
            """
        ) { row -> [String] in
            let (street, city) = (try row.next(String.self), try row.next(String.self))
            let (region, postcode) = (try row.next(String?.self), try row.next(String?.self))
            let country = try row.next(String.self)
            let place = [region, postcode].compactMap(\.self).joined(separator: " ")
            return street.split(whereSeparator: \.isNewline).map(String.init)
                + [place.isEmpty ? city : "\(city), \(place)"] + (country == "US" ? [] : [country])
        }
        return found ?? []
    }

    /// Whether the donor may be written to by e-mail, and where. No record that is part of him says otherwise.
    static func isMailed(_ db: Connection, _ addressee: Addressee) throws -> Bool {
        guard addressee.email != nil else { return false }
        return try db.value(
            """
            SELECT NOT bool_or(i.no_mail) FROM fundraising.donor_identity i \
            JOIN fundraising.giver w ON w.donor_id = i.donor_id WHERE w.survivor_id = \(addressee.donor)
            """, as: Bool?.self) == .some(true)
    }
}
