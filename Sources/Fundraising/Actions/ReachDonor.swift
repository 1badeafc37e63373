public import Access
internal import Journal
public import Postgres
public import Values

/// Writes down how a donor is reached, or strikes it out.
public struct ReachDonor {
    public enum Way: Sendable, Hashable {
        case email(EmailAddress)
        case noEmail(EmailAddress)
        case phone(String)
        case noPhone(String)
        /// Whom to speak to at a foundation or company.
        case contact(name: String, role: String?, email: EmailAddress?, phone: String?)
        case address(Place)
    }

    public struct Place: Sendable, Hashable {
        /// Street and whatever stands above the town.
        public var street: String
        public var city: String
        public var region: String?
        public var postcode: String?
        /// ISO 3166, two capitals.
        public var country: String
        /// Today when nobody says. An address that held until then ends on that day, unless `isFurther`.
        public var starts: LocalDate?
        public var ends: LocalDate?
        /// It is one more (a summer house), not a move.
        public var isFurther = false

        public init(street: String, city: String, country: String) {
            self.street = street
            self.city = city
            self.country = country
        }
    }

    let donor: ID<Donor>
    let way: Way
    let actor: Actor

    public init(_ donor: ID<Donor>, _ way: Way, by actor: Actor) {
        self.donor = donor
        self.way = way
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `confidential`,
    ///   `addressTaken`, `notOfDonor`; `ValueError`.
    public func perform(_ db: Connection) throws {
        try actor.require(.donorManage)
        try checkTexts()
        try DonorRecord.require(db, donor)
        let action: String
        switch way {
        case .email(let email):
            action = "email.added"
            try add(db, email)
        case .noEmail(let email):
            action = "email.removed"
            let query: SQL =
                "DELETE FROM fundraising.donor_email WHERE donor_id = \(donor) AND folded = \(email.folded)"
            guard try db.run(query) > 0 else { throw FundraisingError.notOfDonor(donor) }
        case .phone(let text):
            action = "phone.added"
            try db.run(
                """
                INSERT INTO fundraising.donor_phone (donor_id, text) VALUES (\(donor), \(text)) \
                ON CONFLICT ON CONSTRAINT donor_phone_once DO NOTHING
                """)
        case .noPhone(let text):
            action = "phone.removed"
            let query: SQL = "DELETE FROM fundraising.donor_phone WHERE donor_id = \(donor) AND text = \(text)"
            guard try db.run(query) > 0 else { throw FundraisingError.notOfDonor(donor) }
        case .contact(let name, let role, let email, let phone):
            action = "contact.added"
            try db.run(
                """
                INSERT INTO fundraising.donor_contact (donor_id, name, role, email, phone) \
                VALUES (\(donor), \(name), \(role), \(email?.text), \(phone))
                """)
        case .address(let place):
            action = "address.added"
            try add(db, place)
        }
        try Audit.append(db, Subject(.donor, donor.rawValue), action, by: actor.origin)
    }

    private func add(_ db: Connection, _ email: EmailAddress) throws {
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('fundraising.donor ' || \(email.folded), 0))")
        let owner = try db.value(
            "SELECT donor_id FROM fundraising.donor_email WHERE folded = \(email.folded)", as: ID<Donor>.self)
        if let owner {
            guard owner == donor else { throw FundraisingError.addressTaken(by: owner) }
            return
        }
        try db.run(
            """
            INSERT INTO fundraising.donor_email (folded, donor_id, text) \
            VALUES (\(email.folded), \(donor), \(email.text))
            """)
    }

    private func add(_ db: Connection, _ place: Place) throws {
        let today: SQL = "(now() AT TIME ZONE access.publication_zone())::date"
        do {
            if !place.isFurther {
                try db.run(
                    """
                    UPDATE fundraising.donor_address SET ends = greatest(starts, coalesce(\(place.starts)::date, \(today))) \
                    WHERE donor_id = \(donor) AND (ends IS NULL OR ends > coalesce(\(place.starts)::date, \(today)))
                    """)
            }
            try db.run(
                """
                INSERT INTO fundraising.donor_address (donor_id, street, city, region, postcode, country, starts, ends) \
                VALUES (\(donor), \(place.street), \(place.city), \(place.region), \(place.postcode), \
                \(place.country), coalesce(\(place.starts)::date, \(today)), \(place.ends)::date)
                """)
        } catch let error as PostgresError where error.constraint == "donor_address_dates" {
            throw ValueError(
                kind: "address", value: place.ends?.description ?? "", reason: "it would end before it starts")
        }
    }

    private func checkTexts() throws {
        func check(_ text: String?, _ field: String, _ longest: Int = TypedText.name) throws {
            _ = try TypedText.optional(text, field, longest: longest)
        }
        switch way {
        case .email(let email), .noEmail(let email): try check(email.text, "email")
        case .phone(let text), .noPhone(let text): try check(text, "phone", 100)
        case .contact(let name, let role, let email, let phone):
            try check(name, "name")
            try check(role, "role")
            try check(email?.text, "email")
            try check(phone, "phone", 100)
        case .address(let place):
            try check(place.street, "street")
            try check(place.city, "city")
            try check(place.region, "region")
            try check(place.postcode, "postcode", 50)
            guard place.country.wholeMatch(of: /[A-Z]{2}/) != nil else {
                throw ValueError(kind: "country", value: place.country, reason: "write its two letters, as in US")
            }
        }
    }
}
