public import Access
internal import Journal
public import Postgres
public import Values

/// Says that one record is another's person. Nothing is moved: gifts, plans, receipts and a processor's customers stay
/// with the record they were made for, and are read through `fundraising.giver`.
public struct MergeDonors {
    let absorbed: ID<Donor>
    let survivor: ID<Donor>
    let reason: String
    let actor: Actor

    public init(_ absorbed: ID<Donor>, into survivor: ID<Donor>, reason: String, by actor: Actor) {
        self.absorbed = absorbed
        self.survivor = survivor
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `alreadyMerged`,
    ///   `mergeInCircle`, `mergedWithItself`, `confidential`; `ValueError`.
    public func perform(_ db: Connection) throws -> ID<DonorMerge> {
        try actor.require(.donorManage)
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        guard absorbed != survivor else { throw FundraisingError.mergedWithItself(absorbed) }
        // In one order, so that two merges of the same two don't wait for each other.
        for donor in [absorbed, survivor].sorted() { try DonorRecord.require(db, donor) }
        do {
            let id = try db.one(
                """
                INSERT INTO fundraising.donor_merge (absorbed_id, survivor_id, reason, merged_by) \
                VALUES (\(absorbed), \(survivor), \(reason), \(actor.account)) RETURNING id
                """
            ) { try $0.next(ID<DonorMerge>.self) }
            for (donor, action) in [(absorbed, "donor.absorbed"), (survivor, "donor.survived")] {
                try Audit.append(
                    db, Subject(.donor, donor.rawValue), action, by: actor.origin,
                    facts: ["merge": .integer(id.rawValue)])
            }
            return id
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "donor_merge_absorbed_once": .alreadyMerged(absorbed),
                "donor_merge_no_circle": .mergeInCircle(absorbed, survivor),
            ])
        }
    }
}

/// Takes a merge back: the two are two again, with everything each had.
public struct UnmergeDonors {
    let merge: ID<DonorMerge>
    let actor: Actor

    public init(_ merge: ID<DonorMerge>, by actor: Actor) {
        self.merge = merge
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownMerge`.
    public func perform(_ db: Connection) throws {
        try actor.require(.donorManage)
        let absorbed = try db.row(
            """
            UPDATE fundraising.donor_merge SET undone_at = now(), undone_by = \(actor.account) \
            WHERE id = \(merge) AND undone_at IS NULL RETURNING absorbed_id, survivor_id
            """
        ) { [try $0.next(Int64.self), try $0.next(Int64.self)] }
        guard let absorbed else { throw FundraisingError.unknownMerge(merge) }
        for donor in absorbed {
            try Audit.append(
                db, Subject(.donor, donor), "donor.unmerged", by: actor.origin,
                facts: ["merge": .integer(merge.rawValue)])
        }
    }
}

/// That one record is another's person.
public struct DonorMerge: Sendable, Hashable {
    public let id: ID<DonorMerge>
    public let absorbed: ID<Donor>
    public let survivor: ID<Donor>
    /// Nil once it was erased.
    public let reason: String?
    public let mergedAt: Timestamp
    public let undoneAt: Timestamp?

    /// The latest first, those that were taken back too.
    public static func list(
        _ db: Connection, before: ID<DonorMerge>? = nil, limit: Int
    ) throws -> [DonorMerge] {
        var query: SQL = """
            SELECT m.id, m.absorbed_id, m.survivor_id, m.reason, m.merged_at, m.undone_at \
            FROM fundraising.donor_merge m WHERE true
            """
        if let before { query += " AND m.id < \(before)" }
        return try db.rows(query + " ORDER BY m.id DESC LIMIT \(limit)") { row in
            DonorMerge(
                id: try row.next(), absorbed: try row.next(), survivor: try row.next(), reason: try row.next(),
                mergedAt: try row.next(), undoneAt: try row.next())
        }
    }
}
