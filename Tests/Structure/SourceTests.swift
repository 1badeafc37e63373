import Foundation
import TestDatabase
import Testing

struct SourceTests {
    @Test func modulesImportOnlyWhatTheTableAllows() throws {
        let sources = try SwiftSource.all()
        #expect(sources.count > 100, "the sources weren't found")
        #expect(sources.flatMap(Violations.ofImports) == [])
    }

    @Test func everyModuleIsInTheTable() throws {
        for module in try SwiftSource.modules() where !Architecture.systemLibraries.contains(module) {
            #expect(Architecture.edges[module] != nil, "\(module)")
        }
    }

    @Test func statementsNameTheirOwnSchemaOnly() throws {
        let sources = try SwiftSource.all()
        let named = sources.flatMap(\.literals).filter(SQLText.looksLikeSQL).flatMap(SQLText.names)
        #expect(Set(named.map(\.schema)).isSuperset(of: ["access", "journal", "editorial"]), "no SQL was found")
        #expect(sources.flatMap(Violations.ofSQL) == [])
    }

    @Test func migrationsNameTheirOwnSchemaOnly() throws {
        let folder = packageFolder + "/Migrations"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }
        #expect(files.count >= 2)
        let violations = try files.sorted().flatMap { file in
            Violations.ofMigration(file, try String(contentsOfFile: folder + "/" + file, encoding: .utf8))
        }
        #expect(violations == [])
    }

    @Test func filesAreNamedForWhatIsInside() throws {
        for folder in ["Sources", "Tests", "Config", "Migrations"] {
            let root = packageFolder + "/" + folder
            let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
            #expect(paths.flatMap { Violations.ofName(folder + "/" + $0) } == [])
        }
    }

    @Test func theBigFoundationIsNowhereInTheProgram() throws {
        // In a statically linked release its zones are nil, and it is ten times the size of what is used of it.
        let importers = try SwiftSource.all().filter { $0.imports.contains("Foundation") }.map(\.path)
        #expect(importers == [])
    }

    @Test func noModuleButTheWrappersImportsItsCLibrary() throws {
        let owners = [
            "CSodium": "Sodium", "CMarkGFM": "Markdown", "CLibPQ": "Postgres", "CZlib": "Audience", "CXML": "XML",
        ]
        for source in try SwiftSource.all() {
            for library in source.imports where Architecture.systemLibraries.contains(library) {
                #expect(owners[library] == source.module, "\(source.path) imports \(library)")
            }
        }
    }
}

/// Each rule on a file that breaks it: a test that can't fail proves nothing.
struct PlantedViolationTests {
    private func source(_ text: String, in module: String = "Editorial") -> SwiftSource {
        SwiftSource(module: module, path: "Sources/\(module)/Planted.swift", text: text)
    }

    @Test(arguments: [
        ("import Fundraising", "Fundraising"), ("public import Web", "Web"), ("import Foundation", "Foundation"),
        ("@preconcurrency import CSodium", "CSodium"), ("internal import struct Newsroom.Newsroom", "Newsroom"),
        ("#if canImport(Glibc)\n    import Glibc\n#endif", "Glibc"), ("@_spi(Testing) import Admin  // why", "Admin"),
    ])
    func aForbiddenImportIsFound(text: String, module: String) {
        #expect(
            Violations.ofImports(source("import Values\n" + text + "\nlet a = 1"))
                == ["Sources/Editorial/Planted.swift: imports \(module)"])
    }

    @Test(arguments: ["import Values", "// import Fundraising", "let text = \"import Fundraising\"", "import Logging"])
    func anAllowedImportIsNot(text: String) {
        #expect(Violations.ofImports(source(text)) == [])
    }

    @Test func aModuleOutsideTheTableIsFound() {
        #expect(Violations.ofImports(source("", in: "Extras")).count == 1)
    }

    @Test(arguments: [
        #"db.rows("SELECT id FROM fundraising.gift")"#,
        #"db.rows("SELECT \(raw: "g.id") FROM fundraising.gift WHERE a = \(b)")"#,
        "db.run(\"\"\"\n    DELETE FROM \\\n    fundraising.gift\n    \"\"\")",
        ##"let sql = #"UPDATE fundraising.gift SET a = \#(b)"#"##,
        #"query + " AND EXISTS (SELECT FROM fundraising.gift)""#,
        #"let a = "\(call("SELECT 1 FROM fundraising.gift"))""#,
    ])
    func aForeignSchemaInAStatementIsFound(text: String) {
        #expect(
            Violations.ofSQL(source(text)) == ["Sources/Editorial/Planted.swift: names fundraising.gift"])
    }

    @Test(arguments: [
        #"db.rows("SELECT id FROM editorial.article JOIN access.account ON true")"#,
        #"// "SELECT id FROM fundraising.gift""#, #"let permission = Permission("fundraising.manage")"#,
        #"/* "SELECT id FROM fundraising.gift" */"#, #""SELECT journal.append(1)""#,
    ])
    func whatAStatementMayNameIsNot(text: String) {
        #expect(Violations.ofSQL(source(text)) == [])
    }

    @Test func editorialShowsItsPublicViewsOnly() {
        for allowed in ["editorial.public_article", "editorial.slug"] {
            #expect(Violations.ofSQL(source("\"SELECT a FROM \(allowed)\"", in: "Audience")) == [])
        }
        #expect(Violations.ofSQL(source("\"SELECT a FROM editorial.article\"", in: "Audience")).count == 1)
        #expect(Violations.ofSQL(source("\"SELECT a FROM editorial.article\"", in: "Newsroom")) == [])
    }

    @Test func aStatementWhereNoneBelongsIsFound() {
        #expect(Violations.ofSQL(source("\"SELECT a FROM pg_class\"", in: "Admin")).count == 1)
        let help = "masthead db psql -- -c 'SELECT count(*) FROM editorial.article'"
        #expect(Violations.ofSQL(source("\"\(help)\"", in: "Admin")) == [])
    }

    @Test(arguments: [
        "Sources/Editorial/Utils.swift", "Sources/Shared/Article.swift", "Sources/Editorial/String+Slug.swift",
        "Sources/Editorial/ArticleManager.swift", "Sources/Admin/Base.swift", "Sources/Admin/TestHelpers.swift",
        "Config/common/a.json",
    ])
    func anEmptyNameIsFound(path: String) {
        #expect(!Violations.ofName(path).isEmpty)
    }

    @Test(arguments: ["Sources/Values/Money.swift", "Sources/Postgres/Database.swift", "Sources/Values/Base64.swift"])
    func anHonestNameIsNot(path: String) {
        #expect(Violations.ofName(path) == [])
    }

    @Test func aMigrationThatNamesAnotherDomainIsFound() {
        let text = "CREATE TABLE audience.a (b bigint REFERENCES fundraising.gift); -- fundraising.entry\n"
        #expect(Violations.ofMigration("0005_audience.sql", text) == ["0005_audience.sql: names fundraising.gift"])
        let shared = "CREATE TABLE audience.a (b bigint REFERENCES editorial.article (id), c bigint);"
        #expect(Violations.ofMigration("0005_audience.sql", shared) == [])
        #expect(Violations.ofMigration("0006_odds_and_ends.sql", "").count == 1)
    }
}
