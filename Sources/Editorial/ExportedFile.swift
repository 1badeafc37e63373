internal import Postgres
public import Values

/// An article as a file: what an import would read it from.
public struct ExportedFile: Sendable, Hashable {
    public let article: ID<Article>
    /// Below the folder, with `/` between its parts; nothing in it leads out.
    public let name: String
    public let bytes: [UInt8]
    /// The name it had as a draft, when that is another: such a file is the same article's.
    public let formerName: String?
    /// Whether readers can see this text.
    public let isPublic: Bool
    /// A newer text waits, which isn't in the file.
    public let hasDraftWaiting: Bool
    /// SHA-256 of the pictures it shows, in hexadecimal.
    public let media: [String]
}

/// An article with what an export wants to know of it.
struct ExportSource {
    let id: ID<Article>
    let status: String
    let kind: String?
    let section: Slug?
    let dueAt: Timestamp?
    let publicStatus: Article.PublicStatus?
    let firstPublishedAt: Timestamp?
    let firstDay: LocalDate?
    let release: ID<Release>?
    let releaseKind: Release.Kind?
    let releasedAt: Timestamp?
    let path: String?
    let slug: Slug?
    let firstSlug: Slug?
    let revision: Int
    let head: Int
    let content: Content
    let redirects: [String]
    let series: Slug?
    let seriesName: String?
    /// By slug.
    let topics: [Slug]
    let topicNames: [String]
    let regions: [String]
    let key: String?
    let source: [UInt8]?
    var history: [Past] = []

    /// A release, for the record.
    struct Past {
        let kind: Release.Kind
        let at: Timestamp
        let path: String
        let note: String?
    }

    var isPublic: Bool { publicStatus == .live || publicStatus == .corrected }

