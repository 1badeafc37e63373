public import Values

/// A WordPress export, read twice: once for its people and pictures (``survey``), then for its texts.
///
/// ```swift
/// var survey = WXRSurvey()
/// survey.begin("site.xml"); survey.take(bytes); …; try survey.finish()
/// var reader = WXRReader(survey.site, sections: ["world"], zone: zone)
/// let read = reader.take(bytes) + …
/// ```
public struct WXRSurvey {
    public private(set) var site = WXRSite()
    private var splitter = WXRSplitter()
    private var file = ""
    private var hasHead = false

    public init() {}

    public mutating func begin(_ file: String) {
        self.file = file
        splitter = WXRSplitter()
        hasHead = false
    }

    /// - Throws: ``ImportRefusal`` when the file is no export.
    public mutating func take(_ bytes: [UInt8]) throws(ImportRefusal) {
        try note(splitter.take(bytes))
    }

    /// - Throws: ``ImportRefusal`` when the file is no export.
    public mutating func finish() throws(ImportRefusal) {
        try note(splitter.finish())
        if !hasHead { try site.read(head: splitter.beginning, file: file) }
    }

    private mutating func note(_ items: [WXRSplitter.Item]) throws(ImportRefusal) {
        guard !items.isEmpty else { return }
        if !hasHead {
            hasHead = true
            try site.read(head: splitter.head, file: file)
        }
        for item in items where item.broken == nil {
            // One that can't be read is named in the second pass.
            guard let read = try? WXRItem(item.bytes, opening: site.opening, line: item.line) else { continue }
            site.note(read)
        }
    }
}

/// The second pass: items become files, or the reason why they don't.
public struct WXRReader {
    public enum Read: Sendable {
        case article(ImportFile, title: String, remarks: [String])
        case refused(ImportRefusal)
    }

    /// What was left behind, in numbers.
    public struct Tally: Sendable, Hashable {
        public var comments = 0
        public var secrets = 0
        public var otherMeta = 0
        public var repeated = 0
        /// Items that are no texts, by type or state.
        public var skipped: [String: Int] = [:]

        public init() {}
    }

    public private(set) var tally = Tally()
    private let site: WXRSite
    private let sections: Set<String>
    private let zone: Zone
    private var splitter = WXRSplitter()
    private var file = ""
    /// Bytes of the file already read for an id, as a number that equal ones share.
    private var seen: [String: Int] = [:]

    /// - Parameters:
    ///   - sections: slugs of the sections there are.
    ///   - zone: the publication's, for times without GMT.
    public init(_ site: WXRSite, sections: [Slug], zone: Zone) {
        self.site = site
        self.sections = Set(sections.map(\.text))
        self.zone = zone
    }

    public mutating func begin(_ file: String) {
        self.file = file
        splitter = WXRSplitter()
    }

    public mutating func take(_ bytes: [UInt8]) -> [Read] { splitter.take(bytes).compactMap { read($0) } }

    public mutating func finish() -> [Read] { splitter.finish().compactMap { read($0) } }

    private mutating func read(_ part: WXRSplitter.Item) -> Read? {
        func refused(_ label: String, _ reason: String) -> Read {
            .refused(ImportRefusal(name: "\(file): \(label)", reason: reason))
        }
        let item: WXRItem
        do throws(any Error) {
            if let broken = part.broken { throw Broken(reason: broken) }
            item = try WXRItem(part.bytes, opening: site.opening, line: part.line)
        } catch {
            return refused(Self.label(part), (error as? Broken)?.reason ?? "\(error)")
        }
        tally.comments += item.comments
        tally.secrets += item.secrets
        tally.otherMeta += item.otherMeta
        do throws(WXRArticle.Skipped) {
            let article = try WXRArticle(item, site: site, sections: sections, zone: zone)
            if let before = seen.updateValue(article.file.bytes.hashValue, forKey: article.file.name) {
                seen[article.file.name] = before
                guard before == article.file.bytes.hashValue else {
                    return refused(item.label, "its id is there twice, with another text: the first counts")
                }
                tally.repeated += 1
                return nil
            }
            return .article(article.file, title: item.title, remarks: article.remarks)
        } catch {
            switch error {
            case .type(let name): tally.skipped[name, default: 0] += 1
            case .state(let name): tally.skipped["state \(name)", default: 0] += 1
            case .refused(let reason): return refused(item.label, reason)
            }
            return nil
        }
    }

    private struct Broken: Error { let reason: String }

    /// Id and title of an item that can't be read, as far as they can be seen.
    private static func label(_ part: WXRSplitter.Item) -> String {
        let text = WXRItem.repaired(Array(part.bytes.prefix(20_000))).text
        func between(_ start: String, _ end: String) -> String {
            guard let from = text.firstRange(of: start), let to = text[from.upperBound...].firstRange(of: end) else {
                return ""
            }
            let inside = String(text[from.upperBound..<to.lowerBound])
            return inside.replacing("<![CDATA[", with: "").replacing("]]>", with: "").trimmed()
        }
        let id = between("<wp:post_id>", "</wp:post_id>")
        let title = between("<title>", "</title>")
        return
            "post \(id.isEmpty ? "without id" : id)\(title.isEmpty ? "" : " \"\(title.prefix(200))\""), line \(part.line)"
    }
}
