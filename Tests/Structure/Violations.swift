/// What is wrong with a source file; empty when nothing is.
enum Violations {
    static func ofImports(_ source: SwiftSource) -> [String] {
        guard let allowed = Architecture.edges[source.module] else {
            return ["\(source.path): the module \(source.module) isn't in the table"]
        }
        return source.imports.filter { !allowed.contains($0) && !Architecture.anyone.contains($0) }
            .map { "\(source.path): imports \($0)" }
    }

    static func ofSQL(_ source: SwiftSource) -> [String] {
        let literals = source.literals.filter(SQLText.looksLikeSQL)
        if Architecture.modulesWithoutSQL.contains(source.module) {
            return literals.filter(SQLText.isStatement).map { "\(source.path): has the statement \($0)" }
        }
        return literals.flatMap(SQLText.names).filter { !Architecture.mayName(source.module, $0) }
            .map { "\(source.path): names \($0)" }
    }

    /// `path` from the package's folder.
    static func ofName(_ path: String) -> [String] {
        path.split(separator: "/").flatMap { part -> [String] in
            let name = part.split(separator: ".").first.map(String.init) ?? ""
            let words = name.matches(of: /[A-Z]?[a-z]+|[A-Z]+(?![a-z])/).map { String($0.output).capitalized }
            let empty = words.filter(Architecture.emptyWords.contains)
            let isBase = name.lowercased() == "base" ? ["Base"] : []
            let isExtension = part.contains("+") ? ["+"] : []
            return (empty + isBase + isExtension).map { "\(path): '\($0)' says nothing of what is inside" }
        }
    }

    /// A file of a migration belongs to the schema that its name ends in.
    static func ofMigration(_ file: String, _ text: String) -> [String] {
        let schemas = Architecture.schemas
        guard let own = schemas.keys.first(where: { file.contains("_" + $0) }), let module = schemas[own] else {
            return ["\(file): its name says no schema"]
        }
        return SQLText.names(SQLText.withoutComments(text))
            .filter { !Architecture.mayName(module, $0) && !Architecture.sharedTables.contains($0.description) }
            .map { "\(file): names \($0)" }
    }
}

extension String {
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst().lowercased() }
}
