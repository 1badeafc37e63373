public import Access
public import Postgres

/// Reckons the sums that reports read anew from the entries. They are kept with every entry, so this changes nothing
/// unless somebody wrote past the rules; while it works, nothing is added to the books.
public struct RebuildTotals {
    let actor: Actor

    public init(by actor: Actor) { self.actor = actor }

    /// - Returns: of how many gifts there are totals now.
    /// - Throws: `AccessError.notPermitted`.
    public func perform(_ db: Connection) throws -> Int {
        try actor.require(.periodClose)
        return try db.one("SELECT fundraising.rebuild_totals()") { try $0.next(Int.self) }
    }
}
