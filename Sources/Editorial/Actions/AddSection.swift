public import Access
internal import Journal
public import Postgres
public import Values

/// Opens a section of the magazine.
public struct AddSection {
    let slug: Slug
    let name: String
    let actor: Actor

    public init(_ slug: Slug, name: String, by actor: Actor) {
        self.slug = slug
        self.name = name
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/sectionExists(_:)``.
    public func perform(_ db: Connection) throws -> Section {
        try actor.require(.sectionManage)
        let section = try naming([
            "section_slug_key": .sectionExists(slug),
            "section_name_given": .contentRefused(field: "name", reason: "it is empty"),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.section (slug, name) VALUES (\(slug), \(name)) RETURNING \(raw: Section.columns)
                """
            ) { try Section(&$0) }
        }
        try Audit.append(db, Subject(.section, section.id.rawValue), "section.added", by: actor.origin)
        return section
    }
}
