internal import Journal
public import Postgres
public import Values

/// Stops an account from acting. What it did stays, with its name; its tokens stop with it.
public struct SuspendAccount {
    let email: EmailAddress
    let actor: Actor

    public init(_ email: EmailAddress, by actor: Actor) {
        self.email = email
        self.actor = actor
    }

    /// Suspending twice is suspending once.
    ///
    /// - Throws: ``AccessError``: `notPermitted`, `unknownAccount`, `lastAdmin`.
    public func perform(_ db: Connection) throws -> Account {
        try actor.require(.accountManage)
        let account = try Account.find(db, email: email)
        guard account.status == .active else { return account }
        try LastAdmin.requireAnother(db, than: account)
        try Account.change(db, account, to: .suspended, "account.suspended", by: actor)
        return try Account.find(db, email: email)
    }
}

/// Lets a suspended account act again, with the roles it had.
public struct ResumeAccount {
    let email: EmailAddress
    let actor: Actor

    public init(_ email: EmailAddress, by actor: Actor) {
        self.email = email
        self.actor = actor
    }

    /// - Throws: ``AccessError``: `notPermitted`, `unknownAccount`.
    public func perform(_ db: Connection) throws -> Account {
        try actor.require(.accountManage)
        let account = try Account.find(db, email: email)
        guard account.status == .suspended else { return account }
        try Account.change(db, account, to: .active, "account.resumed", by: actor)
        return try Account.find(db, email: email)
    }
}

extension Account {
    fileprivate static func change(
        _ db: Connection, _ account: Account, to status: Status, _ action: String, by actor: Actor
    ) throws {
        let changed = try db.run(
            """
            UPDATE access.account SET status = \(status) \
            WHERE account.id = \(account.id) AND account.status <> \(status)
            """)
        // Somebody else did the same meanwhile, and that was recorded then.
        guard changed > 0 else { return }
        try Audit.append(db, Subject(.account, account.id.rawValue), action, by: actor.origin)
    }
}

/// Somebody has to be left who manages accounts.
enum LastAdmin {
    /// Locks the active admins, so that two of them who suspend each other at once can't both succeed.
    ///
    /// - Throws: ``AccessError/lastAdmin(_:)`` when `account` is the only one.
    static func requireAnother(_ db: Connection, than account: Account) throws {
        let admins = try db.rows(
            """
            SELECT account.id FROM access.account JOIN access.role_grant AS g ON g.account = account.id \
            WHERE account.status = 'active' AND g.role = 'admin' AND g.section IS NULL \
            ORDER BY account.id FOR NO KEY UPDATE OF account
            """
        ) { try $0.next(ID<Account>.self) }
        guard admins != [account.id] else { throw AccessError.lastAdmin(account.email) }
    }
}
