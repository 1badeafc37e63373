internal import Journal
public import Postgres
public import Values

/// Gives an account a role, everywhere or in one section.
public struct GrantRole {
    let grant: RoleGrant
    let email: EmailAddress
    let actor: Actor

    public init(_ grant: RoleGrant, to email: EmailAddress, by actor: Actor) {
        self.grant = grant
        self.email = email
        self.actor = actor
    }

    /// - Throws: ``AccessError``: `notPermitted`, `unknownAccount`, `unknownRole`, `alreadyGranted`.
    public func perform(_ db: Connection) throws -> Account {
        try actor.require(.accountManage)
        let account = try Account.find(db, email: email)
        try Role.requireKnown(db, [grant.role])
        do {
            try db.run(
                """
                INSERT INTO access.role_grant (account, role, section, granted_by) \
                VALUES (\(account.id), \(grant.role.rawValue), \(grant.section), \(actor.account))
                """)
        } catch let error as PostgresError {
            throw error.orAccessError(["role_grant_unique": .alreadyGranted(grant, account.email)])
        }
        try Audit.append(
            db, Subject(.account, account.id.rawValue), "role.granted", by: actor.origin,
            facts: ["grant": .string(grant.description)])
        return try Account.find(db, email: email)
    }
}

/// Takes a role away. That it was held stays in the audit chain.
public struct RevokeRole {
    let grant: RoleGrant
    let email: EmailAddress
    let actor: Actor

    public init(_ grant: RoleGrant, from email: EmailAddress, by actor: Actor) {
        self.grant = grant
        self.email = email
        self.actor = actor
    }

    /// - Throws: ``AccessError``: `notPermitted`, `unknownAccount`, `notGranted`, `lastAdmin`.
    public func perform(_ db: Connection) throws -> Account {
        try actor.require(.accountManage)
        let account = try Account.find(db, email: email)
        if grant == RoleGrant(.admin), account.grants.contains(grant) {
            try LastAdmin.requireAnother(db, than: account)
        }
        let gone = try db.run(
            """
            DELETE FROM access.role_grant WHERE role_grant.account = \(account.id) \
            AND role_grant.role = \(grant.role.rawValue) AND role_grant.section IS NOT DISTINCT FROM \(grant.section)
            """)
        guard gone > 0 else { throw AccessError.notGranted(grant, account.email) }
        try Audit.append(
            db, Subject(.account, account.id.rawValue), "role.revoked", by: actor.origin,
            facts: ["grant": .string(grant.description)])
        return try Account.find(db, email: email)
    }
}
