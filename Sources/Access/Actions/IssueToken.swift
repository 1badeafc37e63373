internal import Journal
public import Postgres
public import Values

/// Gives the actor a token of its own. Nobody gets a token for somebody else: an admin could then approve texts as an
/// editor.
public struct IssueToken {
    let secret: TokenSecret
    let name: String
    let scopes: [Permission]
    let expiresAt: Timestamp?
    let actor: Actor

    /// - Parameters:
    ///   - secret: ``TokenSecret/random()``, made outside so that a transaction run again issues the same; show it to
    ///     its owner once.
    ///   - scopes: what the token is good for; empty for all that the account may do, now or later.
    public init(_ secret: TokenSecret, name: String, scopes: [Permission], expiresAt: Timestamp?, by actor: Actor) {
        self.secret = secret
        self.name = name
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.actor = actor
    }

    /// - Throws: ``AccessError``: `unknownScope`, `tokenNameTaken`, `expiresInThePast`; `ValueError` for the name.
    public func perform(_ db: Connection) throws -> Token {
        let name = try TokenName(name)
        try requireKnownScopes(db)
        let texts = scopes.isEmpty ? [Token.everyScope] : Set(scopes.map(\.rawValue)).sorted()
        let token: Token?
        do {
            token = try db.row(
                """
                WITH t AS (\
                INSERT INTO access.api_token (hash, account, name, scopes, expires_at) \
                VALUES (\(secret.hash), \(actor.account), \(name.text), \(texts), \(expiresAt)) \
                RETURNING id, account, name, scopes, created_at, expires_at, revoked_at) \
                SELECT \(raw: Token.columns) FROM t JOIN access.account ON account.id = t.account
                """
            ) { try Token(&$0) }
        } catch let error as PostgresError {
            throw error.orAccessError(
                [
                    "api_token_name_unique": .tokenNameTaken(name.text),
                    "api_token_expires_later": expiresAt.map(AccessError.expiresInThePast) ?? .badToken,
                ])
        }
        guard let token else { throw PostgresError.decode("INSERT … RETURNING answered without a row") }
        try Audit.append(
            db, Subject(.account, actor.account.rawValue), "token.issued", by: actor.origin,
            facts: ["token": .integer(token.id.rawValue), "scopes": .array(texts.map(JSON.string))])
        return token
    }

    /// A mistyped scope would make a token that never works, and nobody would know why.
    private func requireKnownScopes(_ db: Connection) throws {
        let unknown = try db.value(
            """
            SELECT named.permission \
            FROM unnest(\(scopes.map(\.rawValue))::text[]) WITH ORDINALITY AS named (permission, place) \
            WHERE NOT EXISTS (SELECT FROM access.role_permission AS p WHERE p.permission = named.permission) \
            ORDER BY named.place LIMIT 1
            """, as: String.self)
        if let unknown { throw AccessError.unknownScope(Permission(rawValue: unknown)) }
    }
}

/// What a token is for, in its owner's words.
struct TokenName {
    let text: String

    static let longest = 100

    init(_ text: String) throws(ValueError) {
        guard !text.allSatisfy(\.isWhitespace) else {
            throw ValueError(kind: "token name", value: text, reason: "it is empty")
        }
        guard text.unicodeScalars.count <= Self.longest else {
            throw ValueError(kind: "token name", value: text, reason: "it is longer than \(Self.longest) characters")
        }
        self.text = text
    }
}
