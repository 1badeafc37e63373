/// What is wrong with the settings, all of it at once: who mends one mistake shouldn't meet the next at the next start.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable {
        /// The setting's key, or what was written where a key should be; nil when the file as a whole is at fault.
        public let key: String?
        /// Where it was said: a file's path, or an environment variable.
        public let origin: String
        /// What is wrong and what is allowed. Never a secret's value.
        public let reason: String

        public init(key: String?, origin: String, reason: String) {
            self.key = key
            self.origin = origin
            self.reason = reason
        }
    }

    public let problems: [Problem]

    public init(_ problems: [Problem]) {
        self.problems = problems
    }

    public var description: String {
        problems.map { problem in
            let subject = problem.key.map { "\($0) (\(problem.origin))" } ?? problem.origin
            return "\(subject): \(problem.reason)"
        }.joined(separator: "\n")
    }
}

extension SettingsError {
    /// The known word nearest to a mistyped one: as many single changes away as a slip of the hand makes.
    static func nearest(to word: String, among known: [String]) -> String? {
        let nearest = known.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
            .min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(2, word.utf8.count / 4) else { return nil }
        return nearest.word
    }

    /// Levenshtein's distance: insertions, deletions and replacements.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in right.enumerated() {
                let above = row[place + 1]
                row[place + 1] = min(above + 1, row[place] + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
