public import Values

/// Whose players may stand in a text: the providers of `Config/embeds.json`.
public struct Embeds: Sendable, Hashable {
    /// Somebody whose player may be framed.
    struct Provider: Sendable, Hashable {
        let key: String
        /// As a reader is told: "YouTube".
        let name: String
        /// Addresses a writer may paste, each with one `{id}` at its end.
        let prefixes: [String]
        /// What is framed: before and after the id.
        let frame: (before: String, after: String)

        static func == (left: Provider, right: Provider) -> Bool {
            (left.key, left.name, left.prefixes, left.frame.before, left.frame.after)
                == (right.key, right.name, right.prefixes, right.frame.before, right.frame.after)
        }

        func hash(into hasher: inout Hasher) { hasher.combine(key) }
    }

    let providers: [Provider]

    /// Nobody's: every address stays a link.
    public static let none = Embeds(providers: [])

    private init(providers: [Provider]) { self.providers = providers }

    /// Reads `{"youtube": {"name": …, "addresses": ["https://youtu.be/{id}"], "frame": "https://…/{id}"}}`. Keys that
    /// begin with `//` are remarks.
    ///
    /// - Throws: `ValueError` that names the provider at fault.
    public init(parsing bytes: [UInt8]) throws(ValueError) {
        guard let entries = try JSON(parsing: bytes).object else {
            throw ValueError(kind: "list of embeds", value: "", reason: "it isn't an object")
        }
        var providers: [Provider] = []
        for (key, value) in entries.sorted(by: { $0.key < $1.key }) where !key.hasPrefix("//") {
            func refused(_ reason: String) -> ValueError {
                ValueError(kind: "embed provider", value: key, reason: reason)
            }
            guard key.utf8.allSatisfy({ Self.isOfID($0) }) else { throw refused("its key is letters, digits, - and _") }
            guard let name = value["name"]?.string, let addresses = value["addresses"]?.array?.compactMap(\.string),
                let frame = value["frame"]?.string
            else { throw refused("it needs name, addresses and frame") }
            let prefixes = try addresses.map { (address) throws(ValueError) -> String in
                guard address.hasPrefix("https://"), address.hasSuffix("{id}") else {
                    throw refused("an address begins with https:// and ends with {id}")
                }
                return String(address.dropLast(4))
            }
            let parts = frame.split(separator: "{id}", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard frame.hasPrefix("https://"), parts.count == 2 else {
                throw refused("the frame begins with https:// and has {id} in it")
            }
            providers.append(Provider(key: key, name: name, prefixes: prefixes, frame: (parts[0], parts[1])))
        }
        self.init(providers: providers)
    }

    /// The frame an address stands for; nil when it is nobody's listed here.
    func frame(for address: String) -> (provider: Provider, address: String)? {
        for provider in providers {
            for prefix in provider.prefixes where address.hasPrefix(prefix) {
                let rest = address.utf8.dropFirst(prefix.utf8.count)
                let id = rest.prefix { Self.isOfID($0) }
                // What follows (a time, a playlist) isn't needed to find the player.
                guard (1...128).contains(id.count),
                    id.endIndex == rest.endIndex || "?&#".utf8.contains(rest[id.endIndex])
                else { continue }
                return (provider, provider.frame.before + String(decoding: id, as: UTF8.self) + provider.frame.after)
            }
        }
        return nil
    }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
