internal import Access
public import Postgres
public import Values

/// What a picture is, which the page says in its credit.
public enum ImageKind: String, Sendable, CaseIterable, PostgresCodable {
    case photo, image, illustration, map
}

/// What must stay in sight when a picture is cropped: percent from the left and from the top.
public struct FocalPoint: Sendable, Hashable {
    public let x: Int
    public let y: Int

    /// - Throws: `ValueError` when a part isn't within 0…100.
    public init(x: Int, y: Int) throws(ValueError) {
        guard (0...100).contains(x), (0...100).contains(y) else {
            throw ValueError(kind: "focal point", value: "\(x),\(y)", reason: "both parts are percent, 0 to 100")
        }
        self.x = x
        self.y = y
    }

    /// Reads "30,40".
    public init(_ text: String) throws(ValueError) {
        let parts = text.split(separator: ",").map { Int($0) }
        guard parts.count == 2, let x = parts[0], let y = parts[1] else {
            throw ValueError(kind: "focal point", value: text, reason: "write X,Y in percent, as in 30,40")
        }
        try self.init(x: x, y: y)
    }

    public var text: String { "\(x),\(y)" }
}

/// A picture of the house: bytes once, and the words that go with it. What a revision printed of it stays there.
public struct Image: Sendable, Hashable {
    /// Everything said about a picture. Blank texts don't exist: they are nil.
    public struct Words: Sendable, Hashable {
        public var kind: ImageKind
        public var alt: String?
        public var caption: String?
        public var place: String?
        /// A year, a month or a day: "2026", "2026-03", "2026-03-01".
        public var date: String?
        public var photographer: String?
        public var agency: String?
        public var licence: String?
        /// The last day on which it may be shown.
        public var licensedUntil: LocalDate?
        public var focal: FocalPoint?

        public init(kind: ImageKind = .photo) { self.kind = kind }
    }

    public let id: ID<Image>
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    public let media: String
    /// The file's name as it came.
    public let name: String
    public let type: String
    public let size: PictureFile.Size?
    /// Length of the file.
    public let byteCount: Int64
    public let words: Words
    /// Counts every change of the words.
    public let version: Int
    public let addedBy: EmailAddress
    public let addedAt: Timestamp
    public let changedAt: Timestamp

    static let columns: StaticString = """
        i.id, encode(i.media, 'hex'), i.name, m.type, m.width, m.height, octet_length(m.bytes)::bigint, i.kind, i.alt, \
        i.caption, i.place, i.made_on, i.photographer, i.agency, i.licence, i.licensed_until, i.focal_x, i.focal_y, \
        i.version, u.email, i.added_at, i.changed_at
        """
    static let tables: StaticString = """
        editorial.image i JOIN editorial.media m ON m.hash = i.media JOIN access.account u ON u.id = i.added_by
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        media = try row.next()
        name = try row.next()
        type = try row.next()
        let (width, height) = (try row.next(Int?.self), try row.next(Int?.self))
        size = if let width, let height { PictureFile.Size(width: width, height: height) } else { nil }
        byteCount = try row.next()
        var words = Words(kind: try row.next())
        words.alt = try row.next()
        words.caption = try row.next()
        words.place = try row.next()
        words.date = try row.next()
        words.photographer = try row.next()
        words.agency = try row.next()
        words.licence = try row.next()
        words.licensedUntil = try row.next()
        let (x, y) = (try row.next(Int?.self), try row.next(Int?.self))
        if let x, let y { words.focal = try FocalPoint(x: x, y: y) }
        self.words = words
        version = try row.next()
        addedBy = try row.next()
        addedAt = try row.next()
        changedAt = try row.next()
    }

    /// How a text names it: `![what is to be seen](image:12)`.
    public var reference: String { "image:\(id)" }
}

// MARK: Changing words

extension Image {
    /// What to say differently; nil leaves a word as it is, an empty text takes it away.
    public struct Change: Sendable {
        public var kind: ImageKind?
        public var alt: String?
        public var caption: String?
        public var place: String?
        public var date: String?
        public var photographer: String?
        public var agency: String?
        public var licence: String?
        public var licensedUntil: String?
        public var focal: String?

        public init() {}

        /// The words after the change, checked.
        ///
        /// - Throws: ``EditorialError/contentRefused(field:reason:)``, `ValueError`.
        func applied(to words: Words) throws -> Words {
            var words = words
            words.kind = kind ?? words.kind
            for (field, path, text) in Self.texts {
                guard let given = self[keyPath: text] else { continue }
                let trimmed = given.trimmed()
                try Content.check(field, trimmed, longest: Self.longestText)
                words[keyPath: path] = trimmed.isEmpty ? nil : trimmed
            }
            if let date {
                // Day, month or year: what is precise to the minute is nobody's business.
                if !date.isEmpty, try !Period.isDayOrLonger(date) {
                    throw ValueError(kind: "date", value: date, reason: "write a year, a month or a day: 2026-03-01")
                }
                words.date = date.isEmpty ? nil : date
            }
            if let licensedUntil { words.licensedUntil = licensedUntil.isEmpty ? nil : try LocalDate(licensedUntil) }
            if let focal { words.focal = focal.isEmpty ? nil : try FocalPoint(focal) }
            return words
        }

        /// Longest text in bytes.
        static let longestText = 5_000

        private static var texts: [(String, WritableKeyPath<Words, String?>, KeyPath<Change, String?>)] {
            [
                ("alt text", \.alt, \.alt), ("caption", \.caption, \.caption), ("place", \.place, \.place),
                ("photographer", \.photographer, \.photographer), ("agency", \.agency, \.agency),
                ("licence", \.licence, \.licence),
            ]
        }
    }
}

extension Period {
    fileprivate static func isDayOrLonger(_ text: String) throws(ValueError) -> Bool {
        let period = try Period(text)
        return period.granularity != .hour && text.utf8.count <= 10
    }
}
