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
    /// Names; what no slug can be made of is only kept in the file.
    let series: String?
    let topics: [String]
    let regions: [String]
    /// When it went public; nil for a draft.
    let publishedAt: Timestamp?
    /// When it is to be done; nil unless the file says.
    let dueAt: Timestamp?
    /// Nil for a draft that says none.
    let path: String?
    let redirects: [String]
    /// The slug the file suggests; the database says whether it is free.
    let slug: Slug
    let html: String
    let debts: [Owed]

    typealias Owed = ImportFile.Owed

    /// Somebody the file credits: a slug for the handle it was written as.
    struct Author: Hashable {
        let slug: Slug
        let name: String
        var role = "author"
        var title: String?
        var affiliation: String?
        /// Whether the name is the one that was printed, whatever the person is called today.
        var isPrinted = false
        /// True for a bare handle ("aaron"): what the person is called isn't in the file.
        var isHandle: Bool { !isPrinted && !name.contains(where: \.isWhitespace) }
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
        series = matter.text("series").flatMap { Slug.derived(from: $0) == nil ? nil : $0 }
        topics = Array(matter.texts("topics").filter { Slug.derived(from: $0) != nil }.prefix(PlaceArticle.most))
        regions = Set(matter.texts("regions").compactMap { Slug.derived(from: $0)?.text }.prefix(PlaceArticle.most))
            .sorted()
        let isDraft = matter.flag("published") == false || matter.flag("draft") == true
        let given = try matter.text("date").map { try ImportDate($0) }
        let date = given ?? ImportDate(fileName: Self.baseName(of: file.name))
        guard isDraft || date != nil else {
            throw FrontMatter.Malformed(reason: "it has no date, and its name doesn't begin with one")
        }
        var notes = Notes(isExact: matter.isExact)
        let body = Self.body(matter, &notes)
        let rendering = try KeptHTML.render(body)
        if rendering.droppedHTML > 0 { notes.owe(.rawHTML, "body: \(rendering.droppedHTML)") }

        self.file = file
        let authors = matter.groups("authors").isEmpty ? matter.groups("author") : matter.groups("authors")
        self.authors = try authors.map(Self.author)
        section = try (matter.text("section") ?? matter.text("category")).flatMap {
            try Slug.derived(from: $0) ?? Slug($0)
        }
        kind = matter.text("kind").flatMap(Article.Kind.init(rawValue:))
        publishedAt = isDraft ? nil : date?.instant(in: zone)
        dueAt = try matter.text("due").map { try ImportDate($0).instant(in: zone) }
        let path = try Self.path(matter.text("permalink"), date, stem)
        self.path = path
        redirects = try Set(matter.texts("redirect_from").map(Self.checkedPath)).filter { $0 != path }.sorted()
        let said = matter.text("public_slug") ?? matter.text("slug")
        slug = try said.flatMap { try? Slug($0) } ?? Self.slug(stem, title)
        content = Content(title: notes.plain(title, "title"), body: body, tags: matter.texts("tags"))
        Self.fill(&content, matter, &notes)
        content.images = try Self.images(matter, rendering, file, &notes)
        if authors.isEmpty { notes.owe(.byline, "") }
        debts = notes.owed + file.owed.filter { !notes.owed.contains($0) }
        content = try content.checked()
        html = try content.html()
    }

    private static func body(_ matter: FrontMatter, _ notes: inout Notes) -> String {
        guard !matter.isExact else { return matter.body }
        let tags = TemplateTags(matter.body)
        for tag in tags.unknown { notes.owe(.templateTag, tag) }
        return tags.text
    }

    private static func fill(_ content: inout Content, _ matter: FrontMatter, _ notes: inout Notes) {
        let dek = matter.text("dek") ?? (matter.isExact ? nil : matter.text("excerpt") ?? matter.text("description"))
        content.dek = notes.plain(dek ?? "", "dek")
        content.teaser = matter.text("teaser").map { notes.plain($0, "teaser") }
        content.shortHeadline = matter.text("short_headline")
        content.socialTitle = matter.text("social_title")
        content.socialText = matter.text("social_text")
        content.disclosure = matter.text("disclosure")
        if matter.isExact {
            // A slug of its own only where the text has one.
            content.slug = matter.text("slug").flatMap { try? Slug($0) }
        } else if content.socialText == nil {
            let social = notes.plain(matter.text("description") ?? "", "description")
            if !social.isEmpty, social != content.dek { content.socialText = social }
        }
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
    private static func path(_ permalink: String?, _ date: ImportDate?, _ stem: String) throws(ValueError) -> String? {
        if let permalink { return try checkedPath(permalink) }
        guard let date else { return nil }
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

    private static func author(_ group: [String: String]) throws(ValueError) -> Author {
        let name = group["name"] ?? group[""] ?? group["slug"] ?? ""
        if let given = group["slug"] {
            return Author(
                slug: try Slug(given), name: name, role: group["role"] ?? "author", title: group["title"],
                affiliation: group["affiliation"], isPrinted: group["name"] != nil)
        }
        guard let slug = Slug.derived(from: name) else {
            throw ValueError(kind: "author", value: name, reason: "no slug can be made of it")
        }
        return Author(
            slug: slug, name: name, role: group["role"] ?? "author", title: group["title"],
            affiliation: group["affiliation"], isPrinted: group["name"] != nil)
    }

    // MARK: Pictures

    private static func images(
        _ matter: FrontMatter, _ rendering: Markdown.Rendering, _ file: ImportFile, _ notes: inout Notes
    ) throws -> [Content.Image] {
        var images = try listed(matter, file)
        if let source = matter.text("image"), !images.contains(where: { $0.placement == .lead }) {
            images.insert(
                Content.Image(
                    placement: .lead, source: source, alt: matter.text("image_alt"),
                    caption: matter.text("image_figcaption") ?? matter.text("image_caption"),
                    credit: matter.text("image_credit")), at: 0)
        }
        // A list written here is the whole of it.
        if !matter.isExact {
            var known = Set(images.filter { $0.placement == .inline }.compactMap(\.source))
            for image in rendering.images where matter.groups("images").isEmpty || !known.contains(image.address) {
                if !matter.groups("images").isEmpty { known.insert(image.address) }
                images.append(
                    Content.Image(
                        placement: .inline, source: image.address, alt: image.alt.isEmpty ? nil : image.alt))
            }
        }
        for image in images {
            let source = image.source ?? image.media ?? ""
            if image.media == nil { notes.owe(.imageBytes, source) }
            if image.credited == nil { notes.owe(.imageCredit, source) }
            if image.alt == nil { notes.owe(.imageAlt, source) }
        }
        return images
    }

    private static func listed(_ matter: FrontMatter, _ file: ImportFile) throws -> [Content.Image] {
        try matter.groups("images").map { group in
            if let media = group["media"], file.media[media] == nil {
                throw FrontMatter.Malformed(reason: "the picture \(media) isn't beside it, in the folder media")
            }
            if let media = group["media"], let bytes = file.media[media],
                (try? PictureFile(name: media, bytes: bytes, keepsLocation: true)) == nil
            {
                throw FrontMatter.Malformed(reason: "the file \(media) in the folder media is no picture")
            }
            guard let image = try Content.Image(frontMatter: group) else {
                throw FrontMatter.Malformed(reason: "one of its images has a field nobody knows")
            }
            return image
        }
    }

    /// What is found wanting while the file is read, each thing once.
    private struct Notes {
        let isExact: Bool
        private(set) var owed: [Owed] = []

        init(isExact: Bool) { self.isExact = isExact }

        mutating func owe(_ kind: Debt.Kind, _ detail: String) {
            let debt = Owed(kind, String(detail.prefix(500)))
            if !owed.contains(debt) { owed.append(debt) }
        }

        /// A field of plain text, without the HTML some sites write in it.
        mutating func plain(_ text: String, _ field: String) -> String {
            guard !isExact else { return text }
            let plain = PlainText.of(text)
            if plain != text { owe(.rawHTML, field) }
            return plain
        }
    }
}

extension ImportFile {
    /// The pictures a file names by the hash of their bytes: what has to be read beside it. None for a file that can't
    /// be read, which is refused later and by name.
    public static func media(in bytes: [UInt8]) -> [String] {
        guard let matter = try? FrontMatter(bytes) else { return [] }
        return matter.groups("images").compactMap { $0["media"] }.filter { media in
            media.utf8.count == 64 && media.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
        }
    }
}
