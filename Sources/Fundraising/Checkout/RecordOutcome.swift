public import Access
internal import Journal
public import Postgres
public import Values

/// Tells the breaker what the processor said of an attempt. When too many fail it opens: nobody is let through until it
/// closes by itself, or somebody closes it.
public struct RecordOutcome {
    public enum Outcome: Sendable, Hashable { case succeeded, failed }

    let outcome: Outcome

    public init(_ outcome: Outcome) { self.outcome = outcome }

    /// - Returns: until when nobody is let through, when it is this outcome that opened the breaker.
    public func perform(_ db: Connection) throws -> Timestamp? {
        let (succeeded, failed) = outcome == .succeeded ? (1, 0) : (0, 1)
        try db.run(
            """
            INSERT INTO fundraising.attempt_outcome AS o (minute, succeeded, failed) \
            VALUES (date_trunc('minute', now()), \(succeeded)::integer, \(failed)::integer) \
            ON CONFLICT ON CONSTRAINT attempt_outcome_pkey DO UPDATE \
            SET succeeded = o.succeeded + excluded.succeeded, failed = o.failed + excluded.failed
            """)
        guard outcome == .failed else { return nil }
        try db.run("DELETE FROM fundraising.attempt_outcome WHERE minute < now() - interval '2 days'")
        return try db.value(
            """
            UPDATE fundraising.attempt_breaker b SET open_until = now() + make_interval(mins => l.pause_minutes), \
            counted_since = date_trunc('minute', now() + make_interval(mins => l.pause_minutes)), \
            opened = b.opened + 1 FROM fundraising.attempt_limit l \
            WHERE (b.open_until IS NULL OR b.open_until <= now()) AND (\
            SELECT sum(o.succeeded + o.failed) >= l.fewest \
            AND sum(o.failed) * 100 >= sum(o.succeeded + o.failed) * l.failure_percent \
            FROM fundraising.attempt_outcome o \
            WHERE o.minute > now() - make_interval(mins => l.window_minutes) AND o.minute >= b.counted_since) \
            RETURNING b.open_until
            """, as: Timestamp.self)
    }
}

/// Lets everybody through again before the breaker closes by itself. What failed until now doesn't count any more.
public struct ResumeCheckout {
    let actor: Actor

    public init(by actor: Actor) { self.actor = actor }

    /// - Throws: `AccessError.notPermitted`.
    public func perform(_ db: Connection) throws -> CheckoutStatus {
        try actor.require(.checkoutManage)
        // What failed in this very minute is in its count, which can't be cut: it begins with the next.
        try db.run(
            """
            UPDATE fundraising.attempt_breaker SET open_until = NULL, \
            counted_since = date_trunc('minute', now()) + interval '1 minute'
            """)
        try Audit.append(db, Subject(.checkout, 1), "checkout.resumed", by: actor.origin)
        return try CheckoutStatus.load(db)
    }
}

/// Changes what the donation form is held to.
public struct LimitCheckout {
    /// Nil leaves a limit as it is.
    public struct Change: Sendable {
        public var perBlock: Int?
        public var perEmail: Int?
        public var tokenMinutes: Int?
        public var windowMinutes: Int?
        public var fewestOutcomes: Int?
        public var failurePercent: Int?
        public var pauseMinutes: Int?
        public var least: Money?

        public init() {}
    }

    let change: Change
    let actor: Actor

    public init(_ change: Change, by actor: Actor) {
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/amountNotPositive(_:)``; `ValueError` for a limit that
    ///   isn't within what makes sense.
    public func perform(_ db: Connection) throws -> CheckoutLimits {
        try actor.require(.checkoutManage)
        try check()
        try db.run(
            """
            UPDATE fundraising.attempt_limit SET per_block = coalesce(\(change.perBlock)::integer, per_block), \
            per_email = coalesce(\(change.perEmail)::integer, per_email), \
            token_minutes = coalesce(\(change.tokenMinutes)::integer, token_minutes), \
            window_minutes = coalesce(\(change.windowMinutes)::integer, window_minutes), \
            fewest = coalesce(\(change.fewestOutcomes)::integer, fewest), \
            failure_percent = coalesce(\(change.failurePercent)::integer, failure_percent), \
            pause_minutes = coalesce(\(change.pauseMinutes)::integer, pause_minutes)
            """)
        if let least = change.least {
            try db.run(
                """
                INSERT INTO fundraising.attempt_least (currency, least_minor) \
                VALUES (\(least.currency.code), \(least.minor)) \
                ON CONFLICT ON CONSTRAINT attempt_least_pkey DO UPDATE SET least_minor = excluded.least_minor
                """)
        }
        try Audit.append(db, Subject(.checkout, 1), "checkout.limited", by: actor.origin, facts: facts)
        return try CheckoutLimits.load(db)
    }

    private var numbers: [(field: String, value: Int?, range: ClosedRange<Int>)] {
        [
            ("per_block", change.perBlock, 1...100_000), ("per_email", change.perEmail, 1...100_000),
            ("token_minutes", change.tokenMinutes, 1...1_440), ("window_minutes", change.windowMinutes, 1...1_440),
            ("fewest", change.fewestOutcomes, 1...100_000), ("failure_percent", change.failurePercent, 1...100),
            ("pause_minutes", change.pauseMinutes, 1...1_440),
        ]
    }

    private func check() throws {
        for (field, value, range) in numbers {
            guard let value, !range.contains(value) else { continue }
            throw ValueError(
                kind: field, value: String(value),
                reason: "write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        if let least = change.least, least.minor <= 0 { throw FundraisingError.amountNotPositive(least) }
    }

    private var facts: [String: JSON] {
        var facts: [String: JSON] = [:]
        for (field, value, _) in numbers { facts[field] = value.map { .integer(Int64($0)) } }
        if let least = change.least {
            facts["least_minor"] = .integer(least.minor)
            facts["currency"] = .string(least.currency.code)
        }
        return facts
    }
}