    static let columns: StaticString = """
        a.id, a.status, a.kind, s.slug, a.due_at, a.public_status, a.first_published_at, \
        (a.first_published_at AT TIME ZONE access.publication_zone())::date, l.id, l.kind, l.released_at, l.path, \
        l.slug, (SELECT f.slug FROM editorial.release f WHERE f.article_id = a.id ORDER BY f.id LIMIT 1), r.number, \
        a.head, r.content, ARRAY(SELECT p.path FROM editorial.path p WHERE p.article_id = a.id \
        AND p.path IS DISTINCT FROM l.path ORDER BY p.path), \
        e.slug, e.name, ARRAY(SELECT t.slug FROM editorial.article_topic m JOIN editorial.topic t ON t.id = m.topic_id \
        WHERE m.article_id = a.id ORDER BY t.slug), ARRAY(SELECT t.name FROM editorial.article_topic m \
        JOIN editorial.topic t ON t.id = m.topic_id WHERE m.article_id = a.id ORDER BY t.slug), a.regions, i.key, \
        i.source
        """
    /// The text that is live, or the one being worked on.
    static let tables: StaticString = """
        editorial.article a LEFT JOIN editorial.section s ON s.id = a.section_id \
        LEFT JOIN editorial.release l ON l.id = a.live_release_id \
        JOIN editorial.revision r ON r.article_id = a.id \
        AND r.number = CASE WHEN a.public_status IN ('live', 'corrected') THEN l.revision ELSE a.head END \
        LEFT JOIN editorial.import_item i ON i.article_id = a.id \
        LEFT JOIN editorial.series e ON e.id = a.series_id
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        status = try row.next()
        kind = try row.next()
        section = try row.next()
        dueAt = try row.next()
        publicStatus = try row.next()
        firstPublishedAt = try row.next()
        firstDay = try row.next()
        release = try row.next()
        releaseKind = try row.next()
        releasedAt = try row.next()
        path = try row.next()
        slug = try row.next()
        firstSlug = try row.next()
        revision = try row.next()
        head = try row.next()
        content = try Content(canonical: row.next([UInt8].self))
        redirects = try row.next()
        series = try row.next()
        seriesName = try row.next()
        topics = try row.next()
        topicNames = try row.next()
        regions = try row.next()
        key = try row.next()
        source = try row.next()
    }
}

extension ExportSource {
    // MARK: Name

    /// The file's name as it came in; for what was written here, its day and first slug, or its number while it is a
    /// draft: neither ever changes.
    var name: String {
        if let key, Self.isSafe(key) { return key }
        guard let firstDay, let firstSlug else { return draftName }
        return "\(firstDay)-\(firstSlug).md"
    }

    var draftName: String { "drafts/\(id).md" }

    /// Whether a name stays below the folder and is one a file can have.
    static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.hasSuffix(".md") && name.utf8.count <= 1_000
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && $0.utf8.count <= 255 && $0 != "media" }
    }

    // MARK: Text

    /// The file: the one that came in when nothing was changed since, else written from what is here.
    var bytes: [UInt8] {
        if let source, isAsItCame(source) { return source }
        let matter = written(keeping: source)
        let bytes = matter.file(body: content.body)
        // Lines of somebody else's that don't go with ours: better without them than a file nobody can read.
        let isReadable = (try? FrontMatter(bytes)) != nil
        return isReadable ? bytes : written(keeping: nil).file(body: content.body)
    }

    private func isAsItCame(_ source: [UInt8]) -> Bool {
        guard revision == 1, let matter = try? FrontMatter(source) else { return false }
        let wasDraft = matter.flag("published") == false || matter.flag("draft") == true
        let sameState = isPublic ? releaseKind == .imported : release == nil && (wasDraft || status == "drafting")
        let given = (matter.text("section") ?? matter.text("category")).flatMap { Slug.derived(from: $0) }
        let series = matter.text("series").flatMap { Slug.derived(from: $0) }
        let topics = Set(matter.texts("topics").compactMap { Slug.derived(from: $0) })
        let regions = Set(matter.texts("regions").compactMap { Slug.derived(from: $0)?.text })
        guard series == self.series, topics == Set(self.topics), regions == Set(self.regions) else { return false }
        // What was added here, because the file didn't say, is a change.
        return sameState && (section == nil || section == given) && (kind == nil || kind == matter.text("kind"))
    }

    /// Keys that are ours to write; every other line of an original stays.
    private static let known: Set<String> = [
        FrontMatterText.mark, "title", "slug", "public_slug", "dek", "excerpt", "description", "teaser",
        "short_headline", "social_title", "social_text", "disclosure", "author", "authors", "tags", "image",
        "image_alt", "image_caption", "image_figcaption", "image_credit", "images", "date", "updated", "permalink",
        "redirect_from", "published", "draft", "state", "due", "section", "category", "kind", "releases", "series",
        "topics", "regions",
    ]

    private func written(keeping source: [UInt8]?) -> FrontMatterText {
        var matter = FrontMatterText()
        matter.add(FrontMatterText.mark, .text("1"))
        matter.add(content)
        if isPublic {
            matter.add("date", firstPublishedAt?.iso8601(in: .utc))
            if releasedAt != firstPublishedAt { matter.add("updated", releasedAt?.iso8601(in: .utc)) }
            matter.add("permalink", path)
            if content.slug == nil { matter.add("public_slug", slug?.text) }
            matter.add("redirect_from", redirects.map { .text($0) })
        } else {
            matter.add("published", .flag(false))
            matter.add("state", publicStatus?.rawValue ?? status)
            matter.add("due", dueAt?.iso8601(in: .utc))
        }
        matter.add("section", section?.text)
        matter.add("kind", kind)
        matter.add("series", Self.named(series, seriesName))
        matter.add("topics", zip(topics, topicNames).map { .text(Self.named($0, $1) ?? $1) })
        matter.add("regions", regions.map { .text($0) })
        let isPlain = history.count == 1 && [.imported, .first].contains(history.first?.kind)
        if !isPlain { matter.add("releases", history.map(Self.value)) }
        if let source, let original = try? FrontMatter(source) {
            matter.addVerbatim(Self.unknownLines(original.lines))
        }
        return matter
    }

    /// The name, where the slug can be made of it again.
    private static func named(_ slug: Slug?, _ name: String?) -> String? {
        guard let slug, let name else { return nil }
        return Slug.derived(from: name) == slug ? name : slug.text
    }

    private static func value(_ past: Past) -> FrontMatterText.Value {
        var members: [(String, FrontMatterText.Value)] = [
            ("kind", .text(past.kind.rawValue)), ("at", .text(past.at.iso8601(in: .utc))), ("path", .text(past.path)),
        ]
        if let note = past.note, !note.isEmpty { members.append(("note", .text(note))) }
        return .map(members)
    }

    /// The lines of keys that aren't ours, each with what belongs to it.
    private static func unknownLines(_ lines: [Substring]) -> [Substring] {
        var isKept = false
        return lines.filter { line in
            if let first = line.first, !first.isWhitespace, !"#-".contains(first), let end = line.firstIndex(of: ":") {
                let key = String(line[..<end].filter { !"\"' ".contains($0) })
                isKept = !known.contains(key)
            }
            return isKept && !line.allSatisfy(\.isWhitespace)
        }
    }
}
