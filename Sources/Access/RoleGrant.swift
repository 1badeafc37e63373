public import Values

/// A part somebody plays at the publication. The roles are rows of `access.role`; these are those it starts with.
public struct Role: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: StaticString) { self.rawValue = "\(name)" }

    public var description: String { rawValue }

    public static let contributor = Role("contributor")
    public static let writer = Role("writer")
    public static let sectionEditor = Role("section-editor")
    public static let copy = Role("copy")
    public static let fact = Role("fact")
    public static let legal = Role("legal")
    public static let publisher = Role("publisher")
    public static let editorInChief = Role("editor-in-chief")
    public static let development = Role("development")
    public static let finance = Role("finance")
    public static let auditor = Role("auditor")
    public static let analyst = Role("analyst")
    public static let admin = Role("admin")

    /// In the order in which `access.role` was first filled.
    public static let all: [Role] = [
        .contributor, .writer, .sectionEditor, .copy, .fact, .legal, .publisher, .editorInChief, .development,
        .finance, .auditor, .analyst, .admin,
    ]
}

/// A role held everywhere, or in one section only.
public struct RoleGrant: Hashable, Sendable, CustomStringConvertible {
    public let role: Role
    /// Nil: everywhere.
    public let section: Slug?

    public init(_ role: Role, section: Slug? = nil) {
        self.role = role
        self.section = section
    }

    /// Reads `publisher` or `section-editor:books`. Whether there is such a role, the database says.
    public init(_ text: String) throws(ValueError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, name.utf8.allSatisfy({ $0 == 0x2D || (97...122).contains($0) })
        else {
            throw ValueError(
                kind: "role", value: text, reason: "write ROLE or ROLE:SECTION, as in section-editor:books")
        }
        role = Role(rawValue: String(name))
        section = parts.count == 2 ? try Slug(String(parts[1])) : nil
    }

    public var description: String { section.map { "\(role):\($0)" } ?? role.rawValue }
}
