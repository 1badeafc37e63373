/// Which requests are for content: by extension and by the first part of the path.
///
/// The default follows what a magazine's server delivers beside its pages. Rules are asked in this order: static
/// extension, excluded prefix; what is left is content.
public struct Routes: Hashable, Sendable {
    /// Extensions of files that pages are made of or that are downloaded, in lower case, at most eight bytes.
    public let staticExtensions: [String]
    /// Paths that aren't content, alone or with anything after a slash.
    public let excludedPrefixes: [String]
    /// Paths that aren't content, exactly as written.
    public let excludedPaths: [String]

    public init(staticExtensions: [String], excludedPrefixes: [String], excludedPaths: [String]) {
        self.staticExtensions = staticExtensions
        self.excludedPrefixes = excludedPrefixes
        self.excludedPaths = excludedPaths
    }

    public static let standard = Routes(
        staticExtensions: [
            "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "bmp", "tif", "tiff",
            "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "m4a", "m4v", "webm", "ogg", "oga", "ogv", "wav", "mov",
            "avi", "pdf", "zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "tar", "exe", "msi", "dmg", "apk", "jar", "iso",
            "swf", "wasm", "txt", "xml", "json", "rss", "atom", "csv",
        ],
        excludedPrefixes: ["/api", "/admin", "/feed", "/.well-known"],
        excludedPaths: ["/robots.txt", "/sitemap.xml", "/favicon.ico"])
}

/// The rules in the form the scan asks them: an extension is one word, looked up in one step.
struct RouteTable: ~Copyable {
    private var slots: Slab<UInt64>
    private let prefixes: [[UInt8]]
    private let paths: [[UInt8]]

    init(_ routes: Routes) {
        slots = Slab(repeating: 0, count: 1024)
        prefixes = routes.excludedPrefixes.map { Array($0.utf8) }
        paths = routes.excludedPaths.map { Array($0.utf8) }
        for name in routes.staticExtensions where name.utf8.count <= 8 && !name.isEmpty {
            let word = name.utf8.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(ByteRange.folded($1)) }
            var slot = RouteTable.slot(word)
            while slots[slot] != 0 { slot = (slot + 1) & 1023 }
            slots[slot] = word
        }
    }

    @inline(__always)
    private static func slot(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> 54)
    }

    /// Whether the path, without query and fragment, ends in a static extension.
    @inline(__always)
    func isStatic(_ path: ByteRange) -> Bool {
        var index = path.count &- 1
        let stop = max(0, path.count &- 9)
        var word: UInt64 = 0
        while index >= stop {
            let byte = path[index]
            if byte == 0x2e { break }
            if byte == 0x2f { return false }
            word = word << 8 | UInt64(ByteRange.folded(byte))
            index &-= 1
        }
        if index < stop || word == 0 { return false }
        var slot = RouteTable.slot(word)
        while slots.base[slot] != 0 {
            if slots.base[slot] == word { return true }
            slot = (slot &+ 1) & 1023
        }
        return false
    }

    /// The prefix or path that keeps a normalised path out; asked once for each distinct path.
    func exclusion(_ path: ByteRange) -> [UInt8]? {
        for prefix in prefixes where path.count >= prefix.count {
            let matches = prefix.indices.allSatisfy { path[$0] == prefix[$0] }
            if matches, path.count == prefix.count || path[prefix.count] == 0x2f { return prefix }
        }
        return paths.first { $0.count == path.count && $0.elementsEqual(path.array) }
    }

    func isExcluded(_ path: ByteRange) -> Bool { exclusion(path) != nil }
}
