public import Access
internal import Journal
public import Postgres
public import Values

/// Says something else of a picture. Texts that print it keep the words they were saved with; its earlier words stay in
/// `editorial.image_version`.
public struct EditImage {
    let image: ID<Image>
    let change: Image.Change
    let actor: Actor

    public init(_ image: ID<Image>, _ change: Image.Change, by actor: Actor) {
        self.image = image
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, `ValueError`; ``EditorialError``: `imageUnknown`, `altRepeats`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> Image {
        try actor.requireAnywhere(.imageManage)
        try db.run("SELECT FROM editorial.image WHERE id = \(image) FOR UPDATE")
        let current = try Image.find(db, image, for: actor)
        let words = try change.applied(to: current.words)
        guard words != current.words else { return current }
        try naming(["image_alt_own": .altRepeats(current.name, words.alt ?? "")]) {
            _ = try db.run(
                """
                UPDATE editorial.image SET kind = \(words.kind), alt = \(words.alt), caption = \(words.caption), \
                place = \(words.place), made_on = \(words.date), photographer = \(words.photographer), \
                agency = \(words.agency), licence = \(words.licence), licensed_until = \(words.licensedUntil), \
                focal_x = \(words.focal?.x), focal_y = \(words.focal?.y), changed_by = \(actor.account) \
                WHERE id = \(image)
                """)
        }
        let changed = try Image.find(db, image, for: actor)
        try Audit.append(
            db, Subject(.image, image.rawValue), "image.changed", by: actor.origin,
            facts: ["version": .integer(Int64(changed.version))])
        return changed
    }
}
