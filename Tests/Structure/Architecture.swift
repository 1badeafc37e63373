/// Which module may know which: the one table that the tests in this folder hold the sources against.
enum Architecture {
    /// What a module may import besides what anyone may. A module that isn't here may not be there.
    static let edges: [String: Set<String>] = [
        // The only importers of their C module, and of the C library itself.
        "Sodium": ["CSodium"],
        "Markdown": ["CMarkGFM"],
        "Curl": ["CCurl"],
        "XML": ["CXML"],
        "Terminal": cLibrary,

        "Values": [],
        "Postgres": cLibrary.union(["CLibPQ", "Values", "Subprocess", "System", "SystemPackage"]),
        "Journal": ["Postgres", "Values", "Sodium"],
        "Access": ["Journal", "Postgres", "Values", "Sodium"],

        "Editorial": ["Access", "Journal", "Postgres", "Values", "Markdown", "XML", "Yams"],
        "Fundraising": ["Access", "Journal", "Postgres", "Values", "Sodium"],
        // Scans bytes, and maps the files they are in.
        "Audience": cLibrary.union(["Access", "Journal", "Postgres", "Values", "CZlib"]),
        "Delivery": ["Access", "Journal", "Postgres", "Values", "Curl"],

        "Newsroom": domains.union(["Access", "Journal", "Postgres", "Values", "Configuration"]),
        "Web": domains.union([
            "Newsroom", "Access", "Journal", "Postgres", "Values", "Hummingbird", "Mustache", "ServiceLifecycle",
            "UnixSignals", "Metrics", "NIO",
        ]),
        "Admin": domains.union([
            "Newsroom", "Access", "Journal", "Postgres", "Values", "ArgumentParser", "Terminal",
        ]),
        "masthead": ["Admin", "Web", "Terminal", "ServiceLifecycle", "UnixSignals", "Metrics", "NIO"],
    ]

    /// What any module may import: the language's own modules, and the three packages that carry no policy.
    static let anyone: Set<String> = [
        "Swift", "Synchronization", "Logging", "Collections", "OrderedCollections", "DequeModule", "HeapModule",
        "HashTreeCollections", "BitCollections", "FoundationEssentials",
    ]

    /// System libraries: a module map and a shim header, nothing that imports.
    static let systemLibraries: Set<String> = ["CLibPQ", "CSodium", "CMarkGFM", "CCurl", "CZlib", "CXML"]

    static let domains: Set<String> = ["Editorial", "Fundraising", "Audience", "Delivery"]

    private static let cLibrary: Set<String> = ["Glibc", "Musl", "Darwin"]

    /// Schemas, and the modules they belong to.
    static let schemas: [String: String] = [
        "access": "Access", "journal": "Journal", "editorial": "Editorial", "fundraising": "Fundraising",
        "audience": "Audience", "delivery": "Delivery", "migration": "Postgres",
    ]

    /// Modules without statements: they call the domains.
    static let modulesWithoutSQL: Set<String> = [
        "Admin", "Web", "masthead", "Values", "Terminal", "Sodium", "Markdown", "XML",
    ]

    /// Whether a module's SQL may name this. What spans domains is Newsroom's; everyone else names its own schema,
    /// `journal` and `access` as far as its imports reach, and what editorial shows to all.
    static func mayName(_ module: String, _ name: QualifiedName) -> Bool {
        guard let owner = schemas[name.schema] else { return true }
        if owner == module || module == "Newsroom" { return true }
        // The journal's accounts are foreign keys, which the database reads.
        if ["access", "journal"].contains(name.schema) { return edges[module]?.contains(owner) ?? false }
        let isPublic = name.schema == "editorial" && (name.object.hasPrefix("public_") || name.object == "slug")
        return isPublic && domains.contains(module)
    }

    /// Tables that a foreign key may lead to out of its own schema.
    static let sharedTables: Set<String> = ["access.account", "editorial.article"]

    /// Words that say nothing of what is inside.
    static let emptyWords: Set<String> = [
        "Util", "Utils", "Utilities", "Helper", "Helpers", "Common", "Manager", "Shared", "Misc", "Extensions",
    ]
}

struct QualifiedName: Hashable, CustomStringConvertible {
    let schema: String
    let object: String

    var description: String { "\(schema).\(object)" }
}
