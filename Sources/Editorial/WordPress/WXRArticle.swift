internal import Markdown
internal import Values

/// An item of an export as an article's file: front matter and Markdown, which is what is stored and what an export
/// gives back. What it leaves out was never asked for (secrets), or is said in `remarks`.
struct WXRArticle {
    let file: ImportFile
    /// What a person should know: lost, left out, or to be done by hand.
    private(set) var remarks: [String] = []

    /// What becomes of an item that isn't a text.
    enum Skipped: Error, Equatable {
        /// An item of this type is no text.
        case type(String)
        /// In the bin, or begun and never kept.
        case state(String)
        /// The item can't come in; why.
        case refused(String)
    }

    static let textTypes: Set<String> = ["post", "page"]

    /// - Parameters:
    ///   - sections: slugs of the sections there are, to choose the category that is one.
    ///   - zone: the publication's, for dates without GMT.
    init(_ item: WXRItem, site: WXRSite, sections: Set<String>, zone: Zone) throws(Skipped) {
        guard Self.textTypes.contains(item.type.isEmpty ? "post" : item.type) else { throw .type(item.type) }
        guard !["trash", "auto-draft", "inherit"].contains(item.status) else { throw .state(item.status) }
        guard !item.id.isEmpty, item.id.allSatisfy(\.isNumber) else { throw .refused("it has no post id") }
        var remarks: [String] = []
        var owed: [ImportFile.Owed] = []
        let isPublic = item.status == "publish" && !item.hadPassword
        let date = Self.date(item, zone)
        var matter = FrontMatterText()
        matter.add(FrontMatterText.mark, .text("1"))
        let title = Self.plain(item.title)
        if title.isEmpty { remarks.append("it has no title; its address stands for it") }
        matter.add("title", .text(title.isEmpty ? (item.name.isEmpty ? "Post \(item.id)" : item.name) : title))
        let slug = Slug.derived(from: item.name.removingPercentEncoding) ?? Slug.derived(from: title)
        matter.add("slug", slug?.text ?? "post-\(item.id)")
        let subtitle = Self.plain(
            item.value(
                "subtitle", "_subtitle", "wps_subtitle", "kia_subtitle", "secondary_title", "_secondary_title", "dek")
                ?? "")
        let excerpt = Self.plain(item.excerpt)
        matter.add("dek", subtitle.isEmpty ? excerpt : subtitle)
        if !subtitle.isEmpty { matter.add("teaser", excerpt) }
        for (key, name) in [("social_title", "title"), ("social_text", "description")] {
            // "%%title%%" is the plugin's own template.
            let text = Self.plain(item.value("_yoast_wpseo_opengraph-\(name)") ?? "")
            if !text.contains("%%") { matter.add(key, text) }
        }

        // What was public, where and since when.
        if isPublic {
            guard let date else { throw .refused("it is public and has no date") }
            matter.add("date", date.iso8601(in: .utc))
            let path = Self.path(item.link)
            if path == nil {
                remarks.append("its address \(item.link) has no path of its own: it gets one by its date")
            }
            let given = path ?? "/\(Self.day(date, zone))/\(slug?.text ?? item.id)/"
            matter.add("permalink", given)
            matter.add("redirect_from", Self.oldPaths(item, given).map { .text($0) })
        } else {
            matter.add("published", .flag(false))
            matter.add("due", item.status == "future" ? date?.iso8601(in: .utc) : nil)
            if let remark = Self.remark(item, date) { remarks.append(remark) }
        }
        Self.places(item, sections, &matter)
        var people: [FrontMatterText.Value] = []
        for person in site.people(of: item) {
            let slug = Slug.derived(from: person.name) ?? Slug.derived(from: person.handle)
            guard let slug else {
                remarks.append("the author '\(person.name)' has no letter a slug could be made of")
                continue
            }
            people.append(.map([("slug", .text(slug.text)), ("name", .text(person.name))]))
        }
        matter.add("authors", people)
        let body = Self.body(item, site, &remarks, &owed)
        matter.add("images", Self.images(item, site, body.pictures))
        matter.add("wordpress_id", .text(item.id))
        if item.type == "page" { matter.add("wordpress_type", .text("page")) }
        if item.repairs > 0 { remarks.append("\(item.repairs) characters that no text has were taken out") }
        file = ImportFile(
            name: Self.key(site, item), bytes: matter.file(body: body.text), owed: owed)
        self.remarks = remarks
    }

