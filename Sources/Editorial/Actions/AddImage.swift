public import Access
internal import Journal
public import Postgres
internal import Values

/// Takes a picture into the house: the bytes once, and what is said of them.
///
/// What isn't known yet (credit, alternative text) may come later; nothing goes public before.
public struct AddImage {
    let file: PictureFile
    let change: Image.Change
    let actor: Actor

    public init(_ file: PictureFile, _ change: Image.Change, by actor: Actor) {
        self.file = file
        self.change = change
        self.actor = actor
    }

    public struct Added: Sendable {
        public let image: Image
        /// False when these bytes were here already, and nothing else was said of them.
        public let isNew: Bool
    }

    /// - Throws: `AccessError.notPermitted`, `ValueError`; ``EditorialError``: `imageExists`, `altRepeats`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> Added {
        try actor.requireAnywhere(.imageManage)
        let words = try change.applied(to: Image.Words())
        let media = try db.one(
            """
            WITH given AS (SELECT \(file.bytes)::bytea AS bytes), kept AS ( \
            INSERT INTO editorial.media (type, bytes, width, height, added_by) \
            SELECT \(file.format.mediaType), bytes, \(file.size?.width)::int, \(file.size?.height)::int, \
            \(actor.account) FROM given ON CONFLICT (hash) DO NOTHING) SELECT sha256(bytes) FROM given
            """
        ) { try $0.next([UInt8].self) }
        guard let id = try insert(db, media, words) else { return Added(image: try existing(db, media), isNew: false) }
        try Audit.append(
            db, Subject(.image, id.rawValue), "image.added", by: actor.origin,
            facts: ["media": .string(Hexadecimal.text(media))])
        return Added(image: try Image.find(db, id, for: actor), isNew: true)
    }

    /// Nil when there is a picture of these bytes.
    private func insert(_ db: Connection, _ media: [UInt8], _ words: Image.Words) throws -> ID<Image>? {
        let name = String(file.name.prefix(500))
        return try naming([
            "image_alt_own": .altRepeats(name, words.alt ?? ""),
            "image_name_given": .contentRefused(field: "file name", reason: "it is empty"),
        ]) {
            try db.value(
                """
                INSERT INTO editorial.image (media, name, kind, alt, caption, place, made_on, photographer, agency, \
                licence, licensed_until, focal_x, focal_y, added_by, changed_by) VALUES (\(media), \(name), \
                \(words.kind), \(words.alt), \(words.caption), \(words.place), \(words.date), \(words.photographer), \
                \(words.agency), \(words.licence), \(words.licensedUntil), \(words.focal?.x), \(words.focal?.y), \
                \(actor.account), \(actor.account)) ON CONFLICT (media) DO NOTHING RETURNING id
                """, as: ID<Image>.self)
        }
    }

    private func existing(_ db: Connection, _ media: [UInt8]) throws -> Image {
        let image = try db.one("SELECT \(raw: Image.columns) FROM \(raw: Image.tables) WHERE i.media = \(media)") {
            try Image(&$0)
        }
        guard try change.applied(to: image.words) == image.words else {
            throw EditorialError.imageExists(image.id, name: image.name)
        }
        return image
    }
}
