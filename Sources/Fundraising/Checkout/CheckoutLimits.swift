public import Postgres
public import Values

/// What the donation form is held to.
public struct CheckoutLimits: Sendable, Hashable {
    /// A day, from one block of addresses.
    public var perBlock: Int
    /// A day, with one e-mail address.
    public var perEmail: Int
    /// How long a form may stay open.
    public var tokenMinutes: Int
    /// The breaker looks at the outcomes of so many minutes, when there are so many at least.
    public var windowMinutes: Int
    public var fewestOutcomes: Int
    /// At this part of failures it opens, for so many minutes.
    public var failurePercent: Int
    public var pauseMinutes: Int
    /// The least that may be given, by currency.
    public var least: [Money]

    static let columns: StaticString = """
        l.per_block::bigint, l.per_email::bigint, l.token_minutes::bigint, l.window_minutes::bigint, \
        l.fewest::bigint, l.failure_percent::bigint, l.pause_minutes::bigint
        """

    public static func load(_ db: Connection) throws -> CheckoutLimits {
        let least = try db.rows(
            "SELECT currency, least_minor FROM fundraising.attempt_least ORDER BY currency"
        ) { row in
            let currency = try row.next(Currency.self)
            return Money(minor: try row.next(), currency: currency)
        }
        return try db.one("SELECT \(raw: columns) FROM fundraising.attempt_limit l") { row in
            CheckoutLimits(
                perBlock: try row.next(), perEmail: try row.next(), tokenMinutes: try row.next(),
                windowMinutes: try row.next(), fewestOutcomes: try row.next(), failurePercent: try row.next(),
                pauseMinutes: try row.next(), least: least)
        }
    }
}

/// How the donation form is doing.
public struct CheckoutStatus: Sendable, Hashable {
    /// Nobody is let through until then; nil while everybody is.
    public let pausedUntil: Timestamp?
    /// How often the breaker opened, ever.
    public let timesPaused: Int
    /// Outcomes that the breaker looks at now.
    public let succeeded: Int
    public let failed: Int
    /// Blocks of addresses that tried today, and those of them that are refused.
    public let blocks: Int
    public let blocksRefused: Int

    public static func load(_ db: Connection) throws -> CheckoutStatus {
        try db.one(
            """
            SELECT CASE WHEN b.open_until > now() THEN b.open_until END, b.opened::bigint, o.succeeded, o.failed, \
            c.blocks, c.refused FROM fundraising.attempt_breaker b CROSS JOIN fundraising.attempt_limit l \
            CROSS JOIN LATERAL (SELECT coalesce(sum(t.succeeded), 0)::bigint AS succeeded, \
            coalesce(sum(t.failed), 0)::bigint AS failed FROM fundraising.attempt_outcome t \
            WHERE t.minute > now() - make_interval(mins => l.window_minutes) AND t.minute >= b.counted_since) o \
            CROSS JOIN LATERAL (SELECT count(*) AS blocks, count(*) FILTER (WHERE n.attempts > l.per_block) AS refused \
            FROM fundraising.attempt_count n WHERE n.kind = 'block' \
            AND n.day = (now() AT TIME ZONE 'UTC')::date) c
            """
        ) { row in
            CheckoutStatus(
                pausedUntil: try row.next(), timesPaused: try row.next(), succeeded: try row.next(),
                failed: try row.next(), blocks: try row.next(), blocksRefused: try row.next())
        }
    }
}
