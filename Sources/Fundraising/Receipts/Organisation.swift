/// Who issues receipts: what the settings `organisation.*` say.
public struct Organisation: Sendable, Hashable {
    /// As registered with the tax office; empty until somebody says it, and then no receipt is issued.
    public let legalName: String
    /// What readers know it by; the legal name where that is the same.
    public let publishedName: String
    /// The employer identification number, `12-3456789`.
    public let ein: String
    public let address: [String]
    /// Who signs, and as what.
    public let signatory: [String]
    /// What the tax office calls it: "… is tax-exempt under section 501(c)(3) …".
    public let taxSentence: String
    /// What single states want to be said on every ask and receipt.
    public let stateStatements: [String]

    /// - Parameters: lists are one text with `|` between their parts, as a setting has them.
    public init(
        legalName: String, publishedName: String = "", ein: String, address: String = "", signatory: String = "",
        taxSentence: String = "", stateStatements: String = ""
    ) {
        self.legalName = Self.trimmed(legalName)
        let published = Self.trimmed(publishedName)
        self.publishedName = published.isEmpty ? self.legalName : published
        self.ein = Self.trimmed(ein)
        self.address = Self.parts(address)
        self.signatory = Self.parts(signatory)
        self.taxSentence = Self.trimmed(taxSentence)
        self.stateStatements = Self.parts(stateStatements)
    }

    /// Whether a text is an employer identification number: two digits, a hyphen, seven digits.
    public static func isEIN(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 10
            && bytes.indices.allSatisfy { $0 == 2 ? bytes[$0] == UInt8(ascii: "-") : (48...57).contains(bytes[$0]) }
    }

    /// - Throws: ``ReceiptRefusal/settingMissing(_:)``.
    func requireForReceipts() throws(FundraisingError) {
        guard !legalName.isEmpty else { throw .receipt(.settingMissing("organisation.legal_name")) }
        guard Self.isEIN(ein) else { throw .receipt(.settingMissing("organisation.ein")) }
    }

    private static func parts(_ text: String) -> [String] {
        text.split(separator: "|").map { trimmed(String($0)) }.filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: String) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return String(rest.reversed().drop(while: \.isWhitespace).reversed())
    }
}
