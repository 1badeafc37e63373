public import Postgres
internal import Sodium
public import Values

/// A way for a program to act as an account. The secret itself is shown once and never stored.
public struct Token: Sendable, Hashable {
    public let id: ID<Token>
    public let account: EmailAddress
    public let name: String
    /// Permissions it is good for; `*` alone for all that the account has.
    public let scopes: [String]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?

    public static let everyScope = "*"

    static let columns: StaticString = """
        t.id, account.email, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        account = try row.next()
        name = try row.next()
        scopes = try row.next()
        createdAt = try row.next()
        expiresAt = try row.next()
        revokedAt = try row.next()
    }

    /// Tokens by id, from after the one already seen; revoked and expired ones too.
    public static func list(
        _ db: Connection, account: ID<Account>? = nil, after: ID<Token>? = nil, limit: Int
    ) throws -> [Token] {
        var query: SQL = """
            SELECT \(raw: columns) FROM access.api_token AS t JOIN access.account ON account.id = t.account WHERE true
            """
        if let account { query = query + " AND t.account = \(account)" }
        if let after { query = query + " AND t.id > \(after)" }
        return try db.rows(query + " ORDER BY t.id LIMIT \(limit)") { try Token(&$0) }
    }
}

/// What a program shows to act as an account: 256 random bits behind a prefix that secret scanners can look for.
public struct TokenSecret: Sendable, Equatable {
    public let text: String

    static let prefix = "masthead_"
    private static let length = 32

    /// A new one, from the system's source of randomness.
    public static func random() -> TokenSecret {
        TokenSecret(text: prefix + Hex.text(Sodium.randomBytes(length)))
    }

    /// Whatever somebody sent as a token.
    public init(text: String) {
        self.text = text
    }

    /// What is stored and looked up. A plain hash will do: nobody guesses 256 bits, and looking it up by index tells
    /// nothing of the secret.
    public var hash: [UInt8] { SHA256.hash(text.utf8) }
}
