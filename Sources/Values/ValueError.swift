/// Text that isn't what it should be. `kind` names what was wanted ("slug", "amount"), `value` is the text as it was
/// given (cut when it is long), and `reason` says what is wrong with it in words a person can act on.
public struct ValueError: Error, Equatable, Sendable, CustomStringConvertible {
    public let kind: String
    public let value: String
    public let reason: String

    public init(kind: String, value: String, reason: String) {
        self.kind = kind
        self.value = value.utf8.count <= Self.longestValue ? value : String(value.prefix(Self.longestValue)) + "…"
        self.reason = reason
    }

    public var description: String { "\(kind) \"\(value)\": \(reason)" }

    /// A megabyte pasted by mistake must not become a megabyte of error message.
    private static let longestValue = 200
}
