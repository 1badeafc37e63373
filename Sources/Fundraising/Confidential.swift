internal import Values

/// Numbers that are kept nowhere, whoever types them in: a card's, and a person's or employer's tax number. A text that
/// holds one is refused, and never repeated.
public enum Confidential: Sendable, Equatable {
    case cardNumber
    case taxNumber

    /// What of the kind is in the text; nil when there is nothing.
    public static func found(in text: String) -> Confidential? {
        if CardNumber.isContained(in: text) { return .cardNumber }
        return TaxNumber.isIn(text) ? .taxNumber : nil
    }
}

/// A text that somebody typed in: something, no novel, and no number that must not be kept.
struct TypedText {
    let text: String

    /// - Parameters:
    ///   - field: what it is called, for the message.
    ///   - longest: in bytes.
    init(_ given: String, _ field: String, longest: Int) throws {
        if let number = Confidential.found(in: given) { throw FundraisingError.confidential(number, field: field) }
        guard !given.allSatisfy(\.isWhitespace) else {
            throw ValueError(kind: field, value: given, reason: "it is empty")
        }
        guard given.utf8.count <= longest else {
            throw ValueError(
                kind: field, value: String(given.prefix(40)) + "…", reason: "it is longer than \(longest) bytes")
        }
        guard !given.utf8.contains(0) else {
            throw ValueError(kind: field, value: "…", reason: "it holds a zero byte")
        }
        text = given
    }

    static func optional(_ given: String?, _ field: String, longest: Int) throws -> String? {
        try given.map { try TypedText($0, field, longest: longest).text }
    }

    static let name = 1_000
    static let note = 4_000
}
