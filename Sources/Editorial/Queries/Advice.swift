public import Access
public import Postgres
public import Values

/// What an attentive colleague would say before a text goes out: nearly known names, words the house doesn't write, links
/// that lead nowhere. Nothing of it keeps a text in.
public struct Advice: Sendable, Hashable {
    public enum Rule: String, Sendable, CaseIterable {
        case name, style
        case deadLink = "dead_link"
        case draftLink = "draft_link"
        case retractedLink = "retracted_link"
        case unpublishedLink = "unpublished_link"
        case movedLink = "moved_link"
        case linkWithoutScheme = "link_without_scheme"
        case doubleWord = "double_word"
        case missing
    }

    public let rule: Rule
    /// What stands in the text, or what is missing.
    public let found: String
    /// What may be meant.
    public let instead: String?

    /// The advice on a text: the current one unless another is named.
    ///
    /// - Throws: ``EditorialError``: `articleUnknown`, `nothingSaved`, `revisionUnknown`.
    public static func list(
        _ db: Connection, _ id: ID<Article>, revision: Int? = nil, for actor: Actor
    ) throws -> [Advice] {
        let article = try Article.find(db, id, for: actor)
        guard let number = revision ?? article.head else { throw EditorialError.nothingSaved(id) }
        let content = try Revision.find(db, id, number).content
        let body = Prose(content.body)
        let whole = Prose([content.title, content.dek, content.teaser ?? ""].joined(separator: "\n\n"))
        let house = try HouseWord.list(db)
        let names = try db.rows("SELECT name FROM editorial.contributor ORDER BY id LIMIT \(mostNames)") {
            try $0.next(String.self)
        }
        var advice = NearNames(names + house.filter { $0.kind == .name }.map(\.word)).advice(
            on: whole.words + body.words)
        advice += house.filter { $0.kind == .style }.compactMap { $0.advice(on: whole.plain + "\n" + body.plain) }
        advice += try links(db, body.links, for: actor)
        advice += doubled(whole.words) + doubled(body.words) + missing(content)
        return advice
    }

    /// More names than any magazine has ever credited; reading them all is a moment's work.
    private static let mostNames = 50_000

    private static func missing(_ content: Content) -> [Advice] {
        var fields: [String] = []
        if content.dek.allSatisfy(\.isWhitespace) { fields.append("dek") }
        if (content.teaser ?? "").allSatisfy(\.isWhitespace) { fields.append("teaser") }
        for image in content.images where (image.alt ?? "").allSatisfy(\.isWhitespace) {
            fields.append("alternative text of \(image.source ?? image.media ?? image.placement.rawValue)")
        }
        return fields.map { Advice(rule: .missing, found: $0, instead: nil) }
    }

    /// Two that a sentence may well say twice are left alone.
    private static func doubled(_ words: [Prose.Word]) -> [Advice] {
        zip(words, words.dropFirst()).compactMap { first, second in
            guard second.follows, first.text.lowercased() == second.text, !["had", "that"].contains(second.text),
                second.text.contains(where: \.isLetter)
            else { return nil }
            return Advice(rule: .doubleWord, found: "\(first.text) \(second.text)", instead: first.text)
        }
    }
}

// MARK: Links

