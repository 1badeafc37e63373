internal import Values
internal import XML

/// What the items of an export have in common: its address, its people, its pictures. Read in a first pass, because
/// WordPress writes the posts before the pictures they show.
public struct WXRSite: Sendable {
    /// "example.com", of the site the export is of.
    public internal(set) var host = ""
    /// Names by login.
    var authors: [String: String] = [:]
    /// Guest authors' names by the end of their term ("cap-…").
    var guests: [String: String] = [:]
    var attachments: [String: Attachment] = [:]
    /// Numbers of attachments by their address.
    var attachmentIDs: [String: String] = [:]
    var opening = WXRSite.defaultOpening
    /// What was left behind for good: e-mail addresses of authors.
    public internal(set) var droppedAddresses = 0
    /// The first line of a file that isn't an export.
    public internal(set) var isExport = false

    struct Attachment: Sendable, Hashable {
        var address: String
        var alt: String?
        var caption: String?
        var credit: String?
        var title: String
    }

    static let defaultOpening =
        "<rss xmlns:excerpt=\"x\" xmlns:content=\"x\" xmlns:wfw=\"x\" xmlns:dc=\"x\" xmlns:wp=\"x\">"

    public init() {}

    /// Reads what stands before the items of one file of the export.
    ///
    /// - Throws: ``ImportRefusal`` when it is no export, or can't be read as one.
    mutating func read(head bytes: [UInt8], file: String) throws(ImportRefusal) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw ImportRefusal(name: file, reason: "it is UTF-16: convert it to UTF-8, for example with iconv")
        }
        var (text, _) = WXRItem.repaired(
            Array(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]))
        let declaration = text.prefix(200).lowercased()
        for name in ["iso-8859", "windows-1252", "latin1"] where declaration.contains("encoding=\"\(name)") {
            throw ImportRefusal(
                name: file, reason: "its encoding is \(name): convert it to UTF-8, for example with iconv")
        }
        // WordPress writes a comment about itself; a document type there is none.
        guard let start = text.firstRange(of: "<rss"), let end = text[start.lowerBound...].firstIndex(of: ">"),
            text.contains("wordpress.org/export/")
        else { throw ImportRefusal(name: file, reason: "it isn't a WordPress export (WXR)") }
        isExport = true
        // Prefixes are what counts; an item stands for itself between the tags of this one.
        if !text.contains("</channel>") { text += "</channel>" }
        if !text.contains("</rss>") { text += "</rss>" }
        let reader = XMLReader(text)
        do { try read(reader) } catch {
            throw ImportRefusal(name: file, reason: "before its first item, \(error)")
        }
        _ = end
    }

    private mutating func read(_ reader: XMLReader) throws(XMLReader.Failure) {
        var path: [String] = []
        var field = ""
        var author: [String: String] = [:]
        while let event = try reader.next() {
            switch event {
            case .start(let name, _, _):
                path.append(name)
                field = ""
            case .text(let piece): field += piece
            case .end(let name):
                path.removeLast()
                let text = field.trimmed()
                if path.count == 2, ["wp:base_blog_url", "link"].contains(name), host.isEmpty || name != "link" {
                    host = Frames.host(of: text) ?? host
                }
                if path.last == "wp:author" { author[name] = text }
                if name == "wp:author" {
                    if let login = author["wp:author_login"], !login.isEmpty {
                        let name = author["wp:author_display_name"] ?? ""
                        authors[login] = name.isEmpty ? login : name
                    }
                    if author["wp:author_email"]?.isEmpty == false { droppedAddresses += 1 }
                    author = [:]
                }
                field = ""
            }
        }
    }

    /// Takes down what other items will ask about.
    mutating func note(_ item: WXRItem) {
        switch item.type {
        case "attachment":
            guard !item.attachmentAddress.isEmpty, !item.id.isEmpty else { return }
            let credit = [
                item.value(
                    "_media_credit", "media_credit", "_navis_media_credit", "_credit", "credit", "photo_credit",
                    "_photo_credit", "image_credit", "photographer", "_photographer", "_wp_attachment_source_name"),
                item.value("_navis_media_credit_org"),
            ].compactMap(\.self).filter { !$0.isEmpty }
            let said = credit.isEmpty ? item.value("_wp_attachment_metadata").flatMap(Self.credit) : nil
            attachments[item.id] = Attachment(
                address: item.attachmentAddress, alt: Self.plain(item.value("_wp_attachment_image_alt")),
                caption: Self.plain(item.excerpt), credit: Self.plain(said ?? credit.joined(separator: "/")),
                title: item.title)
            attachmentIDs[item.attachmentAddress] = item.id
        case "guest-author":
            guard let name = item.value("cap-display_name") ?? (item.title.isEmpty ? nil : item.title) else { return }
            for key in [item.name, item.value("cap-user_login")] {
                guard let key, !key.isEmpty else { continue }
                guests[key.hasPrefix("cap-") ? String(key.dropFirst(4)) : key] = name
            }
        default: break
        }
    }

    private static func plain(_ text: String?) -> String? {
        guard let text else { return nil }
        let plain = PlainText.of(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return plain.isEmpty ? nil : plain
    }

    /// The credit a camera or an agency wrote into the picture, out of PHP's serialised form: `s:6:"credit";s:3:"AFP";`.
    private static func credit(_ metadata: String) -> String? {
        guard let key = metadata.firstRange(of: "s:6:\"credit\";s:") else { return nil }
        let rest = metadata[key.upperBound...]
        guard let length = Int(rest.prefix { $0.isNumber }), length > 0, length < 1_000,
            let start = rest.firstIndex(of: "\"")
        else { return nil }
        return String(decoding: rest[rest.index(after: start)...].utf8.prefix(length), as: UTF8.self)
    }

    // MARK: People

    /// Who is credited: co-authors where the plugin has them, else the account that wrote it.
    func people(of item: WXRItem) -> [(name: String, handle: String)] {
        let together = item.terms.filter { $0.domain == "author" }.map { term -> (name: String, handle: String) in
            let handle = term.nicename.hasPrefix("cap-") ? String(term.nicename.dropFirst(4)) : term.nicename
            return (guests[handle] ?? authors[handle] ?? authors[term.name] ?? term.name, handle)
        }
        if !together.isEmpty { return together }
        guard !item.creator.isEmpty else { return [] }
        return [(authors[item.creator] ?? item.creator, item.creator)]
    }
}
