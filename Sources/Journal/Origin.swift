public import Postgres

/// By which way a change came.
public enum Via: String, Sendable, CaseIterable, PostgresCodable {
    case cli, web, worker, importer
}

/// Who did something, and how it reached us: what every audit row says about its author.
public struct Origin: Sendable, Hashable {
    /// The account that acted; nil for the first account ever and for workers that act on nobody's behalf.
    public let account: Int64?
    public let via: Via
    /// The login name on the machine the change was made from. Whoever holds the database's credentials may claim any
    /// account, so this is kept beside it.
    public let systemUser: String

    public init(account: Int64?, via: Via, systemUser: String) {
        self.account = account
        self.via = via
        self.systemUser = systemUser
    }
}
