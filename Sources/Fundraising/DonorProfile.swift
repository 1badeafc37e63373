public import Postgres
public import Values

/// Everything that is written down of a donor and could name him.
public struct DonorProfile: Sendable, Hashable {
    public enum Flag: String, Sendable, CaseIterable {
        case deceased
        case noSolicitation = "no_solicitation"
        case noPost = "no_post"
        case noMail = "no_mail"
        case noPhone = "no_phone"
    }

    public let salutation: String?
    public let spouse: String?
    public let notes: String?
    public let flags: Set<Flag>
    public let addresses: [Address]
    public let phones: [String]
    public let contacts: [Contact]
    /// Records that became part of this one.
    public let merged: [ID<Donor>]
    public let erasedAt: Timestamp?
    /// What he may be called in public; nil when he may not be named.
    public let publicName: String?
    /// Gifts of others that he had a part in. They are no money of his.
    public let credited: Int

    public struct Address: Sendable, Hashable {
        public let id: Int64
        public let street: String
        public let city: String
        public let region: String?
        public let postcode: String?
        public let country: String
        public let starts: LocalDate
        /// The first day it is no longer right.
        public let ends: LocalDate?

        init(_ row: inout Row) throws {
            id = try row.next()
            street = try row.next()
            city = try row.next()
            region = try row.next()
            postcode = try row.next()
            country = try row.next()
            starts = try row.next()
            ends = try row.next()
        }
    }

    public struct Contact: Sendable, Hashable {
        public let name: String
        public let role: String?
        public let email: String?
        public let phone: String?
    }
}

extension Donor {
    /// Of this record and of all that are part of it.
    public func profile(_ db: Connection) throws -> DonorProfile {
        let own = try db.row(
            """
            SELECT d.erased_at, i.salutation, i.spouse, i.notes, coalesce(i.deceased, false), \
            coalesce(i.no_solicitation, false), coalesce(i.no_post, false), coalesce(i.no_mail, false), \
            coalesce(i.no_phone, false), (SELECT p.name FROM fundraising.public_name p WHERE p.survivor_id = d.id), \
            (SELECT count(*) FROM fundraising.soft_credit c WHERE c.donor_id = ANY (\(records))) \
            FROM fundraising.donor d LEFT JOIN fundraising.donor_identity i ON i.donor_id = d.id WHERE d.id = \(id)
            """
        ) { row in
            let erasedAt = try row.next(Timestamp?.self)
            let texts = [try row.next(String?.self), try row.next(String?.self), try row.next(String?.self)]
            var flags: Set<DonorProfile.Flag> = []
            for flag in DonorProfile.Flag.allCases where try row.next(Bool.self) { flags.insert(flag) }
            return (erasedAt, texts, flags, try row.next(String?.self), try row.next(Int.self))
        }
        guard let (erasedAt, texts, flags, publicName, credited) = own else { throw FundraisingError.unknownDonor(id) }
        return DonorProfile(
            salutation: texts[0], spouse: texts[1], notes: texts[2], flags: flags, addresses: try addresses(db),
            phones: try db.rows(
                "SELECT p.text FROM fundraising.donor_phone p WHERE p.donor_id = ANY (\(records)) ORDER BY p.id"
            ) { try $0.next() },
            contacts: try contacts(db),
            merged: try db.rows(
                "SELECT a.donor_id FROM fundraising.absorbed a WHERE a.survivor_id = \(id) ORDER BY a.donor_id"
            ) { try $0.next() }, erasedAt: erasedAt, publicName: publicName, credited: credited)
    }

    /// The one that holds today first, then by its first day.
    public func addresses(_ db: Connection) throws -> [DonorProfile.Address] {
        try db.rows(
            """
            SELECT a.id, a.street, a.city, a.region, a.postcode, a.country, a.starts, a.ends \
            FROM fundraising.donor_address a WHERE a.donor_id = ANY (\(records)) \
            ORDER BY coalesce(a.ends > now(), true) DESC, a.starts DESC, a.id DESC
            """
        ) { try DonorProfile.Address(&$0) }
    }

    private func contacts(_ db: Connection) throws -> [DonorProfile.Contact] {
        try db.rows(
            """
            SELECT c.name, c.role, c.email, c.phone FROM fundraising.donor_contact c \
            WHERE c.donor_id = ANY (\(records)) ORDER BY c.id
            """
        ) { row in
            DonorProfile.Contact(
                name: try row.next(), role: try row.next(), email: try row.next(), phone: try row.next())
        }
    }
}
