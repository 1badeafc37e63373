internal import Markdown
internal import Values

/// A file read as an article that was public: everything that can be known without the database.
struct ImportItem {
    let file: ImportFile
    /// As it stands, before contributors are known: the bylines come later.
    var content: Content
    let authors: [Author]
    let section: Slug?
    let kind: Article.Kind?
    /// When it went public; nil for a draft.
    let publishedAt: Timestamp?
    let path: String
    let redirects: [String]
    /// The slug the file suggests; the database says whether it is free.
    let slug: Slug
    let html: String
    let debts: [Owed]

    /// Somebody the file credits: a slug for the handle it was written as.
    struct Author: Hashable {
        let slug: Slug
        let name: String
        /// True for a bare handle ("aaron"): what the person is called isn't in the file.
        var isHandle: Bool { !name.contains(where: \.isWhitespace) }
    }

    struct Owed: Hashable {
        let kind: Debt.Kind
        let detail: String
    }

    /// - Throws: ``ImportRefusal`` with what a person has to change in the file.
    init(_ file: ImportFile, zone: Zone) throws(ImportRefusal) {
        do {
            try self.init(reading: file, zone: zone)
        } catch let error as FrontMatter.Malformed {
            throw ImportRefusal(name: file.name, reason: error.reason)
        } catch let error as ValueError {
            throw ImportRefusal(name: file.name, reason: "\(error)")
        } catch EditorialError.contentRefused(let field, let reason) {
            throw ImportRefusal(name: file.name, reason: "\(field): \(reason)")
        } catch {
            throw ImportRefusal(name: file.name, reason: "\(error)")
        }
    }

    private init(reading file: ImportFile, zone: Zone) throws {
        let matter = try FrontMatter(file.bytes)
        guard let title = matter.text("title") else { throw FrontMatter.Malformed(reason: "it has no title") }
        let stem = Self.stem(of: file.name)
        let given = try matter.text("date").map { try ImportDate($0) }
        guard let date = given ?? ImportDate(fileName: Self.baseName(of: file.name)) else {
            throw FrontMatter.Malformed(reason: "it has no date, and its name doesn't begin with one")
        }
        var notes = Notes()
        let tags = TemplateTags(matter.body)
        let rendering = try Markdown.render(tags.text)
        for tag in tags.unknown { notes.owe(.templateTag, tag) }
        if rendering.droppedHTML > 0 { notes.owe(.rawHTML, "body: \(rendering.droppedHTML)") }

        self.file = file
        authors =
            try matter.texts("authors").isEmpty
            ? matter.texts("author").map(Self.author) : matter.texts("authors").map(Self.author)
        section = try (matter.text("section") ?? matter.text("category")).flatMap {
            try Slug.derived(from: $0) ?? Slug($0)
        }
        kind = matter.text("kind").flatMap(Article.Kind.init(rawValue:))
        let isDraft = matter.flag("published") == false || matter.flag("draft") == true
        publishedAt = isDraft ? nil : date.instant(in: zone)
        path = try Self.path(matter.text("permalink"), date, stem)
        redirects = try Set(matter.texts("redirect_from").map(Self.checkedPath)).subtracting([path]).sorted()
        slug = try Self.slug(stem, title)
        html = rendering.html
        content = Content(title: notes.plain(title, "title"), body: tags.text, tags: matter.texts("tags"))
        content.dek = notes.plain(matter.text("excerpt") ?? matter.text("description") ?? "", "dek")
        let social = notes.plain(matter.text("description") ?? "", "description")
        if !social.isEmpty, social != content.dek { content.socialText = social }
        content.images = Self.images(matter, rendering, &notes)
        if authors.isEmpty { notes.owe(.byline, "") }
        debts = notes.owed
        content = try content.checked()
    }

    // MARK: Address

    private static func baseName(of name: String) -> String {
        String(name.split(separator: "/").last ?? "")
    }

    /// The file's name without folder, date and extension.
    private static func stem(of name: String) -> String {
        let base = baseName(of: name)
        let end = base.lastIndex(of: ".") ?? base.endIndex
        let dated = ImportDate(fileName: base) != nil
        return String(base[..<end].dropFirst(dated ? 11 : 0))
    }

    /// The permalink, or what Jekyll makes of a dated file: "/2015/01/08/stem/", by the day written in it.
    private static func path(_ permalink: String?, _ date: ImportDate, _ stem: String) throws(ValueError) -> String {
        if let permalink { return try checkedPath(permalink) }
        let day = date.writtenDay.description.split(separator: "-").joined(separator: "/")
        return try checkedPath("/\(day)/\(stem)/")
    }

    private static func checkedPath(_ text: String) throws(ValueError) -> String {
        let path = text.hasPrefix("/") ? text : "/" + text
        func refused(_ reason: String) -> ValueError { ValueError(kind: "path", value: text, reason: reason) }
        guard path.utf8.count <= 1_000 else { throw refused("it is longer than 1000 bytes") }
        guard !path.contains("//"), !path.contains("/:") else {
            throw refused("write the path as readers see it, as in /2015/01/08/title/")
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"?#".utf8.contains($0) }) else {
            throw refused("a path has no space, control character, ? or #")
        }
        return path
    }

    private static func slug(_ stem: String, _ title: String) throws(ValueError) -> Slug {
        guard let slug = Slug.derived(from: stem) ?? Slug.derived(from: title) else {
            throw ValueError(kind: "slug", value: stem, reason: "neither the file's name nor the title gives one")
        }
        return slug
    }

    private static func author(_ name: String) throws(ValueError) -> Author {
        guard let slug = Slug.derived(from: name) else {
            throw ValueError(kind: "author", value: name, reason: "no slug can be made of it")
        }
        return Author(slug: slug, name: name)
    }

    // MARK: Pictures

    private static func images(
        _ matter: FrontMatter, _ rendering: Markdown.Rendering, _ notes: inout Notes
    ) -> [Content.Image] {
        var images: [Content.Image] = []
        if let source = matter.text("image") {
            images.append(
                Content.Image(
                    placement: .lead, source: source, alt: matter.text("image_alt"),
                    caption: matter.text("image_figcaption") ?? matter.text("image_caption"),
                    credit: matter.text("image_credit")))
        }
        images += rendering.images.map { image in
            Content.Image(
                placement: .inline, source: image.address, alt: image.alt.isEmpty ? nil : image.alt)
        }
        for image in images {
            let source = image.source ?? ""
            notes.owe(.imageBytes, source)
            if image.credit == nil { notes.owe(.imageCredit, source) }
            if image.alt == nil { notes.owe(.imageAlt, source) }
        }
        return images
    }

    /// What is found wanting while the file is read, each thing once.
    private struct Notes {
        private(set) var owed: [Owed] = []

        mutating func owe(_ kind: Debt.Kind, _ detail: String) {
            let debt = Owed(kind: kind, detail: String(detail.prefix(500)))
            if !owed.contains(debt) { owed.append(debt) }
        }

        /// A field of plain text, without the HTML some sites write in it.
        mutating func plain(_ text: String, _ field: String) -> String {
            let plain = PlainText.of(text)
            if plain != text { owe(.rawHTML, field) }
            return plain
        }
    }
}