    /// The name by which the article is known again, whatever its title or address become.
    static func key(_ site: WXRSite, _ item: WXRItem) -> String {
        let host = site.host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
        return "wordpress/\(host.isEmpty || host.hasPrefix(".") ? "site" : host)/\(item.id).md"
    }

    // MARK: State, time, address

    private static func remark(_ item: WXRItem, _ date: Timestamp?) -> String? {
        if item.status == "future" {
            let time = date.map { " for \($0.iso8601(in: .utc))" } ?? ""
            return "was scheduled\(time): it is a draft due then, and goes out when it is approved and scheduled here"
        }
        if item.hadPassword { return "was behind a password: it is a draft, the password was dropped" }
        switch item.status {
        case "private": return "was private: it is a draft"
        case "pending": return "was waiting for review: it is a draft"
        case "draft", "": return nil
        default: return "had the state '\(item.status)', which is unknown here: it is a draft"
        }
    }

    /// GMT where it is there: the local time is in a zone the export doesn't name.
    private static func date(_ item: WXRItem, _ zone: Zone) -> Timestamp? {
        for (text, zone) in [(item.dateGMT, Zone.utc), (item.date, zone)] {
            // "0000-00-00 00:00:00" is WordPress's way to say none; no date begins with year 0.
            guard !text.hasPrefix("0000"), let date = try? ImportDate(text) else { continue }
            return date.instant(in: zone)
        }
        return rfc822(item.pubDate)
    }

    /// "Thu, 08 Jan 2015 14:30:00 +0000".
    private static func rfc822(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            year > 1900
        else { return nil }
        let day = parts[1].count == 1 ? "0\(parts[1])" : "\(parts[1])"
        let date = "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(day) \(parts[4]) \(parts[5])"
        // A date that isn't one is no date: the next source, or none, says so.
        return (try? ImportDate(date))?.instant(in: .utc)
    }

    private static func day(_ date: Timestamp, _ zone: Zone) -> String {
        zone.local(at: date).date.description.split(separator: "-").joined(separator: "/")
    }

    /// The path readers had; nil for "?p=12" and the like.
    private static func path(_ link: String) -> String? {
        guard let start = link.firstRange(of: "://")?.upperBound, !link.contains("?") else { return nil }
        let path = link[start...].drop { $0 != "/" }.prefix { $0 != "#" }
        return path.count > 1 ? String(path) : nil
    }

    /// `_wp_old_slug`: the same path with another last part.
    private static func oldPaths(_ item: WXRItem, _ path: String) -> [String] {
        let isFolder = path.hasSuffix("/")
        let parts = path.split(separator: "/")
        guard let last = parts.last else { return [] }
        return (item.meta["_wp_old_slug"] ?? []).compactMap { old in
            guard !old.isEmpty, old != last, old.utf8.allSatisfy({ $0 > 0x20 && !"?#/".utf8.contains($0) }) else {
                return nil
            }
            return "/" + (parts.dropLast().map(String.init) + [old]).joined(separator: "/") + (isFolder ? "/" : "")
        }
    }

    // MARK: Categories and words

    private static func places(_ item: WXRItem, _ sections: Set<String>, _ matter: inout FrontMatterText) {
        var categories: [(slug: String, name: String)] = []
        var tags: [String] = []
        for term in item.terms {
            switch term.domain {
            case "category":
                guard term.nicename != "uncategorized", !term.name.isEmpty else { continue }
                categories.append((Slug.derived(from: term.nicename)?.text ?? "", term.name))
            case "post_tag", "tag": tags.append(term.name)
            default: continue
            }
        }
        let section =
            categories.first { sections.contains($0.slug) }
            ?? categories.first { sections.contains(Slug.derived(from: $0.name)?.text ?? "") } ?? categories.first
        if let section {
            let named = Slug.derived(from: section.name)?.text ?? ""
            matter.add("section", sections.contains(named) || section.slug.isEmpty ? named : section.slug)
        }
        tags = categories.filter { $0.name != section?.name }.map(\.name) + tags
        var seen: Set<String> = []
        matter.add("tags", tags.filter { !$0.isEmpty && seen.insert($0).inserted }.map { .text($0) })
    }

