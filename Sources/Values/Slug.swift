/// The name of something in a web address: `a-z`, `0-9` and single hyphens between them, 1 to 100 bytes.
///
/// Never digits alone, so that wherever a number or a slug is accepted, one can't be taken for the other.
public struct Slug: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    public static let longest = 100

    public init(_ text: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "slug", value: text, reason: reason) }
        let bytes = text.utf8
        guard !bytes.isEmpty else { throw refused("it is empty") }
        guard bytes.count <= Self.longest else { throw refused("it is longer than \(Self.longest) characters") }
        guard bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == Self.hyphen }) else {
            throw refused("only a-z, 0-9 and hyphens are allowed")
        }
        guard bytes.first != Self.hyphen, bytes.last != Self.hyphen, !text.contains("--") else {
            throw refused("hyphens stand single, between letters or digits")
        }
        guard !bytes.allSatisfy(Self.isDigit) else {
            throw refused("it is digits alone, which would be taken for a number")
        }
        self.text = text
    }

    /// The slug a title suggests: "Żółć at the Café" gives `zolc-at-the-cafe`, cut between words when it is too long.
    /// Nil when nothing usable is left (a title of digits alone, or in a script that isn't Latin).
    public static func derived(from title: String) -> Slug? {
        var words: [String] = []
        var word = ""
        for character in title.lowercased() {
            if let folded = latinFolds[character] {
                word += folded
            } else if let letter = character.unicodeScalars.first, letter.isASCII, isAlphanumeric(UInt8(letter.value)) {
                // Whatever marks are combined with it, the letter stays.
                word.unicodeScalars.append(letter)
            } else if !apostrophes.contains(character) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }

        var text = ""
        for word in words {
            let longer = text.isEmpty ? word : text + "-" + word
            guard longer.utf8.count <= longest else { break }
            text = longer
        }
        // One word longer than any slug: its beginning is still better than nothing.
        if text.isEmpty, let first = words.first { text = String(first.prefix(longest)) }
        // Not losing an error: a title that suggests no slug is the nil that this promises.
        return try? Slug(text)
    }

    public var description: String { text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static let hyphen = UInt8(ascii: "-")

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x7A).contains(byte) }

    /// Dropped inside a word, so that "don't" becomes `dont` and not `don-t`.
    private static let apostrophes: Set<Character> = ["'", "\u{2019}", "\u{2018}", "\u{02BC}", "`", "\u{00B4}"]

    /// Letters of the Latin alphabets of Europe, Turkey and Vietnam's base letters, and how newspapers spell them in
    /// ASCII. `Character` compares by canonical equivalence, so composed and decomposed spellings both match.
    private static let latinFolds: [Character: String] = {
        let table: [(String, String)] = [
            ("àáâãåāăąǎạảấầẩẫậắằẳẵặ", "a"), ("ä", "a"), ("æǽ", "ae"), ("çćĉċč", "c"), ("ďđḍ", "d"), ("ð", "d"),
            ("èéêëēĕėęěẹẻẽếềểễệ", "e"), ("ĝğġģǧ", "g"), ("ĥħḥ", "h"), ("ìíîïĩīĭįıǐịỉ", "i"), ("ĳ", "ij"), ("ĵ", "j"),
            ("ķ", "k"), ("ĺļľŀł", "l"), ("ñńņňŋ", "n"), ("òóôõöōŏőøǒọỏốồổỗộơớờởỡợ", "o"), ("œ", "oe"), ("ŕŗř", "r"),
            ("śŝşšșṣ", "s"), ("ß", "ss"), ("ţťŧțṭ", "t"), ("þ", "th"), ("ùúûüũūŭůűųǔụủưứừửữự", "u"), ("ŵẁẃẅ", "w"),
            ("ýÿŷỳỵỷỹ", "y"), ("źżž", "z"),
        ]
        var folds: [Character: String] = [:]
        for (letters, ascii) in table {
            for letter in letters { folds[letter] = ascii }
        }
        return folds
    }()
}
