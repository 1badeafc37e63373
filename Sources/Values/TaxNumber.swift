/// Finds what looks like a tax number, so that it is never stored: of a tax form Masthead keeps status and date.
///
/// The forms of the United States: a social security or taxpayer number 123-45-6789, an employer's 12-3456789, and nine
/// digits in any grouping after a word that says what they are (IRS Publication 1915). Other countries' dashes, full-width
/// digits and spaces between don't hide one.
public enum TaxNumber {
    public static func isIn(_ text: String) -> Bool {
        let folded = Array(text.unicodeScalars.map(fold))
        var place = 0
        var isFree = true
        while place < folded.count {
            guard folded[place].isDigit else {
                isFree = folded[place] != "-" || place == 0 || !folded[place - 1].isDigit
                place += 1
                continue
            }
            var end = place
            while end < folded.count, folded[end].isDigit || folded[end].joins(before: end, in: folded) { end += 1 }
            if isNumber(folded[place..<end], isFree: isFree, label: folded[..<place]) { return true }
            isFree = true
            place = end
        }
        return false
    }

    /// One run of digits, and of single dashes and spaces between digits.
    private static func isNumber(
        _ run: ArraySlice<Character>, isFree: Bool, label: ArraySlice<Character>
    ) -> Bool {
        let words = run.split(separator: " ")
        for word in words where isFree || word.startIndex != run.startIndex {
            let groups = word.split(separator: "-").map(\.count)
            if groups == [3, 2, 4] || groups == [2, 7] { return true }
        }
        let digits = run.count { $0.isDigit }
        guard digits >= 9 else { return false }
        // Labelled, the first nine digits count however they are grouped: "EIN 123456789", "SSN: 123 45 6789".
        let groups = run.split { $0 == " " || $0 == "-" }.map(\.count)
        let sums = groups.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        return sums.contains(9) && isLabelled(label)
    }

    private static let labels = [
        "ssn", "ein", "itin", "tin", "tax", "social security", "taxpayer", "w-9", "w9", "w-8", "w8",
    ]

    /// Whether one of the words stands in the last thirty characters before.
    private static func isLabelled(_ before: ArraySlice<Character>) -> Bool {
        let near = " " + String(before.suffix(30)).lowercased()
        return labels.contains { label in
            near.ranges(of: label).contains { found in
                // "protein" isn't an employer's number.
                !near[near.index(before: found.lowerBound)].isLetter
            }
        }
    }

    private static func fold(_ scalar: Unicode.Scalar) -> Character {
        if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
            return Character(String(Int(value)))
        }
        switch scalar {
        case "\u{2010}"..."\u{2015}", "\u{2212}", "\u{fe63}", "\u{ff0d}", "\u{ad}": return "-"
        case "\u{a0}", "\u{2007}", "\u{202f}", "\t": return " "
        default: return Character(scalar)
        }
    }
}

extension Character {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

    /// Whether this is a single dash or space with a digit on either side.
    fileprivate func joins(before place: Int, in text: [Character]) -> Bool {
        guard self == "-" || self == " ", place + 1 < text.count, place > 0 else { return false }
        return text[place - 1].isDigit && text[place + 1].isDigit
    }
}