extension Advice {
    private static func links(_ db: Connection, _ links: [String], for actor: Actor) throws -> [Advice] {
        let bare = links.filter { link in
            !link.isEmpty && !link.contains(":") && !"/#?.".contains(link.prefix(1)) && link.contains(".")
        }
        var advice = bare.map { Advice(rule: .linkWithoutScheme, found: $0, instead: "https://\($0)") }
        let paths = Array(Set(links.filter { $0.hasPrefix("/") && !$0.hasPrefix("//") })).sorted()
        guard !paths.isEmpty else { return advice }
        let bareOf = { (path: String) in String(path.prefix { $0 != "#" && $0 != "?" }) }
        let last = { (path: String) in bareOf(path).split(separator: "/").last.map(String.init) ?? "" }
        let known = try db.rows(
            """
            SELECT p.path, a.public_status, l.path FROM editorial.path p \
            JOIN editorial.article a ON a.id = p.article_id JOIN editorial.release l ON l.id = a.live_release_id \
            WHERE p.path = ANY (\(paths.map(bareOf)))
            """
        ) { (try $0.next(String.self), (try $0.next(Article.PublicStatus.self), try $0.next(String.self))) }
        let byPath = Dictionary(known) { first, _ in first }
        let drafts = try db.rows(
            """
            SELECT d.slug FROM editorial.search_draft d JOIN editorial.article a ON a.id = d.article_id \
            WHERE d.slug = ANY (\(paths.map(last))) AND a.live_release_id IS NULL AND \(Sight(actor).draftOnly)
            """
        ) { try $0.next(String.self) }
        for path in paths {
            switch byPath[bareOf(path)] {
            case (.retracted, _)?: advice.append(Advice(rule: .retractedLink, found: path, instead: nil))
            case (.unpublished, _)?: advice.append(Advice(rule: .unpublishedLink, found: path, instead: nil))
            case (_, let now)? where now != bareOf(path):
                advice.append(Advice(rule: .movedLink, found: path, instead: now))
            case _?: break
            case nil:
                let rule = drafts.contains(last(path)) ? Rule.draftLink : .deadLink
                advice.append(Advice(rule: rule, found: path, instead: nil))
            }
        }
        return advice
    }
}

// MARK: Names

/// Finds names that are written nearly as a known one is.
struct NearNames {
    private let byWords: [Int: [Known]]
    private let exact: Set<String>

    private struct Known {
        let name: String
        let letters: [Character]
        let limit: Int
        let shape: UInt64
    }

    init(_ names: [String]) {
        let known = Set(names).sorted().compactMap { name -> (Int, Known)? in
            let letters = Array(name)
            // A short name is near to too many words.
            let limit = letters.count >= 6 ? 2 : letters.count >= 4 ? 1 : 0
            guard limit > 0 else { return nil }
            let words = name.split(separator: " ").count
            return (words, Known(name: name, letters: letters, limit: limit, shape: Self.shape(letters)))
        }
        byWords = Dictionary(grouping: known, by: \.0).mapValues { $0.map(\.1) }
        exact = Set(names)
    }

    /// Which letters occur: two edits change at most four bits, so most names are told apart without counting.
    private static func shape(_ letters: [Character]) -> UInt64 {
        letters.reduce(0) { $0 | 1 << UInt64(($1.unicodeScalars.first?.value ?? 0) % 64) }
    }

    func advice(on words: [Prose.Word]) -> [Advice] {
        var seen: Set<String> = []
        var advice: [Advice] = []
        for (count, known) in byWords.sorted(by: { $0.key < $1.key }) where count <= words.count {
            for start in 0...(words.count - count) {
                let window = words[start..<(start + count)]
                guard window.dropFirst().allSatisfy(\.follows), window.first?.text.first?.isUppercase == true,
                    window.last?.text.first?.isUppercase == true
                else { continue }
                let text = Self.bare(window.map(\.text).joined(separator: " "))
                guard !exact.contains(text), seen.insert(text).inserted else { continue }
                if let name = nearest(Array(text), among: known) {
                    advice.append(Advice(rule: .name, found: text, instead: name))
                }
            }
        }
        return advice
    }

    private func nearest(_ text: [Character], among known: [Known]) -> String? {
        let shape = Self.shape(text)
        var best: (name: String, distance: Int)?
        for one in known where (shape ^ one.shape).nonzeroBitCount <= 2 * one.limit {
            guard let distance = EditDistance.within(one.limit, text, one.letters), distance > 0 else { continue }
            if distance < best?.distance ?? .max { best = (one.name, distance) }
        }
        return best?.name
    }

    /// Without the mark of the genitive.
    private static func bare(_ text: String) -> String {
        for ending in ["'s", "’s", "'", "’"] where text.hasSuffix(ending) { return String(text.dropLast(ending.count)) }
        return text
    }
}
