public import Postgres
internal import Values

/// Something in the books that isn't as it must be.
public struct LedgerFinding: Sendable, Hashable {
    /// One word for machines: `entry_without_transfer`.
    public let word: String
    /// What is wrong, with the ids it is about.
    public let text: String
}

/// The books as a whole.
public enum Ledger {
    /// Of one kind of finding, so many are named; the books are wrong with the first.
    private static let limit = 100

    /// Goes through all entries and transfers and answers what can't be right; empty when all is well.
    ///
    /// Run it in a `read` unit: everything is then of one instant.
    public static func check(_ db: Connection) throws -> [LedgerFinding] {
        try checks.flatMap { check in
            try db.rows(check.query + " LIMIT \(limit)") { row in
                LedgerFinding(word: check.word, text: try row.next())
            }
        }
    }

    private struct Check {
        let word: String
        /// Gives one text a finding.
        let query: SQL
    }

    /// That debits equal credits needs no check: a transfer is one amount between two accounts.
    private static let checks: [Check] = [
        Check(
            word: "entry_without_transfer",
            query: """
                SELECT format('entry %s (%s of %s %s) moves no money', e.id, e.kind, e.amount_minor, e.currency) \
                FROM fundraising.entry e WHERE NOT EXISTS (\
                SELECT FROM fundraising.transfer t WHERE t.entry_id = e.id) ORDER BY e.id
                """),
        Check(
            word: "transfer_without_entry",
            query: """
                SELECT format('a transfer of %s %s is of entry %s, which is not there', t.amount_minor, t.currency, \
                t.entry_id) FROM fundraising.transfer t WHERE NOT EXISTS (\
                SELECT FROM fundraising.entry e WHERE e.id = t.entry_id) ORDER BY t.entry_id
                """),
        Check(
            word: "transfer_differs",
            query: """
                SELECT format('entry %s is %s %s, its first transfer moves %s %s', \
                e.id, e.amount_minor, e.currency, t.amount_minor, t.currency) \
                FROM fundraising.entry e JOIN fundraising.transfer t ON t.entry_id = e.id AND t.leg = 1 \
                WHERE t.amount_minor <> abs(e.amount_minor) OR t.currency <> e.currency ORDER BY e.id
                """),
        Check(
            word: "contributions_differ",
            query: """
                SELECT format('%s: gifts come to %s, the contributions accounts to %s', c.currency, c.minor, \
                coalesce(l.minor, 0)) FROM (\
                SELECT currency, sum(amount_minor) AS minor FROM fundraising.contribution GROUP BY currency) c \
                LEFT JOIN (SELECT currency, sum(minor) AS minor FROM (\
                SELECT currency, credit AS account, amount_minor::numeric AS minor FROM fundraising.transfer \
                UNION ALL SELECT currency, debit, -amount_minor FROM fundraising.transfer) t \
                WHERE account IN ('contributions', 'contributions_disputed', 'adjustments', 'write_offs') \
                GROUP BY currency) l ON l.currency = c.currency \
                WHERE c.minor <> coalesce(l.minor, 0) ORDER BY c.currency
                """),
        Check(
            word: "undeposited_below_zero",
            query: """
                SELECT format('%s: %s lies undeposited, less than nothing', a.currency, a.minor) FROM (\
                SELECT t.currency, sum(CASE WHEN t.debit = 'undeposited' THEN t.amount_minor::numeric \
                ELSE -t.amount_minor END) AS minor FROM fundraising.transfer t \
                WHERE 'undeposited' IN (t.debit, t.credit) GROUP BY t.currency) a WHERE a.minor < 0 ORDER BY a.currency
                """),
        Check(
            word: "total_differs",
            query: "SELECT m.text FROM fundraising.total_mismatch m ORDER BY m.text"),
        Check(
            word: "negative_gift",
            query: """
                SELECT format('gift %s has given back more than it brought: %s %s', k.gift_id, \
                sum(k.amount_minor), k.currency) FROM fundraising.contribution k \
                GROUP BY k.gift_id, k.currency HAVING sum(k.amount_minor) < 0 ORDER BY k.gift_id
                """),
        Check(
            word: "entry_of_other_gift",
            query: """
                SELECT format('entry %s differs from its gift %s in currency or mode', e.id, g.id) \
                FROM fundraising.entry e JOIN fundraising.gift g ON g.id = e.gift_id WHERE e.live <> g.live \
                OR (e.currency <> g.currency AND e.kind NOT IN ('fee', 'fee_refund', 'fx')) ORDER BY e.id
                """),
        Check(
            word: "posted_to_closed_month",
            query: """
                SELECT format('entry %s was posted to %s after that month was closed', e.id, e.posting_date) \
                FROM fundraising.entry e JOIN fundraising.period p ON p.status = 'closed' \
                AND e.posting_date < (p.month + interval '1 month')::date AND e.recorded_at > p.closed_at \
                GROUP BY e.id ORDER BY e.id
                """),
        Check(
            word: "unknown_import_row",
            query: """
                SELECT format('entry %s names line %s of import %s, which is not there', \
                e.id, e.import_line, e.import_file_id) FROM fundraising.entry e \
                WHERE e.import_file_id IS NOT NULL AND NOT EXISTS (SELECT FROM fundraising.import_row r \
                WHERE r.import_file_id = e.import_file_id AND r.line = e.import_line) ORDER BY e.id
                """),
        Check(
            word: "instalments_differ",
            query: """
                SELECT format('pledge %s promises %s %s, its instalments come to %s', p.id, p.amount_minor, p.currency, \
                coalesce(sum(i.amount_minor), 0)) FROM fundraising.pledge p \
                LEFT JOIN fundraising.pledge_instalment i ON i.pledge_id = p.id \
                GROUP BY p.id HAVING coalesce(sum(i.amount_minor), 0) <> p.amount_minor ORDER BY p.id
                """),
        // A refund that failed brings its gift back to an instalment that another gift settled meanwhile.
        Check(
            word: "instalment_overpaid",
            query: """
                SELECT format('instalment %s of pledge %s is for %s and settled with %s', m.instalment_id, m.pledge_id, \
                m.amount_minor, m.settled_minor + m.written_off_minor) FROM fundraising.instalment_money m \
                WHERE m.settled_minor + m.written_off_minor > m.amount_minor ORDER BY m.instalment_id
                """),
        Check(
            word: "deposit_differs",
            query: """
                SELECT format('batch %s is closed with %s gifts of %s %s, its slip says %s of %s', b.id, \
                count(i.gift_id), coalesce(sum(i.amount_minor), 0), b.currency, b.gifts, b.total_minor) \
                FROM fundraising.deposit_batch b LEFT JOIN fundraising.deposit_item i ON i.batch_id = b.id \
                WHERE b.closed_at IS NOT NULL GROUP BY b.id HAVING count(i.gift_id) <> b.gifts \
                OR coalesce(sum(i.amount_minor), 0) <> b.total_minor ORDER BY b.id
                """),
    ]
}
