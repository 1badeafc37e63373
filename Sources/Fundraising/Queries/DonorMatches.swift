public import Postgres
public import Values

/// Two records that may be one person. Somebody looks at both and decides; nothing is ever merged by itself.
public struct DonorMatch: Sendable, Hashable {
    public enum Reason: String, Sendable, PostgresCodable {
        /// The same mailbox, written with other capitals or another tag (`ann+news@…`).
        case email
        /// The same name at the same postcode and country.
        case nameAndPostcode = "name_and_postcode"
    }

    public let first: ID<Donor>
    public let second: ID<Donor>
    public let reason: Reason

    /// By the first record's id, then the second's. An address alone is no reason: a household has one, and is more
    /// than one person.
    public static func list(_ db: Connection, limit: Int) throws -> [DonorMatch] {
        try db.rows(
            """
            WITH who AS MATERIALIZED (SELECT d.id, d.kind, coalesce(a.survivor_id, d.id) AS survivor_id \
            FROM fundraising.donor d LEFT JOIN fundraising.absorbed a ON a.donor_id = d.id WHERE d.erased_at IS NULL), \
            mailbox AS (SELECT w.survivor_id, regexp_replace(split_part(e.folded, '@', 1), '[+].*$', '') || '@' || \
            split_part(e.folded, '@', 2) AS text FROM fundraising.donor_email e JOIN who w ON w.id = e.donor_id), \
            place AS (SELECT w.survivor_id, lower(regexp_replace(btrim(i.name), '\\s+', ' ', 'g')) || chr(10) \
            || lower(regexp_replace(a.postcode, '\\s', '', 'g')) || chr(10) || a.country AS text \
            FROM fundraising.donor_address a JOIN who w ON w.id = a.donor_id \
            JOIN fundraising.donor_identity i ON i.donor_id = w.id WHERE i.name IS NOT NULL AND a.postcode IS NOT NULL), \
            pair AS (SELECT l.survivor_id AS first, r.survivor_id AS second, 'email' AS reason FROM mailbox l \
            JOIN mailbox r ON r.text = l.text AND r.survivor_id > l.survivor_id \
            UNION SELECT l.survivor_id, r.survivor_id, 'name_and_postcode' FROM place l \
            JOIN place r ON r.text = l.text AND r.survivor_id > l.survivor_id) \
            SELECT p.first, p.second, min(p.reason) FROM pair p GROUP BY p.first, p.second ORDER BY 1, 2 LIMIT \(limit)
            """
        ) { row in DonorMatch(first: try row.next(), second: try row.next(), reason: try row.next()) }
    }
}
