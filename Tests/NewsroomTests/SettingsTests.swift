import Foundation
import TestDatabase
import Testing
import Values

@testable import Newsroom

@Suite struct SettingsTests {
    @Test func theShippedFileHasEveryKeyWithItsDefaultAndMeaning() throws {
        let path = packageFolder + "/Config/masthead.json"
        let file = try SettingsFile(path: path)
        #expect(file.values == [String: JSON](uniqueKeysWithValues: Setting.all.map { ($0.key, $0.standard) }))
        let json = try JSON(parsing: [UInt8](#require(FileManager.default.contents(atPath: path))))
        for setting in Setting.all {
            var parts = setting.key.split(separator: ".").map(String.init)
            let name = parts.removeLast()
            let folder = try parts.reduce(json) { try #require($0[$1]) }
            let kind = setting.isSecret ? "\(setting.type), secret" : setting.type
            #expect(folder["// \(name)"]?.string == "\(kind): \(setting.meaning)")
        }
    }

    @Test func theEnvironmentWinsOverTheFileAndTheFileOverTheDefault() throws {
        try withFolder { folder in
            let file = folder + "/masthead.json"
            try write(
                """
                {"// why": "ours is slow", "database": {"pool": {"size": 3}, "prepared_statements": false, "owner": {}},
                 "publication": {"timezone": "Europe/Warsaw", "name": "The Example"}}
                """, to: file)
            let settings = try load(["MASTHEAD_DATABASE_POOL_SIZE": "5", "MASTHEAD_LOG_LEVEL": "error"], home: folder)
            #expect(settings.databasePoolSize == 5)
            #expect(settings.databasePreparedStatements == false)
            #expect(settings.publicationZone.name == "Europe/Warsaw")
            #expect(settings.publicationName == "The Example")
            #expect("\(settings.logLevel)" == "error")
            #expect(settings.home == folder)
            #expect(settings.actor == nil && settings.databaseURL == nil)
            let origins = [String: String](
                uniqueKeysWithValues: settings.entries.map { ($0.setting.key, $0.origin) })
            #expect(origins["database.pool.size"] == "environment variable MASTHEAD_DATABASE_POOL_SIZE")
            #expect(origins["publication.name"] == file)
            #expect(origins["as"] == "default")
            #expect(settings.entries.map(\.setting) == Setting.all)
        }
    }

    @Test func aFileThatIsNamedIsReadInsteadAndMustBeThere() throws {
        try withFolder { folder in
            try write(#"{"as": "in-home@example.org"}"#, to: folder + "/masthead.json")
            try write(#"{"as": "named@example.org", "home": "/elsewhere"}"#, to: folder + "/other.json")
            #expect(try load([:], home: folder).actor == (try EmailAddress("in-home@example.org")))
            for settings in [
                try load([:], config: folder + "/other.json", home: folder),
                try load(["MASTHEAD_CONFIG": folder + "/other.json"], home: folder),
            ] {
                #expect(settings.actor == (try EmailAddress("named@example.org")))
                #expect(settings.home == "/elsewhere")
            }
            #expect(try problems([:], config: folder + "/missing.json").map(\.origin) == [folder + "/missing.json"])
        }
    }

    @Test(arguments: [
        (#"{"database": {"pool": {"size": "8"}}}"#, "database.pool.size"),
        (#"{"database": {"pool": {"size": 0}}}"#, "database.pool.size"),
        (#"{"database": {"pool": {"size": 8.0}}}"#, "database.pool.size"),
        (#"{"database": {"pool": {"size": [8]}}}"#, "database.pool.size"),
        (#"{"database": {"prepared_statements": "yes"}}"#, "database.prepared_statements"),
        (#"{"database": {"prepared_statements": 1}}"#, "database.prepared_statements"),
        (#"{"database": {"url": null}}"#, "database.url"),
        (#"{"database": {"url": "postgresql://[half"}}"#, "database.url"),
        (#"{"database": {"url": "masthead"}}"#, "database.url"),
        (#"{"database": {"url": "host=x sslmode"}}"#, "database.url"),
        (#"{"database": {"url": "hostname=x"}}"#, "database.url"),
        (#"{"database": {"url": {"host": "db"}}}"#, "database.url"),
        (#"{"publication": {"timezone": "Mars/Base"}}"#, "publication.timezone"),
        (#"{"publication": {"timezone": ""}}"#, "publication.timezone"),
        (#"{"publication": {"name": " "}}"#, "publication.name"),
        (#"{"publication": {"name": 7}}"#, "publication.name"),
        (#"{"as": "nobody"}"#, "as"),
        (#"{"log": {"level": "loud"}}"#, "log.level"),
        (#"{"views": {"proxies": "10.0.0.0/33"}}"#, "views.proxies"),
        (#"{"views": {"proxies": "proxy.example.org"}}"#, "views.proxies"),
        (#"{"views": {"bots": "here.json"}}"#, "views.bots"),
        (#"{"home": "relative"}"#, "home"),
    ])
    func aValueThatDoesNotConvertStopsTheStartWithKeyAndOrigin(_ text: String, _ key: String) throws {
        try withFolder { folder in
            let file = folder + "/settings.json"
            try write(text, to: file)
            let problems = try problems([:], config: file)
            #expect(problems.map(\.key) == [key])
            #expect(problems.map(\.origin) == [file])
            #expect(problems.first?.reason.contains("write") == true)
        }
    }

    @Test(arguments: [
        ("MASTHEAD_DATABASE_POOL_SIZE", "eight"), ("MASTHEAD_DATABASE_POOL_SIZE", ""),
        ("MASTHEAD_DATABASE_POOL_SIZE", "201"), ("MASTHEAD_DATABASE_PREPARED_STATEMENTS", "maybe"),
        ("MASTHEAD_PUBLICATION_TIMEZONE", "../../etc/passwd"), ("MASTHEAD_AS", "a@b"), ("MASTHEAD_HOME", "here"),
    ])
    func aVariableThatDoesNotConvertIsNamed(_ variable: String, _ value: String) throws {
        let problems = try problems([variable: value])
        #expect(problems.map(\.origin) == ["environment variable \(variable)"])
    }

    @Test func anUnknownKeyIsNamedWithTheNearestOne() throws {
        try withFolder { folder in
            let file = folder + "/settings.json"
            try write(#"{"database": {"pol": {"size": 8}}, "colour": "red", "log": "warning"}"#, to: file)
            let problems = try problems(["MASTHEAD_PUBLICATION_TIMEZON": "UTC", "MASTHEADX": "x"], config: file)
            #expect(Set(problems.map(\.key)) == ["MASTHEAD_PUBLICATION_TIMEZON", "colour", "database.pol.size", "log"])
            let error = "\(SettingsError(problems))"
            #expect(error.contains("do you mean MASTHEAD_PUBLICATION_TIMEZONE?"))
            #expect(
                error.contains("database.pol.size (\(file)): there is no such setting; do you mean database.pool.size?")
            )
        }
    }

    @Test func everythingThatIsWrongIsSaidAtOnce() throws {
        try withFolder { folder in
            let file = folder + "/settings.json"
            try write(#"{"as": "x", "log": {"level": "loud"}, "unknown": 1}"#, to: file)
            #expect(try problems(["MASTHEAD_DATABASE_POOL_SIZE": "many"], config: file).count == 4)
        }
    }

    @Test func secretsComeFromFilesAndAreNeverShown() throws {
        let secret = "postgresql://masthead_app:swordfish@db.example.org/masthead"
        try withFolder { folder in
            try write(secret + "\n", to: folder + "/masthead_database_url")
            try write(secret, to: folder + "/owner")
            let settings = try Settings.load(
                environment: ["MASTHEAD_DATABASE_OWNER_URL_FILE": folder + "/owner"], defaultHome: folder,
                secretsFolder: folder)
            #expect(settings.databaseURL == secret)
            #expect(settings.databaseOwnerURL == secret)
            #expect(!"\(settings.entries)".contains("swordfish"))
            #expect(
                settings.entries.filter { $0.value == "(secret)" }.map(\.setting.key) == [
                    "database.url", "database.owner.url",
                ])
            #expect(
                settings.entries.first { $0.setting.key == "database.url" }?.origin == folder + "/masthead_database_url"
            )

            let both = try problems([
                "MASTHEAD_DATABASE_URL": secret, "MASTHEAD_DATABASE_URL_FILE": folder + "/owner",
            ])
            #expect(both.map(\.key) == ["database.url"])
            #expect(!"\(both)".contains("swordfish"))
            #expect(
                try problems(["MASTHEAD_DATABASE_URL_FILE": folder + "/missing"]).map(\.origin) == [folder + "/missing"]
            )
            // Only secrets are read from files of their own.
            #expect(try problems(["MASTHEAD_AS_FILE": folder + "/owner"]).map(\.key) == ["MASTHEAD_AS_FILE"])
        }
    }

    @Test(arguments: ["", "[]", "{\"as\": }", "{\"as\": \"\", \"as\": \"\"}", "\u{FEFF}{}"])
    func aFileThatIsNoJSONObjectIsNamed(_ text: String) throws {
        try withFolder { folder in
            let file = folder + "/settings.json"
            try write(text, to: file)
            #expect(try problems([:], config: file).map(\.origin) == [file])
        }
    }

    @Test func aFileInTheHomeCannotMoveTheHome() throws {
        try withFolder { folder in
            try write(#"{"home": "/elsewhere"}"#, to: folder + "/masthead.json")
            #expect(try problems(["MASTHEAD_HOME": folder]).map(\.key) == ["home"])
        }
    }

    // MARK: What the tests stand on

    private func load(
        _ environment: [String: String], config: String? = nil, home: String = "/nonexistent"
    ) throws -> Settings {
        try Settings.load(
            environment: environment, config: config, defaultHome: home, secretsFolder: "/nonexistent")
    }

    private func problems(_ environment: [String: String], config: String? = nil) throws -> [SettingsError.Problem] {
        do {
            _ = try load(environment, config: config)
            return []
        } catch let error as SettingsError { return error.problems }
    }
}

@Suite struct ShareTests {
    @Test func theNearestFolderWithMigrationsAndConfigIsTaken() throws {
        try withFolder { folder in
            for path in ["Migrations", "Config", "a/b/bin", "a/share/masthead/Migrations", "a/share/masthead/Config"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
            }
            func found(_ executable: String, _ environment: [String: String] = [:]) throws -> String {
                try Share.find(environment: environment, executable: folder + executable).path
            }
            #expect(try found("/x/masthead") == folder)
            #expect(try found("/a/b/bin/masthead") == folder)
            #expect(try found("/a/bin/masthead") == folder + "/a/share/masthead")
            #expect(
                try found("/x/masthead", ["MASTHEAD_SHARE": folder + "/a/share/masthead"]) == folder
                    + "/a/share/masthead")
            #expect(throws: SettingsError.self) { try found("/x/masthead", ["MASTHEAD_SHARE": folder + "/a"]) }
            #expect(throws: SettingsError.self) { try Share.find(environment: [:], executable: "/nonexistent/bin/x") }
        }
    }

    @Test func theRunningProgramFindsItsOwn() throws {
        #expect(try Share.find(environment: [:], executable: Share.executable).path == packageFolder)
    }
}

/// A folder that is removed afterwards.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = "/tmp/masthead-settings-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { _ = try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}
