public import Postgres
public import Values

/// The magazine that this database belongs to.
public struct Publication: Sendable, Hashable {
    public let name: String
    /// Decides which day a gift, a view or a deadline belongs to.
    public let zone: Zone
    /// A BCP 47 tag, `en-US`.
    public let locale: String

    public static func load(_ db: Connection) throws -> Publication {
        let found = try db.row("SELECT name, timezone, locale FROM access.publication") { row in
            (name: try row.next(String.self), zone: try row.next(String.self), locale: try row.next(String.self))
        }
        guard let found else { throw PostgresError.decode("access.publication has no row") }
        return Publication(name: found.name, zone: try Zone.named(found.zone), locale: found.locale)
    }

    /// Gives a publication that nobody works at yet its name and zone, as the owner. With the first account they stand:
    /// running `db init` again must not move a magazine to another zone. False when they stood already.
    @discardableResult
    public static func establish(_ db: Connection, name: String, zone: Zone) throws -> Bool {
        let changed = try db.run(
            """
            UPDATE access.publication SET name = \(name), timezone = \(zone.name)
            WHERE NOT EXISTS (SELECT FROM access.account)
            """)
        return changed > 0
    }

    /// Sets the zone, as the owner: the app role may not, because everything counted so far was counted in it.
    public static func setZone(_ db: Connection, _ zone: Zone) throws {
        try db.run("UPDATE access.publication SET timezone = \(zone.name)")
    }

    /// Sets the name, as the owner.
    public static func setName(_ db: Connection, _ name: String) throws {
        try db.run("UPDATE access.publication SET name = \(name)")
    }
}
