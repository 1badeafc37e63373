public import Values

extension Content {
    /// A picture as a text shows it: its bytes by SHA-256 in `editorial.media`, and the words that were true of it when
    /// the text was saved. What is nil isn't stored, so a document from before a member existed keeps its hash.
    public struct Image: Sendable, Hashable {
        public enum Placement: String, Sendable { case lead, inline }
        public var placement: Placement
        /// SHA-256 of the bytes as 64 hexadecimal digits; nil while they aren't in the database.
        public var media: String?
        /// The address the text names it by: `image:12`, or the one an import found.
        public var source: String?
        public var alt: String?
        public var caption: String?
        /// As an import found it, where photographer and agency aren't told apart.
        public var credit: String?
        public var kind: ImageKind?
        public var place: String?
        /// A year, a month or a day.
        public var date: String?
        public var photographer: String?
        public var agency: String?
        public var licence: String?
        public var licensedUntil: LocalDate?
        public var focal: FocalPoint?
        public var size: PictureFile.Size?

        public init(
            placement: Placement, media: String? = nil, source: String? = nil, alt: String? = nil,
            caption: String? = nil, credit: String? = nil
        ) {
            self.placement = placement
            self.media = media
            self.source = source
            self.alt = alt
            self.caption = caption
            self.credit = credit
        }

        /// A picture of the house, in its words of now.
        init(_ placement: Placement, of image: Editorial.Image) {
            self.init(placement: placement, media: image.media, source: image.reference)
            take(image)
        }

        /// Takes over what the picture says of itself; what it doesn't say stays.
        mutating func take(_ image: Editorial.Image) {
            media = image.media
            kind = image.words.kind
            size = image.size
            alt = image.words.alt ?? alt
            caption = image.words.caption ?? caption
            place = image.words.place ?? place
            date = image.words.date ?? date
            licence = image.words.licence
            licensedUntil = image.words.licensedUntil
            focal = image.words.focal
            guard image.words.photographer != nil || image.words.agency != nil else { return }
            photographer = image.words.photographer
            agency = image.words.agency
            credit = nil
        }
    }
}

// MARK: Credit

extension Content.Image {
    /// Whose picture it is: "Agency/Name", either alone, or what an import found; nil when nobody is named.
    public var credited: String? {
        let names = [agency, photographer].compactMap { $0?.trimmed() }.filter { !$0.isEmpty }
        if !names.isEmpty { return names.joined(separator: "/") }
        let found = credit?.trimmed() ?? ""
        return found.isEmpty ? nil : found
    }

    /// The one form in which a credit is printed: "Top photo credit: Agency/Name" over a text, "Photo credit: …" in it.
    public var creditLine: String? {
        guard let credited else { return nil }
        let kind = (kind ?? .photo).rawValue
        return switch placement {
        case .lead: "Top \(kind) credit: \(credited)"
        case .inline: "\(kind.prefix(1).uppercased())\(kind.dropFirst()) credit: \(credited)"
        }
    }
}

// MARK: Stored form

extension Content.Image {
    /// Each text with the name a person knows it by.
    var fields: [(String, String)] {
        [
            ("image", source), ("alt text", alt), ("caption", caption), ("image credit", credit), ("place", place),
            ("date", date), ("photographer", photographer), ("agency", agency), ("licence", licence),
        ].map { ($0.0, $0.1 ?? "") }
    }

    /// The members that aren't nil.
    public var json: JSON {
        var members: [String: JSON] = ["placement": .string(placement.rawValue)]
        for (name, path) in Self.texts { members[name] = self[keyPath: path].map(JSON.string) }
        members["kind"] = kind.map { .string($0.rawValue) }
        members["licensed_until"] = licensedUntil.map { .string($0.description) }
        members["focal"] = focal.map { .array([.integer(Int64($0.x)), .integer(Int64($0.y))]) }
        members["size"] = size.map { .array([.integer(Int64($0.width)), .integer(Int64($0.height))]) }
        return .object(members)
    }

    private static var texts: [(String, WritableKeyPath<Content.Image, String?>)] {
        [
            ("media", \.media), ("source", \.source), ("alt", \.alt), ("caption", \.caption), ("credit", \.credit),
            ("place", \.place), ("date", \.date), ("photographer", \.photographer), ("agency", \.agency),
            ("licence", \.licence),
        ]
    }

    /// Nil for a document of another form: members nobody knows aren't dropped unseen.
    init?(_ json: JSON) throws(ValueError) {
        guard let placement = json["placement"]?.string.flatMap(Placement.init(rawValue:)),
            let members = json.object
        else { return nil }
        self.init(placement: placement)
        var unknown = Set(members.keys).subtracting(["placement", "kind", "licensed_until", "focal", "size"])
        for (name, path) in Self.texts {
            self[keyPath: path] = members[name]?.string
            unknown.remove(name)
        }
        guard unknown.isEmpty else { return nil }
        kind = members["kind"]?.string.flatMap(ImageKind.init(rawValue:))
        licensedUntil = try members["licensed_until"]?.string.map { text throws(ValueError) in try LocalDate(text) }
        if let pair = Self.pair(members["focal"]) { focal = try FocalPoint(x: pair.0, y: pair.1) }
        if let pair = Self.pair(members["size"]) { size = PictureFile.Size(width: pair.0, height: pair.1) }
    }

    private static func pair(_ json: JSON?) -> (Int, Int)? {
        guard let items = json?.array, items.count == 2, case .integer(let first) = items[0],
            case .integer(let second) = items[1]
        else { return nil }
        return (Int(first), Int(second))
    }
}

extension Image {
    /// Whose picture it is, as a text would print it after the colon.
    public var credited: String? { Content.Image(.inline, of: self).credited }
}
