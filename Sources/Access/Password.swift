public import Postgres
internal import Sodium
public import Values

/// A password as it is stored. Making and checking one takes a noticeable fraction of a second by design, so both happen
/// outside a transaction.
public struct PasswordHash: Sendable, Equatable {
    let text: String

    /// NIST SP 800-63B asks for 8 and more; 12 leaves room for what people do with 8.
    public static let shortest = 12
    /// A longer one is a mistake or an attack on our time.
    public static let longest = 1_024

    /// - Throws: ``AccessError/passwordLength(_:)``; `Argon2id.Failure` when memory is short.
    public init(of password: String) throws {
        guard password.count >= Self.shortest, password.utf8.count <= Self.longest else {
            throw AccessError.passwordLength(password.count)
        }
        text = try Argon2id.hash(password)
    }

    init(stored text: String) {
        self.text = text
    }
}

/// A login in two steps, so that no connection is held while the hash is computed: `load` in a read unit, then
/// `verify` outside.
public struct PasswordCheck: Sendable {
    private let email: EmailAddress
    private let account: ID<Account>?
    private let status: Account.Status
    private let hash: String?

    public static func load(_ db: Connection, email: EmailAddress) throws -> PasswordCheck {
        let found = try db.row(
            """
            SELECT account.id, account.status, account.password_hash FROM access.account \
            WHERE account.email_folded = \(email.folded)
            """
        ) { row in
            PasswordCheck(email: email, account: try row.next(), status: try row.next(), hash: try row.next())
        }
        return found ?? PasswordCheck(email: email, account: nil, status: .active, hash: nil)
    }

    /// The account, when this is its password; nil otherwise. An address without account or password takes as long as
    /// any other: the time must not tell who has an account.
    ///
    /// - Throws: ``AccessError/suspended(_:)``, after the right password only.
    public func verify(_ password: String) throws(AccessError) -> ID<Account>? {
        guard password.utf8.count <= PasswordHash.longest else { return nil }
        let matches = Argon2id.verify(password, against: hash ?? Self.decoy)
        guard matches, hash != nil, let account else { return nil }
        guard status == .active else { throw .suspended(email) }
        return account
    }

    /// A hash nobody can have the password of: its 32 bytes weren't computed from one.
    private static let decoy =
        "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
}
