internal import Postgres

/// Gifts with what came of each, kept beside the entries: `fundraising.gift_total t`.
extension GiftSplit? {
    /// With `fundraising.gift g` where a part has to be told from it: the totals alone are narrow, and read in order.
    var totals: SQL {
        self == nil
            ? "fundraising.gift_total t" : "fundraising.gift_total t JOIN fundraising.gift g ON g.id = t.gift_id"
    }
}

extension Connection {
    /// Lets the rest of the transaction sort and sum many donors without the disk, and without compiling the query
    /// first, which takes longer than it saves.
    func prepareForReport() throws {
        _ = try row("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)") { row in
            (try row.next(String.self), try row.next(String.self))
        }
    }
}