    private static func plain(_ text: String) -> String {
        PlainText.of(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func body(
        _ item: WXRItem, _ site: WXRSite, _ remarks: inout [String], _ owed: inout [ImportFile.Owed]
    ) -> (text: String, pictures: [HTMLConverter.Picture]) {
        let codes = Shortcodes(item.content, site: site)
        for name in codes.unknown {
            owed.append(ImportFile.Owed(.templateTag, "[\(name)]"))
            remarks.append("the shortcode [\(name)] was taken out")
        }
        if item.content.contains("<!--nextpage-->") { remarks.append("its pages are one page now") }
        // The block editor writes every paragraph as HTML; the classic one leaves that to the page.
        let html = item.content.contains("<!-- wp:") ? withNotes(codes.html, item) : codes.html
        let converter = HTMLConverter(html, breaksLines: !item.content.contains("<!-- wp:"))
        remarks += converter.losses.map { "lost: \($0)" }
        if converter.keptBlocks > 0 { owed.append(ImportFile.Owed(.rawHTML, "kept blocks: \(converter.keptBlocks)")) }
        return (converter.markdown, converter.pictures)
    }

    /// The block editor keeps footnotes apart, as JSON.
    private static func withNotes(_ html: String, _ item: WXRItem) -> String {
        guard let text = item.value("footnotes"), let notes = try? JSON(parsing: Array(text.utf8)).array else {
            return html
        }
        let entries = notes.compactMap { note -> String? in
            guard let id = note["id"]?.string, let content = note["content"]?.string else { return nil }
            return
                "<li id=\"\(Sanitiser.escaped(id))\">\(content) <a href=\"#\(Sanitiser.escaped(id))-link\">↩︎</a></li>"
        }
        return html + "<ol>" + entries.joined() + "</ol>"
    }

    // MARK: Pictures

    private static func images(
        _ item: WXRItem, _ site: WXRSite, _ pictures: [HTMLConverter.Picture]
    ) -> [FrontMatterText.Value] {
        var values: [FrontMatterText.Value] = []
        if let id = item.value("_thumbnail_id"), let lead = site.attachments[id] {
            values.append(value("lead", lead.address, lead.alt, lead.caption, lead.credit))
        }
        for picture in pictures {
            let known = attachment(of: picture, site)
            values.append(
                value(
                    "inline", picture.address, picture.alt.isEmpty ? known?.alt : picture.alt,
                    picture.caption ?? known?.caption, known?.credit))
        }
        return values
    }

    private static func attachment(of picture: HTMLConverter.Picture, _ site: WXRSite) -> WXRSite.Attachment? {
        let name = picture.classes.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("wp-image-") }
        if let name, let found = site.attachments[String(name.dropFirst("wp-image-".count))] { return found }
        return site.attachmentIDs[picture.address].flatMap { site.attachments[$0] }
    }

    private static func value(
        _ placement: String, _ address: String, _ alt: String?, _ caption: String?, _ credit: String?
    ) -> FrontMatterText.Value {
        var members: [(String, FrontMatterText.Value)] = [
            ("placement", .text(placement)), ("source", .text(address)),
        ]
        for (key, text) in [("alt", alt), ("caption", caption), ("credit", credit)] {
            if let text, !text.isEmpty { members.append((key, .text(text))) }
        }
        return .map(members)
    }
}

extension String {
    /// "%c3%a9" as "é"; as it stands when that gives no text.
    fileprivate var removingPercentEncoding: String {
        guard contains("%") else { return self }
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? self
    }
}
