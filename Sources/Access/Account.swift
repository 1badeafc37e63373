public import Postgres
public import Values

/// Someone who may act.
public struct Account: Sendable, Hashable {
    public enum Status: String, Sendable, PostgresCodable {
        case active, suspended
    }

    public let id: ID<Account>
    public let email: EmailAddress
    public let name: String
    public let status: Status
    public let createdAt: Timestamp
    /// By role, then section.
    public let grants: [RoleGrant]

    static let columns: StaticString = """
        account.id, account.email, account.name, account.status, account.created_at, ARRAY(\
        SELECT g.role || coalesce(':' || g.section, '') FROM access.role_grant AS g \
        WHERE g.account = account.id ORDER BY g.role, g.section NULLS FIRST)
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        email = try row.next()
        name = try row.next()
        status = try row.next()
        createdAt = try row.next()
        grants = try row.next([String].self).map { try RoleGrant($0) }
    }

    /// The account of an address, whatever its case.
    ///
    /// - Throws: ``AccessError/unknownAccount(_:)``.
    public static func find(_ db: Connection, email: EmailAddress) throws -> Account {
        let found = try db.row(
            "SELECT \(raw: columns) FROM access.account WHERE account.email_folded = \(email.folded)"
        ) { try Account(&$0) }
        guard let found else { throw AccessError.unknownAccount(email) }
        return found
    }

    /// The addresses of these accounts, by id; unknown ones are left out.
    public static func addresses(_ db: Connection, of ids: [Int64]) throws -> [Int64: EmailAddress] {
        let known = Array(Set(ids))
        guard !known.isEmpty else { return [:] }
        let pairs = try db.rows("SELECT account.id, account.email FROM access.account WHERE account.id = ANY(\(known))")
        {
            (try $0.next(Int64.self), try $0.next(EmailAddress.self))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Whether nobody is here yet, so that the first admin may be added without an actor.
    public static func isNobodyHere(_ db: Connection) throws -> Bool {
        try db.value("SELECT NOT EXISTS (SELECT FROM access.account)", as: Bool.self) ?? true
    }

    /// Accounts by id, from after the one already seen.
    public static func list(
        _ db: Connection, status: Status? = nil, role: Role? = nil, after: ID<Account>? = nil, limit: Int
    ) throws -> [Account] {
        var query: SQL = "SELECT \(raw: columns) FROM access.account WHERE true"
        if let status { query = query + " AND account.status = \(status)" }
        if let role {
            query =
                query + " AND EXISTS (SELECT FROM access.role_grant AS held WHERE held.account = account.id"
                + " AND held.role = \(role.rawValue))"
        }
        if let after { query = query + " AND account.id > \(after)" }
        return try db.rows(query + " ORDER BY account.id LIMIT \(limit)") { try Account(&$0) }
    }
}
