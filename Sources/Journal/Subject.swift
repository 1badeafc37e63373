/// What an audit row or an outbox row is about: one article, one gift, one account.
public struct Subject: Sendable, Hashable {
    /// A noun of the publication. A domain adds its own:
    /// `extension Subject.Kind { static let receipt = Subject.Kind("receipt") }`
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public init(_ name: StaticString) { self.rawValue = "\(name)" }

        public static let account = Kind("account")
        public static let article = Kind("article")
        public static let campaign = Kind("campaign")
        public static let contributor = Kind("contributor")
        public static let donor = Kind("donor")
        public static let gift = Kind("gift")
        public static let image = Kind("image")
        public static let `import` = Kind("import")
        public static let publication = Kind("publication")
        public static let section = Kind("section")
        public static let site = Kind("site")
    }

    public let kind: Kind
    public let id: Int64

    public init(_ kind: Kind, _ id: Int64) {
        self.kind = kind
        self.id = id
    }
}

extension Subject: CustomStringConvertible {
    /// `article:12`
    public var description: String { "\(kind.rawValue):\(id)" }

    /// Reads `article:12`; nil when it isn't of that form.
    public init?(text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":"), let id = Int64(text[text.index(after: colon)...]) else {
            return nil
        }
        let name = String(text[..<colon])
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (97...122).contains($0) }) else {
            return nil
        }
        self.init(Kind(rawValue: name), id)
    }
}

extension Subject: Comparable {
    /// By kind, byte for byte, then by id: the order in which the database walks the chains.
    public static func < (left: Subject, right: Subject) -> Bool {
        guard left.kind == right.kind else {
            return left.kind.rawValue.utf8.lexicographicallyPrecedes(right.kind.rawValue.utf8)
        }
        return left.id < right.id
    }
}
