internal import Journal
public import Postgres
public import Values

/// Ends a token for good: its owner's, or anybody's by whoever manages accounts.
public struct RevokeToken {
    let token: ID<Token>
    let actor: Actor

    public init(_ token: ID<Token>, by actor: Actor) {
        self.token = token
        self.actor = actor
    }

    /// Revoking twice is revoking once, at the first time.
    ///
    /// - Throws: ``AccessError``: `unknownToken`, `notPermitted`.
    public func perform(_ db: Connection) throws {
        let owner = try db.value(
            "SELECT t.account FROM access.api_token AS t WHERE t.id = \(token)", as: ID<Account>.self)
        guard let owner else { throw AccessError.unknownToken(token) }
        if owner != actor.account { try actor.require(.accountManage) }
        let changed = try db.run(
            """
            UPDATE access.api_token SET revoked_at = clock_timestamp() \
            WHERE api_token.id = \(token) AND api_token.revoked_at IS NULL
            """)
        guard changed > 0 else { return }
        try Audit.append(
            db, Subject(.account, owner.rawValue), "token.revoked", by: actor.origin,
            facts: ["token": .integer(token.rawValue)])
    }
}
