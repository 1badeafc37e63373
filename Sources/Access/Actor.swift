public import Journal
public import Postgres
public import Values

/// An account that acts, by which way it came, and what it may do. Loaded in the transaction that it acts in, so that
/// a suspension or a revoked role counts at once.
public struct Actor: Sendable {
    public let account: ID<Account>
    public let email: EmailAddress
    public let name: String
    public let grants: [RoleGrant]
    public let origin: Origin

    private let permissions: [Permission: Reach]

    /// Where a permission holds.
    private enum Reach: Sendable {
        case everywhere
        case sections(Set<Slug>)

        func joined(by section: Slug?) -> Reach {
            guard let section, case .sections(let sections) = self else { return .everywhere }
            return .sections(sections.union([section]))
        }
    }

    /// Whether this may be done: everywhere (`section` nil), or to something in that section.
    public func may(_ permission: Permission, section: Slug? = nil) -> Bool {
        switch permissions[permission] {
        case nil: false
        case .everywhere: true
        case .sections(let sections): section.map(sections.contains) ?? false
        }
    }

    public func require(_ permission: Permission, section: Slug? = nil) throws(AccessError) {
        guard may(permission, section: section) else {
            throw .notPermitted(permission, actor: email, section: section)
        }
    }

    /// Where the permission holds: nil for nowhere, an empty list for everywhere, else those sections. For lists, which
    /// must not show what can't be read.
    public func sections(for permission: Permission) -> [Slug]? {
        switch permissions[permission] {
        case nil: nil
        case .everywhere: []
        case .sections(let sections): sections.sorted()
        }
    }
}

// MARK: Loading

extension Actor {
    private static let columns: StaticString = """
        account.id, account.email, account.name, account.status, g.role, g.section, ARRAY(\
        SELECT p.permission FROM access.role_permission AS p WHERE p.role = g.role ORDER BY p.permission)
        """

    /// The actor with all that it may do, in one query.
    ///
    /// - Throws: ``AccessError/unknownAccount(_:)``, ``AccessError/suspended(_:)``.
    public static func load(_ db: Connection, email: EmailAddress, via: Via, systemUser: String) throws -> Actor {
        let rows = try db.rows(
            """
            SELECT \(raw: columns) FROM access.account \
            LEFT JOIN access.role_grant AS g ON g.account = account.id \
            WHERE account.email_folded = \(email.folded) ORDER BY g.role, g.section NULLS FIRST
            """
        ) { try GrantRow(&$0) }
        guard let actor = try Actor(rows, scopes: nil, via: via, systemUser: systemUser) else {
            throw AccessError.unknownAccount(email)
        }
        return actor
    }

    /// The actor behind a token's secret, with no more than the token's scopes, in one query.
    ///
    /// - Throws: ``AccessError/badToken`` for an unknown, revoked or expired one, ``AccessError/suspended(_:)``.
    public static func load(
        _ db: Connection, token secret: TokenSecret, via: Via, systemUser: String
    ) throws -> Actor {
        var scopes: [String] = []
        let rows = try db.rows(
            """
            SELECT \(raw: columns), t.scopes FROM access.api_token AS t \
            JOIN access.account ON account.id = t.account \
            LEFT JOIN access.role_grant AS g ON g.account = account.id \
            WHERE t.hash = \(secret.hash) AND t.revoked_at IS NULL \
            AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()) ORDER BY g.role, g.section NULLS FIRST
            """
        ) { row in
            let grant = try GrantRow(&row)
            scopes = try row.next()
            return grant
        }
        let limits = scopes == [Token.everyScope] ? nil : Set(scopes.map(Permission.init(rawValue:)))
        guard let actor = try Actor(rows, scopes: limits, via: via, systemUser: systemUser) else {
            throw AccessError.badToken
        }
        return actor
    }

    /// One grant of the account with what its role may do; an account without grants has one row without a role.
    private struct GrantRow {
        let account: ID<Account>
        let email: EmailAddress
        let name: String
        let status: Account.Status
        let grant: RoleGrant?
        let permissions: [String]

        init(_ row: inout Row) throws {
            account = try row.next()
            email = try row.next()
            name = try row.next()
            status = try row.next()
            let role = try row.next(String?.self)
            let section = try row.next(Slug?.self)
            grant = role.map { RoleGrant(Role(rawValue: $0), section: section) }
            permissions = try row.next()
        }
    }

    private init?(_ rows: [GrantRow], scopes: Set<Permission>?, via: Via, systemUser: String) throws {
        guard let first = rows.first else { return nil }
        guard first.status == .active else { throw AccessError.suspended(first.email) }
        var permissions: [Permission: Reach] = [:]
        for row in rows {
            for permission in row.permissions.map(Permission.init(rawValue:))
            where scopes?.contains(permission) ?? true {
                permissions[permission] = permissions[permission, default: .sections([])]
                    .joined(by: row.grant?.section)
            }
        }
        account = first.account
        email = first.email
        name = first.name
        grants = rows.compactMap(\.grant)
        origin = Origin(account: first.account.rawValue, via: via, systemUser: systemUser)
        self.permissions = permissions
    }
}
