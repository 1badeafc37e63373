internal import Postgres
public import Values

/// Who gave, as a form or a person at a desk can say it.
public enum Giver: Sendable, Hashable {
    case known(ID<Donor>)
    /// Whoever has this address; somebody new when nobody has. The name is taken where there is none yet.
    case address(EmailAddress, name: String?)
    /// Somebody new: two people of one name must not become one.
    case named(String)
    case nobody

    /// The donor's number, made when need be; nil for nobody.
    ///
    /// - Throws: ``FundraisingError/unknownDonor(_:)``.
    func donor(_ db: Connection) throws -> Int64? {
        switch self {
        case .nobody: return nil
        case .known(let id):
            let found = try db.value("SELECT id FROM fundraising.donor WHERE id = \(id)", as: Int64.self)
            guard let found else { throw FundraisingError.unknownDonor(id) }
            return found
        case .named(let name):
            let donor = try Self.someoneNew(db)
            try Self.name(donor, name, db)
            return donor
        case .address(let email, let name):
            let donor = try Self.whoeverHas(email, db)
            if let name { try Self.name(donor, name, db) }
            return donor
        }
    }

    /// The texts in it as somebody typed them.
    func checkTexts() throws {
        switch self {
        case .known, .nobody: break
        case .named(let name): _ = try TypedText(name, "name", longest: TypedText.name)
        case .address(let email, let name):
            _ = try TypedText(email.text, "email", longest: TypedText.name)
            _ = try TypedText.optional(name, "name", longest: TypedText.name)
        }
    }

    private static func whoeverHas(_ email: EmailAddress, _ db: Connection) throws -> Int64 {
        // Two gifts of one new giver at once: the second waits, and finds him.
        try db.run("SELECT pg_advisory_xact_lock(hashtextextended('fundraising.donor ' || \(email.folded), 0))")
        let known = try db.value(
            "SELECT donor_id FROM fundraising.donor_email WHERE folded = \(email.folded)", as: Int64.self)
        if let known { return known }
        let donor = try someoneNew(db)
        try db.run(
            """
            INSERT INTO fundraising.donor_email (folded, donor_id, text) \
            VALUES (\(email.folded), \(donor), \(email.text))
            """)
        return donor
    }

    private static func someoneNew(_ db: Connection) throws -> Int64 {
        try db.one("INSERT INTO fundraising.donor DEFAULT VALUES RETURNING id") { try $0.next(Int64.self) }
    }

    private static func name(_ donor: Int64, _ name: String, _ db: Connection) throws {
        try db.run(
            """
            INSERT INTO fundraising.donor_identity (donor_id, name) VALUES (\(donor), \(name)) \
            ON CONFLICT ON CONSTRAINT donor_identity_pkey DO NOTHING
            """)
    }
}
