import Values

/// One of a few words, for `transform:`, where the type belongs to a domain that knows nothing of command lines.
enum Choice {
    static func word<Value: RawRepresentable & CaseIterable>(_ text: String) throws -> Value
    where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            throw ValueError(kind: "choice", value: text, reason: "write \(words(of: Value.self))")
        }
        return value
    }

    /// "day, month or year", for help and messages.
    static func words<Value: RawRepresentable & CaseIterable>(of type: Value.Type) -> String
    where Value.RawValue == String {
        let words = type.allCases.map(\.rawValue)
        guard words.count > 1, let last = words.last else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
