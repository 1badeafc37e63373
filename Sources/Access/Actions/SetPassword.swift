internal import Journal
public import Postgres
public import Values

/// Sets a password: one's own, or anybody's by whoever manages accounts, which the audit chain then shows.
public struct SetPassword {
    let email: EmailAddress
    let hash: PasswordHash
    let actor: Actor

    /// - Parameter hash: made before the transaction; it takes too long inside.
    public init(of email: EmailAddress, to hash: PasswordHash, by actor: Actor) {
        self.email = email
        self.hash = hash
        self.actor = actor
    }

    /// - Throws: ``AccessError``: `unknownAccount`, `notPermitted`.
    public func perform(_ db: Connection) throws {
        let account = try Account.find(db, email: email)
        if account.id != actor.account { try actor.require(.accountManage) }
        try db.run("UPDATE access.account SET password_hash = \(hash.text) WHERE account.id = \(account.id)")
        try Audit.append(db, Subject(.account, account.id.rawValue), "password.set", by: actor.origin)
    }
}
