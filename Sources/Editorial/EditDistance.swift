/// Levenshtein's distance, as far as it matters.
enum EditDistance {
    /// How many letters were added, left out or changed; nil when more than `limit`.
    static func within(_ limit: Int, _ left: [Character], _ right: [Character]) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            var least = row[0]
            for (place, other) in right.enumerated() {
                let above = row[place + 1]
                row[place + 1] = min(above + 1, row[place] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = above
                least = min(least, row[place + 1])
            }
            guard least <= limit else { return nil }
        }
        return row[right.count] <= limit ? row[right.count] : nil
    }
}
