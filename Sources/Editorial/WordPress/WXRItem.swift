internal import XML

/// One item of a WordPress export, as it stands there: a post, a page, an attachment, and much that nobody reads.
/// Of comments and of what is secret, only how much there was.
struct WXRItem {
    var title = ""
    var link = ""
    var pubDate = ""
    var creator = ""
    var content = ""
    var excerpt = ""
    var id = ""
    var date = ""
    var dateGMT = ""
    var name = ""
    var status = ""
    var type = ""
    var attachmentAddress = ""
    var terms: [Term] = []
    /// Values that may be taken over, by key.
    var meta: [String: [String]] = [:]
    var comments = 0
    /// The post's password was one of them: what it guarded isn't public.
    var hadPassword = false
    var secrets = 0
    var otherMeta = 0
    var line: Int
    /// How many characters that no text has were taken out or replaced.
    var repairs = 0

    struct Term: Hashable {
        var domain: String
        var nicename: String
        var name: String
    }

    /// Keys of `wp:postmeta` that say something a reader sees. Everything else stays behind.
    static let wantedMeta: Set<String> = [
        "_wp_attachment_image_alt", "_thumbnail_id", "_wp_old_slug", "_wp_attachment_metadata", "footnotes",
        "subtitle", "_subtitle", "wps_subtitle", "kia_subtitle", "secondary_title", "_secondary_title", "dek",
        "_media_credit", "media_credit", "_navis_media_credit", "_navis_media_credit_org", "_credit", "credit",
        "photo_credit", "_photo_credit", "image_credit", "photographer", "_photographer", "_wp_attachment_source_name",
        "cap-display_name", "cap-user_login", "cap-linked_account",
        "_yoast_wpseo_opengraph-title", "_yoast_wpseo_opengraph-description",
    ]

    /// Words in a key that say its value lets somebody in.
    static func looksSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return key == "_edit_lock" || key == "_edit_last"
            || ["pass", "secret", "token", "api_key", "apikey", "_key", "auth", "session", "nonce", "private", "email"]
                .contains { key.contains($0) }
    }

    /// Reads the bytes of one item.
    ///
    /// - Parameters:
    ///   - opening: the start tag of the export, which declares the prefixes.
    ///   - line: where the item begins in its file.
    init(_ bytes: [UInt8], opening: String, line: Int) throws(XMLReader.Failure) {
        self.line = line
        let (text, repairs) = Self.repaired(bytes)
        self.repairs = repairs
        let reader = XMLReader(opening + text + "</rss>", linesBefore: line - 1)
        var path: [String] = []
        var field = ""
        var attributes: [String: String] = [:]
        var metaKey = ""
        while let event = try reader.next() {
            switch event {
            case .start(let name, let given, _):
                path.append(name)
                field = ""
                if path.count == 3 { attributes = given }
            case .text(let piece):
                field += piece
            case .end(let name):
                path.removeLast()
                // rss > item > field; deeper ones are comments and meta.
                if path.count == 2 { take(name, field, attributes) }
                if path.count == 3, path.last == "wp:postmeta" {
                    if name == "wp:meta_key" { metaKey = field.trimmed() }
                    if name == "wp:meta_value" { takeMeta(metaKey, field) }
                }
                field = ""
            }
        }
    }

    private mutating func take(_ name: String, _ text: String, _ attributes: [String: String]) {
        switch name {
        case "title": title = text.trimmed()
        case "link": link = text.trimmed()
        case "pubDate": pubDate = text.trimmed()
        case "dc:creator": creator = text.trimmed()
        case "content:encoded": content = text
        case "excerpt:encoded": excerpt = text.trimmed()
        case "wp:post_id": id = text.trimmed()
        case "wp:post_date": date = text.trimmed()
        case "wp:post_date_gmt": dateGMT = text.trimmed()
        case "wp:post_name": self.name = text.trimmed()
        case "wp:status": status = text.trimmed()
        case "wp:post_type": type = text.trimmed()
        case "wp:attachment_url": attachmentAddress = text.trimmed()
        case "wp:post_password":
            if !text.trimmed().isEmpty {
                hadPassword = true
                secrets += 1
            }
        case "wp:comment": comments += 1
        case "category":
            terms.append(
                Term(
                    domain: attributes["domain"] ?? "category", nicename: attributes["nicename"] ?? "",
                    name: text.trimmed()))
        default: break
        }
    }

    private mutating func takeMeta(_ key: String, _ value: String) {
        if Self.looksSecret(key) {
            secrets += 1
        } else if Self.wantedMeta.contains(key) {
            meta[key, default: []].append(value.trimmed())
        } else {
            otherMeta += 1
        }
    }

    /// The bytes as text without what isn't text: invalid UTF-8, and control characters that XML has no place for.
    static func repaired(_ bytes: [UInt8]) -> (text: String, repairs: Int) {
        var repairs = 0
        let decoded = String(decoding: bytes, as: UTF8.self)
        if String(validating: bytes, as: UTF8.self) == nil {
            repairs += decoded.unicodeScalars.lazy.filter { $0 == "\u{FFFD}" }.count
        }
        let isOdd: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: false
            case 0..<0x20, 0x7F, 0xFFFE, 0xFFFF: true
            default: false
            }
        }
        guard decoded.unicodeScalars.contains(where: isOdd) else { return (decoded, repairs) }
        var text = String.UnicodeScalarView()
        for scalar in decoded.unicodeScalars {
            if isOdd(scalar) { repairs += 1 } else { text.append(scalar) }
        }
        return (String(text), repairs)
    }

    /// The last value of a key that isn't empty.
    func value(_ keys: String...) -> String? {
        keys.lazy.compactMap { meta[$0]?.last { !$0.isEmpty } }.first
    }

    /// What a person would look for in his export.
    var label: String { "post \(id.isEmpty ? "without id" : id)\(title.isEmpty ? "" : " \"\(title)\""), line \(line)" }
}
