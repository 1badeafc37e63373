public import Postgres
internal import Sodium
internal import Values

/// Decides whether an attempt to give may go to the payment processor. Nothing but this stands between a form that
/// anybody can send and a call that costs money: thieves try out stolen cards where nobody looks.
///
/// A refusal is an answer and no error: what was counted has to stay counted. Run it in a transaction of its own and
/// call the processor after it.
public struct AdmitAttempt {
    public enum Decision: Sendable, Hashable {
        case admitted
        case refused(AttemptRefusal)
    }

    let attempt: GivingAttempt
    let key: [UInt8]

    /// - Parameter key: 32 bytes or more, kept out of the database: without it nobody can find out from the counts who
    ///   tried.
    public init(_ attempt: GivingAttempt, key: [UInt8]) {
        precondition(key.count >= 32, "counts are kept under a key of 32 bytes or more")
        self.attempt = attempt
        self.key = key
    }

    public func perform(_ db: Connection) throws -> Decision {
        if let refusal = refusalOfText { return .refused(refusal) }
        guard let block = try? AddressBlock(attempt.address) else { return .refused(.addressUnknown) }
        let standing = try Standing.load(db)
        let byBlock = Counter(kind: .block, of: block.description, standing, limit: standing.perBlock, key: key)
        // Whoever is over it is only looked up: thousands of his attempts write nothing and wait for nobody.
        guard try !byBlock.isOver(db), try byBlock.count(db) else { return .refused(.tooManyFromBlock) }

        if let until = standing.pausedUntil { return .refused(.paused(until: until)) }
        guard let token = FormToken(attempt.token, key: key) else { return .refused(.formUnknown) }
        let expiresAt = token.madeAt.adding(seconds: 60 * Int64(standing.tokenMinutes))
        guard token.madeAt <= standing.now, standing.now < expiresAt else { return .refused(.formExpired) }
        let least = try least(db)
        guard attempt.amount.minor >= least.minor else { return .refused(.belowLeast(least)) }
        let byEmail = Counter(
            kind: .email, of: attempt.email.folded, standing, limit: standing.perEmail, key: key)
        guard try !byEmail.isOver(db), try byEmail.count(db) else { return .refused(.tooManyWithEmail) }
        guard try isFirstUse(db, token, expiresAt) else { return .refused(.formUsed) }
        return .admitted
    }

    /// What needs no database: numbers that are kept nowhere, and forms that are none.
    private var refusalOfText: AttemptRefusal? {
        guard attempt.fields.count <= GivingAttempt.mostFields else { return .oversized }
        for (field, text) in [("email", attempt.email.text)] + attempt.fields.sorted(by: { $0.key < $1.key }) {
            guard field.utf8.count <= 100, text.utf8.count <= GivingAttempt.longestField else { return .oversized }
            // The field's own name is the sender's word too.
            if Confidential.found(in: field) != nil { return .confidential(field: "…") }
            if Confidential.found(in: text) != nil { return .confidential(field: field) }
        }
        return nil
    }

    /// Where nobody named one: two hundred of the smallest units.
    private func least(_ db: Connection) throws -> Money {
        let currency = attempt.amount.currency
        let minor = try db.value(
            "SELECT least_minor FROM fundraising.attempt_least WHERE currency = \(currency.code)", as: Int64.self)
        return Money(minor: minor ?? 200, currency: currency)
    }

    private func isFirstUse(_ db: Connection, _ token: FormToken, _ expiresAt: Timestamp) throws -> Bool {
        let isFirst =
            try db.run(
                """
                INSERT INTO fundraising.attempt_token (nonce, expires_at) VALUES (\(token.nonce), \(expiresAt)) \
                ON CONFLICT ON CONSTRAINT attempt_token_pkey DO NOTHING
                """) == 1
        if isFirst {
            try db.run(
                """
                DELETE FROM fundraising.attempt_token WHERE nonce IN (SELECT t.nonce FROM fundraising.attempt_token t \
                WHERE t.expires_at < now() - interval '1 hour' LIMIT 10 FOR UPDATE SKIP LOCKED)
                """)
        }
        return isFirst
    }
}

/// How things stand when an attempt comes.
private struct Standing {
    let now: Timestamp
    let day: LocalDate
    let perBlock: Int
    let perEmail: Int
    let tokenMinutes: Int
    let pausedUntil: Timestamp?

    static func load(_ db: Connection) throws -> Standing {
        try db.one(
            """
            SELECT now(), (now() AT TIME ZONE 'UTC')::date, l.per_block::bigint, l.per_email::bigint, \
            l.token_minutes::bigint, CASE WHEN b.open_until > now() THEN b.open_until END \
            FROM fundraising.attempt_limit l CROSS JOIN fundraising.attempt_breaker b
            """
        ) { row in
            Standing(
                now: try row.next(), day: try row.next(), perBlock: try row.next(), perEmail: try row.next(),
                tokenMinutes: try row.next(), pausedUntil: try row.next())
        }
    }
}

/// How often somebody tried today, without saying who.
private struct Counter {
    enum Kind: String { case block, email }

    let kind: Kind
    let day: LocalDate
    let limit: Int
    private let hash: [UInt8]

    init(kind: Kind, of text: String, _ standing: Standing, limit: Int, key: [UInt8]) {
        self.kind = kind
        self.day = standing.day
        self.limit = limit
        hash = HMACSHA256.code(for: Array("\(kind.rawValue) \(standing.day) \(text)".utf8), key: key)
    }

    func isOver(_ db: Connection) throws -> Bool {
        try db.one(
            """
            SELECT EXISTS (SELECT FROM fundraising.attempt_count c WHERE c.day = \(day) AND c.kind = \(kind.rawValue) \
            AND c.key = \(hash) AND c.attempts > \(limit))
            """
        ) { try $0.next(Bool.self) }
    }

    /// Counts one more; true as long as it is within the limit. Two at once are two.
    func count(_ db: Connection) throws -> Bool {
        let attempts = try db.one(
            """
            INSERT INTO fundraising.attempt_count AS c (day, kind, key, attempts) \
            VALUES (\(day), \(kind.rawValue), \(hash), 1) ON CONFLICT ON CONSTRAINT attempt_count_pkey \
            DO UPDATE SET attempts = c.attempts + 1 RETURNING c.attempts::bigint
            """
        ) { try $0.next(Int.self) }
        // With each new one a few of those that went by go: the table holds two days.
        if attempts == 1 {
            try db.run(
                """
                DELETE FROM fundraising.attempt_count WHERE ctid = ANY (ARRAY(SELECT c.ctid \
                FROM fundraising.attempt_count c WHERE c.day < \(day)::date - 1 LIMIT 10 FOR UPDATE SKIP LOCKED))
                """)
        }
        return attempts <= limit
    }
}
