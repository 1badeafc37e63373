public import Access
internal import Journal
public import Postgres
public import Values

/// Forgets a donor and every record that is part of him: names, addresses, notes, what files and processors' events
/// said of him. Gifts, their days and their money stay, and so does every figure.
public struct EraseDonor {
    /// What came of it.
    public struct Report: Sendable, Hashable {
        public let donors: Int
        public let gifts: Int
        /// Processors' events that were blotted out down to ids, amounts, currencies and times.
        public let events: Int
    }

    let donor: ID<Donor>
    let reason: String
    let actor: Actor

    public init(_ donor: ID<Donor>, reason: String, by actor: Actor) {
        self.donor = donor
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `confidential`,
    ///   `reasonNames`; `ValueError`.
    public func perform(_ db: Connection) throws -> Report {
        try actor.require(.donorErase)
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        try DonorRecord.require(db, donor)
        // The reason stays, so it must not say who it was.
        let names = try db.rows(
            """
            SELECT lower(t.text) FROM (SELECT i.donor_id, i.name AS text FROM fundraising.donor_identity i \
            UNION ALL SELECT e.donor_id, e.folded FROM fundraising.donor_email e \
            UNION ALL SELECT p.donor_id, p.text FROM fundraising.donor_phone p) t \
            WHERE t.donor_id = \(donor) AND t.text IS NOT NULL
            """
        ) { try $0.next(String.self) }
        let folded = reason.lowercased()
        guard !names.contains(where: folded.contains) else { throw FundraisingError.reasonNames }

        let report = try db.one(
            "SELECT f.donors, f.gifts, f.events FROM fundraising.forget_donor(\(donor)) f"
        ) { row in Report(donors: try row.next(), gifts: try row.next(), events: try row.next()) }
        try db.run(
            """
            INSERT INTO fundraising.donor_erasure (donor_id, reason, erased_by) \
            VALUES (\(donor), \(reason), \(actor.account))
            """)
        try Audit.append(
            db, Subject(.donor, donor.rawValue), "donor.erased", by: actor.origin,
            facts: [
                "donors": .integer(Int64(report.donors)), "gifts": .integer(Int64(report.gifts)),
                "events": .integer(Int64(report.events)),
            ])
        return report
    }
}
