import Foundation
public import Logging
public import Postgres
import Synchronization

/// A database of one test's own: migrated, empty, dropped at the end.
public struct TestDatabase: Sendable {
    public let name: String
    public let server: TestServer
    /// As `masthead_app`: what the program is.
    public let app: Database
    /// As `masthead_owner`: what migrations are.
    public let owner: Database
    /// As `masthead_reader`: what the public site is.
    public let reader: Database

    public var appURL: String { server.url(database: name, user: "masthead_app") }
    public var ownerURL: String { server.url(database: name, user: "masthead_owner") }
    public var readerURL: String { server.url(database: name, user: "masthead_reader") }
    public var superuserURL: String { server.url(database: name, user: "postgres") }

    /// Another pool on the same database.
    public func database(
        _ url: String, logger: Logger = .silent, _ change: (inout Database.Configuration) -> Void = { _ in }
    ) -> Database {
        var configuration = Database.Configuration(url: url)
        change(&configuration)
        return Database(configuration, logger: logger)
    }
}

extension Logger {
    /// For what a test doesn't look at.
    public static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// The package's folder: found from this file, so that tests run from anywhere.
public let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// `../shared/data` beside the package, or nil where it isn't there; a test then says so and skips.
public let sharedData: String? = {
    let folder = packageFolder + "/../shared/data"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
}()

/// Runs a test on a database of its own.
public func withTestDatabase<T>(_ body: (TestDatabase) async throws -> T) async throws -> T {
    // A test that needs a second one has a slot already: tests that hold one and wait for another wait for ever.
    if Slots.isHeld { return try await withClone(of: try await Template.shared.ready(), body) }
    await slots.take()
    let outcome: Result<T, any Error>
    do {
        outcome = .success(
            try await Slots.$isHeld.withValue(true) {
                try await withClone(of: try await Template.shared.ready(), body)
            })
    } catch {
        outcome = .failure(error)
    }
    await slots.giveBack()
    return try outcome.get()
}

/// Runs a test on a server of its own, with nothing else on it, which the test may stop.
///
/// - Parameter fsync: on where a crash is the point.
public func withTestServer<T>(fsync: Bool = false, _ body: (TestDatabase) async throws -> T) async throws -> T {
    try await withClone(of: try await Template.make(fsync: fsync), body)
}

private func withClone<T>(of template: TestServer, _ body: (TestDatabase) async throws -> T) async throws -> T {
    let name = "t\(nameCounter.add(1, ordering: .relaxed).newValue)"
    func pool(_ user: String) -> Database {
        Database(.init(url: template.url(database: name, user: user)), logger: .silent)
    }
    let admin = Database(.init(url: template.url(database: "postgres", user: "postgres")), logger: .silent)
    try await admin.statement { db in
        try db.script("CREATE DATABASE \(name) TEMPLATE masthead_template STRATEGY wal_log OWNER masthead_owner")
    }
    let database = TestDatabase(
        name: name, server: template, app: pool("masthead_app"), owner: pool("masthead_owner"),
        reader: pool("masthead_reader"))
    let outcome: Result<T, any Error>
    do { outcome = .success(try await body(database)) } catch { outcome = .failure(error) }
    for pool in [database.app, database.owner, database.reader] { await pool.close() }
    if ProcessInfo.processInfo.environment["KEEPDB"] != "1" {
        try await admin.statement { db in try db.script("DROP DATABASE \(name) WITH (FORCE)") }
    }
    await admin.close()
    return try outcome.get()
}

private let nameCounter = Atomic(0)

/// Tests run at once, but not all: each holds connections and a database.
private let slots = Slots(8)

private actor Slots {
    /// True within a test that has one.
    @TaskLocal static var isHeld = false

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// The server and the migrated template all tests clone: made once in a run.
private actor Template {
    static let shared = Template()
    private var making: Task<TestServer, any Error>?

    func ready() async throws -> TestServer {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        making = task
        return try await task.value
    }

    static func make(fsync: Bool = false) async throws -> TestServer {
        let server = try TestServer(fsync: fsync)
        try await prepare(server)
        let owner = Database(
            .init(url: server.url(database: "masthead_template", user: "masthead_owner")), logger: .silent)
        let migrations = try Migration.load(from: packageFolder + "/Migrations")
        _ = try await Migrator(migrations).migrate(owner)
        await owner.close()
        let admin = Database(.init(url: server.url(database: "postgres", user: "postgres")), logger: .silent)
        // CREATE DATABASE … TEMPLATE fails while anyone is connected to the template.
        try await admin.statement { try $0.script("ALTER DATABASE masthead_template ALLOW_CONNECTIONS false") }
        await admin.close()
        return server
    }

    private static func prepare(_ server: TestServer) async throws {
        let admin = Database(.init(url: server.url(database: "postgres", user: "postgres")), logger: .silent)
        try await admin.statement { db in
            for role in ["masthead_owner", "masthead_app", "masthead_reader"] {
                try db.script("CREATE ROLE \(role) LOGIN")
            }
            try db.script("CREATE DATABASE masthead_template OWNER masthead_owner")
        }
        await admin.close()
    }
}
