/// Something that may be done, `noun.verb`. A domain adds its own:
/// `extension Permission { static let articlePublish = Permission("article.publish") }`
///
/// Which roles have it is data: rows of `access.role_permission`, written by the domain's migration.
public struct Permission: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public init(_ name: StaticString) { self.rawValue = "\(name)" }

    public var description: String { rawValue }

    public static let accountRead = Permission("account.read")
    public static let accountManage = Permission("account.manage")
    public static let settingsManage = Permission("settings.manage")
    public static let auditRead = Permission("audit.read")
}
