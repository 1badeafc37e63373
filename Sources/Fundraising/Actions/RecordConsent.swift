public import Access
internal import Journal
public import Postgres
public import Values

/// Adopts a version of what donors agree to when they let themselves be named.
public struct AdoptNamingPolicy {
    let version: String
    let text: String
    let threshold: Money
    let actor: Actor

    public init(_ version: String, text: String, threshold: Money, by actor: Actor) {
        self.version = version
        self.text = text
        self.threshold = threshold
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `amountNotPositive`, `policyTaken`; `ValueError`.
    public func perform(_ db: Connection) throws {
        try actor.require(.donorManage)
        guard version.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]{0,49}/) != nil else {
            throw ValueError(kind: "version", value: version, reason: "write it as in 2026-1")
        }
        let text = try TypedText(text, "text", longest: 20_000).text
        guard threshold.minor > 0 else { throw FundraisingError.amountNotPositive(threshold) }
        do {
            try db.run(
                """
                INSERT INTO fundraising.naming_policy (version, text, threshold_minor, currency, adopted_by) \
                VALUES (\(version), \(text), \(threshold.minor), \(threshold.currency.code), \(actor.account))
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError(["naming_policy_pkey": .policyTaken(version)])
        }
        try Audit.append(
            db, Subject(.publication, 1), "naming-policy.adopted", by: actor.origin,
            facts: ["version": .string(version), "threshold_minor": .integer(threshold.minor)])
    }
}

/// Records what a donor said about being named. Nothing is overwritten; the last word counts.
public struct RecordConsent {
    public enum Word: Sendable, Hashable {
        case named(String)
        case withdrawn
    }

    let donor: ID<Donor>
    let word: Word
    let policy: String
    let actor: Actor

    public init(_ donor: ID<Donor>, _ word: Word, policy: String, by actor: Actor) {
        self.donor = donor
        self.word = word
        self.policy = policy
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `unknownPolicy`,
    ///   `confidential`; `ValueError`.
    public func perform(_ db: Connection) throws {
        try actor.require(.donorManage)
        var name: String?
        if case .named(let given) = word { name = try TypedText(given, "public-name", longest: TypedText.name).text }
        try DonorRecord.require(db, donor)
        do {
            try db.run(
                """
                INSERT INTO fundraising.donor_consent (donor_id, policy, public_name, recorded_by) \
                VALUES (\(donor), \(policy), \(name), \(actor.account))
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError(["donor_consent_policy_fkey": .unknownPolicy(policy)])
        }
        try Audit.append(
            db, Subject(.donor, donor.rawValue), name == nil ? "consent.withdrawn" : "consent.given",
            by: actor.origin, facts: ["policy": .string(policy)])
    }
}

/// A name that may be shown in public.
public struct PublicName: Sendable, Hashable {
    public enum Basis: String, Sendable, PostgresCodable {
        /// The donor said so.
        case consent
        /// He accepted a version of the policy with a gift that reaches its threshold, and said nothing since.
        case policy
    }

    public let donor: ID<Donor>
    public let name: String
    public let basis: Basis
    public let policy: String

    /// By name. Nobody whose gifts are all anonymous, given back, or in test mode.
    public static func wall(_ db: Connection) throws -> [PublicName] {
        try db.rows(
            """
            SELECT p.survivor_id, p.name, p.basis, p.policy FROM fundraising.public_name p \
            ORDER BY lower(p.name), p.survivor_id
            """
        ) { row in
            PublicName(donor: try row.next(), name: try row.next(), basis: try row.next(), policy: try row.next())
        }
    }
}
