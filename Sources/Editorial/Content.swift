public import Values

/// The text of a revision: everything a reader would see, and nothing about how it came to be.
///
/// It is stored as canonical JSON, version 1, so that equal texts are equal bytes and the hash means the text. Members
/// that are empty are left out; unknown members of a stored document are refused rather than dropped unseen.
public struct Content: Sendable {
    public var title: String
    public var dek: String
    /// CommonMark with tables and footnotes; lines end in LF.
    public var body: String
    public var bylines: [Byline]
    public var images: [Image]
    public var tags: [String]
    public var slug: Slug?
    public var teaser: String?
    public var shortHeadline: String?
    public var socialTitle: String?
    public var socialText: String?
    public var disclosure: String?
    /// Over the headline, instead of kind and section.
    public var kicker: String?

    /// Longest of each field, in bytes of UTF-8.
    public static let longestBody = 1 << 20
    public static let longestTitle = 1_000
    public static let longestField = 10_000

    public init(
        title: String, dek: String = "", body: String = "", bylines: [Byline] = [], images: [Image] = [],
        tags: [String] = [], slug: Slug? = nil
    ) {
        self.title = title
        self.dek = dek
        self.body = body
        self.bylines = bylines
        self.images = images
        self.tags = tags
        self.slug = slug
    }

    /// Somebody credited, in the order printed: name, title and affiliation as they stood that day.
    public struct Byline: Sendable {
        public var contributor: Slug
        /// "author", "photographer", "with": a word of the house.
        public var role: String
        public var name: String
        public var title: String?
        public var affiliation: String?

        public init(
            contributor: Slug, role: String = "author", name: String, title: String? = nil, affiliation: String? = nil
        ) {
            self.contributor = contributor
            self.role = role
            self.name = name
            self.title = title
            self.affiliation = affiliation
        }
    }
}

// MARK: Rules

extension Content {
    /// The same text with line ends as LF, checked. Throws `EditorialError.contentRefused` with the field's name.
    public func checked() throws(EditorialError) -> Content {
        var content = self
        content.body = body.replacingLineEnds()
        try Self.check("title", title, longest: Self.longestTitle)
        guard title.contains(where: { !$0.isWhitespace }) else {
            throw .contentRefused(field: "title", reason: "it is empty")
        }
        try Self.check("body", content.body, longest: Self.longestBody)
        var fields = [("dek", dek), ("teaser", teaser ?? ""), ("short headline", shortHeadline ?? "")]
        fields += [("social title", socialTitle ?? ""), ("social text", socialText ?? "")]
        fields += [("disclosure", disclosure ?? ""), ("kicker", kicker ?? "")]
        fields += tags.map { ("tag", $0) }
        fields += bylines.flatMap { [("byline", $0.name), ("byline role", $0.role)] }
        fields += images.flatMap(\.fields)
        for (name, text) in fields { try Self.check(name, text, longest: Self.longestField) }
        var credited: Set<[String]> = []
        for byline in bylines where !credited.insert([byline.contributor.text, byline.role]).inserted {
            throw .contentRefused(field: "byline", reason: "\(byline.contributor):\(byline.role) is there twice")
        }
        return content
    }

    static func check(_ field: String, _ text: String, longest: Int) throws(EditorialError) {
        guard text.utf8.count <= longest else {
            throw .contentRefused(field: field, reason: "it is longer than \(longest) bytes")
        }
        // PostgreSQL's text can't hold it, and no page should.
        guard !text.utf8.contains(0) else { throw .contentRefused(field: field, reason: "it contains a NUL byte") }
    }
}

// MARK: Stored form

extension Content {
    /// The bytes that are stored and hashed.
    public var canonical: [UInt8] {
        var members: [String: JSON] = [
            "version": 1, "title": .string(title), "dek": .string(dek), "body": .string(body),
            "bylines": .array(bylines.map(\.json)),
        ]
        members["images"] = images.isEmpty ? nil : .array(images.map(\.json))
        members["tags"] = tags.isEmpty ? nil : .array(tags.map(JSON.string))
        members["slug"] = slug.map { .string($0.text) }
        members["teaser"] = teaser.map(JSON.string)
        members["short_headline"] = shortHeadline.map(JSON.string)
        members["social_title"] = socialTitle.map(JSON.string)
        members["social_text"] = socialText.map(JSON.string)
        members["disclosure"] = disclosure.map(JSON.string)
        members["kicker"] = kicker.map(JSON.string)
        return JSON.object(members).canonical()
    }

    private static let members: Set<String> = [
        "version", "title", "dek", "body", "bylines", "images", "tags", "slug", "teaser", "short_headline",
        "social_title", "social_text", "disclosure", "kicker",
    ]

    /// Reads what `canonical` wrote. Throws `ValueError` for a document of another version or shape.
    public init(canonical bytes: [UInt8]) throws(ValueError) {
        let document = try JSON(parsing: bytes)
        func refused(_ reason: String) -> ValueError {
            ValueError(kind: "revision content", value: document.text, reason: reason)
        }
        guard document["version"] == 1 else { throw refused("it isn't of version 1") }
        guard let keys = document.object?.keys, Self.members.isSuperset(of: keys) else {
            throw refused("it has members this version doesn't know")
        }
        guard let title = document["title"]?.string, let dek = document["dek"]?.string,
            let body = document["body"]?.string, let bylines = document["bylines"]?.array
        else { throw refused("title, dek, body or bylines are missing") }
        self.init(title: title, dek: dek, body: body)
        for item in bylines {
            guard let byline = try Byline(item) else { throw refused("a byline is incomplete") }
            self.bylines.append(byline)
        }
        for item in document["images"]?.array ?? [] {
            guard let image = try Image(item) else { throw refused("an image has another form") }
            images.append(image)
        }
        tags = (document["tags"]?.array ?? []).compactMap(\.string)
        if let text = document["slug"]?.string { slug = try Slug(text) }
        teaser = document["teaser"]?.string
        shortHeadline = document["short_headline"]?.string
        socialTitle = document["social_title"]?.string
        socialText = document["social_text"]?.string
        disclosure = document["disclosure"]?.string
        kicker = document["kicker"]?.string
    }
}

extension Content.Byline {
    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "contributor": .string(contributor.text), "role": .string(role), "name": .string(name),
        ]
        members["title"] = title.map(JSON.string)
        members["affiliation"] = affiliation.map(JSON.string)
        return .object(members)
    }

    fileprivate init?(_ json: JSON) throws(ValueError) {
        guard let contributor = json["contributor"]?.string, let role = json["role"]?.string,
            let name = json["name"]?.string
        else { return nil }
        self.init(
            contributor: try Slug(contributor), role: role, name: name, title: json["title"]?.string,
            affiliation: json["affiliation"]?.string)
    }
}

extension String {
    /// CRLF and lone CR as LF: the same text typed on two machines is the same text.
    func replacingLineEnds() -> String {
        guard utf8.contains(0x0D) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var afterReturn = false
        for byte in utf8 {
            if byte == 0x0A, afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = byte == 0x0D
            bytes.append(afterReturn ? 0x0A : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
