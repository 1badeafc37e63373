public import Access
internal import Journal
public import Postgres

/// How the house writes: a name as it is spelled, or a word that isn't written here and what is instead.
public struct HouseWord: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable {
        case name, style
    }

    public let kind: Kind
    public let word: String
    public let instead: String?

    /// All of them, by kind and word: a house has some hundreds.
    public static func list(_ db: Connection) throws -> [HouseWord] {
        try db.rows("SELECT kind, word, instead FROM editorial.house_word ORDER BY kind, word") { row in
            HouseWord(kind: try row.next(), word: try row.next(), instead: try row.next())
        }
    }

    /// Whether it stands in the text as a word of its own; what differs in capitals alone is looked for as written.
    func advice(on text: String) -> Advice? {
        let isCaseOnly = instead?.lowercased() == word.lowercased()
        let (hay, needle) = isCaseOnly ? (text, word) : (text.lowercased(), word.lowercased())
        let isThere = hay.ranges(of: needle).contains { found in
            let before = found.lowerBound == hay.startIndex ? " " : hay[hay.index(before: found.lowerBound)]
            let after = found.upperBound == hay.endIndex ? " " : hay[found.upperBound]
            return !before.isLetter && !before.isNumber && !after.isLetter && !after.isNumber
        }
        return isThere ? Advice(rule: .style, found: word, instead: instead) : nil
    }
}

/// Puts a word into the house's list, or takes it out.
public struct EditHouseWord {
    public enum Edit: Sendable, Hashable {
        case add(instead: String?)
        case remove
    }

    let kind: HouseWord.Kind
    let word: String
    let edit: Edit
    let actor: Actor

    public init(_ kind: HouseWord.Kind, _ word: String, _ edit: Edit, by actor: Actor) {
        self.kind = kind
        self.word = word
        self.edit = edit
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `houseWordExists`, `houseWordUnknown`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws {
        try actor.requireAnywhere(.styleManage)
        try PlainField.check([("word", word)])
        let id: Int64?
        switch edit {
        case .add(let instead):
            try PlainField.check([("word", instead)])
            id = try naming([
                "house_word_once": .houseWordExists(word),
                "house_word_given": .contentRefused(field: "word", reason: "it is empty or longer than 200 letters"),
                "house_word_instead_size": .contentRefused(field: "word", reason: "it is longer than 200 letters"),
            ]) {
                try db.value(
                    """
                    INSERT INTO editorial.house_word (kind, word, instead, added_by) \
                    VALUES (\(kind), \(word), \(instead), \(actor.account)) RETURNING id
                    """, as: Int64.self)
            }
        case .remove:
            id = try db.value(
                "DELETE FROM editorial.house_word WHERE kind = \(kind) AND word = \(word) RETURNING id",
                as: Int64.self)
        }
        guard let id else { throw EditorialError.houseWordUnknown(word) }
        let action = edit == .remove ? "house_word.removed" : "house_word.added"
        try Audit.append(db, Subject(.houseWord, id), action, by: actor.origin)
    }
}
