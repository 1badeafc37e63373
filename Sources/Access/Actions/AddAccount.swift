public import Journal
public import Postgres
public import Values

/// Lets somebody in, with the roles to begin with.
///
/// The first account needs no actor, because nobody is there to be one; it must be an admin everywhere. Of two that come
/// first at once the database lets one in.
public struct AddAccount {
    let email: EmailAddress
    let name: String
    let grants: [RoleGrant]
    let actor: Actor?
    let origin: Origin

    public init(email: EmailAddress, name: String, grants: [RoleGrant], by actor: Actor) {
        self.email = email
        self.name = name
        self.grants = grants
        self.actor = actor
        self.origin = actor.origin
    }

    /// The first account of all.
    public init(first email: EmailAddress, name: String, grants: [RoleGrant], via: Via, systemUser: String) {
        self.email = email
        self.name = name
        self.grants = grants
        self.actor = nil
        self.origin = Origin(account: nil, via: via, systemUser: systemUser)
    }

    /// - Throws: ``AccessError``: `notPermitted`, `actorRequired`, `firstAccountMustBeAdmin`, `emailTaken`,
    ///   `unknownRole`; `ValueError` for a name that is empty or too long.
    public func perform(_ db: Connection) throws -> Account {
        try requireRight(db)
        let name = try AccountName(name)
        try Role.requireKnown(db, grants.map(\.role))

        let account: ID<Account> = try insert(db, name)
        try insertGrants(db, to: account)
        let roles = Set(grants).map(\.description).sorted()
        try Audit.append(
            db, Subject(.account, account.rawValue), "account.added", by: origin,
            facts: ["grants": .array(roles.map(JSON.string))])
        return try Account.find(db, email: email)
    }

    private func requireRight(_ db: Connection) throws {
        if let actor { return try actor.require(.accountManage) }
        guard try Account.isNobodyHere(db) else { throw AccessError.actorRequired }
        guard grants.contains(RoleGrant(.admin)) else { throw AccessError.firstAccountMustBeAdmin }
    }

    private func insert(_ db: Connection, _ name: AccountName) throws -> ID<Account> {
        do {
            let id = try db.value(
                """
                INSERT INTO access.account (email, email_folded, name) \
                VALUES (\(email.text), \(email.folded), \(name.text)) RETURNING id
                """, as: ID<Account>.self)
            guard let id else { throw PostgresError.decode("INSERT … RETURNING answered without a row") }
            return id
        } catch let error as PostgresError {
            throw error.orAccessError(["account_email_unique": .emailTaken(email)])
        }
    }

    /// Nobody gave the very first grant; the first admin's other roles are his own doing.
    private func insertGrants(_ db: Connection, to account: ID<Account>) throws {
        let others: [RoleGrant]
        if actor == nil {
            do {
                try db.run("INSERT INTO access.role_grant (account, role) VALUES (\(account), 'admin')")
            } catch let error as PostgresError {
                throw error.orAccessError(["role_grant_first_once": .actorRequired])
            }
            others = grants.filter { $0 != RoleGrant(.admin) }
        } else {
            others = grants
        }
        guard !others.isEmpty else { return }
        try db.run(
            """
            INSERT INTO access.role_grant (account, role, section, granted_by) \
            SELECT \(account), role, section, \(actor?.account ?? account) \
            FROM unnest(\(others.map(\.role.rawValue))::text[], \(others.map(\.section?.text))::text[]) \
            AS given (role, section) ON CONFLICT ON CONSTRAINT role_grant_unique DO NOTHING
            """)
    }
}

/// What somebody is called: something, and no novel.
struct AccountName {
    let text: String

    static let longest = 200

    init(_ text: String) throws(ValueError) {
        let isBlank = text.allSatisfy(\.isWhitespace)
        guard !isBlank else { throw ValueError(kind: "name", value: text, reason: "it is empty") }
        guard text.unicodeScalars.count <= Self.longest else {
            throw ValueError(kind: "name", value: text, reason: "it is longer than \(Self.longest) characters")
        }
        self.text = text
    }
}

extension Role {
    /// - Throws: ``AccessError/unknownRole(_:)`` for the first that `access.role` doesn't have.
    static func requireKnown(_ db: Connection, _ roles: [Role]) throws {
        let unknown = try db.value(
            """
            SELECT named.role FROM unnest(\(roles.map(\.rawValue))::text[]) WITH ORDINALITY AS named (role, place) \
            WHERE NOT EXISTS (SELECT FROM access.role AS r WHERE r.role = named.role) ORDER BY named.place LIMIT 1
            """, as: String.self)
        if let unknown { throw AccessError.unknownRole(Role(rawValue: unknown)) }
    }
}
