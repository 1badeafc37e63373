/// The identity of a `Subject`: a number the database gave it.
///
/// The subject is part of the type, so that a gift's number can't be handed over where an article's is wanted.
public struct ID<Subject: ~Copyable>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: Int64

    public init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Reads what a person typed: decimal digits, positive, nothing else ("12", never "+12", " 12" or "1e1").
    public init?(text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text), number > 0
        else { return nil }
        rawValue = number
    }

    public var description: String { String(rawValue) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
