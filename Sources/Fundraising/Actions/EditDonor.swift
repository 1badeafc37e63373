public import Access
internal import Journal
public import Postgres
public import Values

/// Adds a donor, or changes what is written down of one. Nothing of it is money.
public struct EditDonor {
    /// What is said now; nil leaves a field as it is, and an empty text takes it away.
    public struct Change: Sendable {
        public var kind: Donor.Kind?
        public var name: String?
        public var salutation: String?
        public var spouse: String?
        public var notes: String?
        public var flags: [DonorProfile.Flag: Bool] = [:]

        public init() {}
    }

    let donor: ID<Donor>?
    let change: Change
    let actor: Actor

    /// - Parameter donor: nil for somebody new.
    public init(_ donor: ID<Donor>?, _ change: Change, by actor: Actor) {
        self.donor = donor
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `confidential`;
    ///   `ValueError`.
    public func perform(_ db: Connection) throws -> ID<Donor> {
        try actor.require(.donorManage)
        let texts = try checkedTexts()
        let id: ID<Donor>
        if let donor {
            id = donor
            try DonorRecord.require(db, id)
        } else {
            id = try db.one("INSERT INTO fundraising.donor DEFAULT VALUES RETURNING id") { try $0.next() }
        }
        if let kind = change.kind { try db.run("UPDATE fundraising.donor SET kind = \(kind) WHERE id = \(id)") }
        if !texts.isEmpty || !change.flags.isEmpty { try writeIdentity(db, id, texts) }
        let changed = (change.kind == nil ? [] : ["kind"]) + texts.keys + change.flags.keys.map(\.rawValue)
        try Audit.append(
            db, Subject(.donor, id.rawValue), donor == nil ? "donor.added" : "donor.edited", by: actor.origin,
            facts: ["fields": .array(changed.sorted().map(JSON.string))])
        return id
    }

    private func checkedTexts() throws -> [String: String?] {
        let given = [
            ("name", change.name, TypedText.name), ("salutation", change.salutation, TypedText.name),
            ("spouse", change.spouse, TypedText.name), ("notes", change.notes, TypedText.note),
        ]
        var texts: [String: String?] = [:]
        for (field, text, longest) in given {
            guard let text else { continue }
            texts[field] = .some(text.isEmpty ? nil : try TypedText(text, field, longest: longest).text)
        }
        return texts
    }

    private func writeIdentity(_ db: Connection, _ id: ID<Donor>, _ texts: [String: String?]) throws {
        func isSet(_ field: String) -> Bool { texts[field] != nil }
        func text(_ field: String) -> String? { texts[field].flatMap { $0 } }
        func flag(_ flag: DonorProfile.Flag) -> Bool? { change.flags[flag] }
        try db.run(
            """
            INSERT INTO fundraising.donor_identity (donor_id) VALUES (\(id)) \
            ON CONFLICT ON CONSTRAINT donor_identity_pkey DO NOTHING
            """)
        try db.run(
            """
            UPDATE fundraising.donor_identity SET \
            name = CASE WHEN \(isSet("name")) THEN \(text("name"))::text ELSE name END, \
            salutation = CASE WHEN \(isSet("salutation")) THEN \(text("salutation"))::text ELSE salutation END, \
            spouse = CASE WHEN \(isSet("spouse")) THEN \(text("spouse"))::text ELSE spouse END, \
            notes = CASE WHEN \(isSet("notes")) THEN \(text("notes"))::text ELSE notes END, \
            deceased = coalesce(\(flag(.deceased))::boolean, deceased), \
            no_solicitation = coalesce(\(flag(.noSolicitation))::boolean, no_solicitation), \
            no_post = coalesce(\(flag(.noPost))::boolean, no_post), \
            no_mail = coalesce(\(flag(.noMail))::boolean, no_mail), \
            no_phone = coalesce(\(flag(.noPhone))::boolean, no_phone), changed_at = now() WHERE donor_id = \(id)
            """)
    }
}

/// A donor's own record, before something is done with it.
enum DonorRecord {
    /// Locks it, so that nobody forgets a donor while something is written down of him.
    static func require(_ db: Connection, _ id: ID<Donor>) throws {
        let isErased = try db.row(
            "SELECT erased_at IS NOT NULL FROM fundraising.donor WHERE id = \(id) FOR NO KEY UPDATE"
        ) { try $0.next(Bool.self) }
        guard let isErased else { throw FundraisingError.unknownDonor(id) }
        guard !isErased else { throw FundraisingError.donorErased(id) }
    }
}
