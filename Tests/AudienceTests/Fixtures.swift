import Foundation
import Postgres
import Testing

@testable import Audience

/// Where the package lies, found from this file.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A real server's log that lies beside the project on machines that have it.
let sampleLog = packageRoot.appending(path: "../../shared/data/access/combined-5000.log").standardizedFileURL

let hasSampleLog = FileManager.default.fileExists(atPath: sampleLog.path())

func bots() throws -> BotList {
    try BotList(parsing: String(contentsOf: packageRoot.appending(path: "Config/bots.txt"), encoding: .utf8))
}

/// A plan in UTC with fixed secrets, so that two scans can be compared byte for byte.
func plan(
    host: String = "example.org", fixed: Bool = true, latest: Int64 = 4_000_000_000,
    offset: @escaping @Sendable (Int64) -> Int = { _ in 0 }
) throws -> ScanPlan {
    ScanPlan(
        site: ScanSite(host: host, offset: offset), isFixed: fixed, bots: try bots(),
        identityKey: HashKey(low: 1, high: 2), tableKey: HashKey(low: 3, high: 4), latest: latest)
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "audience-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // Left behind at worst; the system cleans its temporary folder.
        try? FileManager.default.removeItem(at: url)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path()
    }

    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

/// A line of the combined format, everything a page view unless said otherwise.
func logLine(
    _ time: String = "17/May/2026:10:05:03 +0000", address: String = "192.0.2.1", request: String = "GET /a HTTP/1.1",
    status: String = "200", referrer: String = "-", agent: String = browser, after: String = ""
) -> String {
    "\(address) - - [\(time)] \"\(request)\" \(status) 512 \"\(referrer)\" \"\(agent)\"\(after)\n"
}

/// What the database says against a statement.
func refusal(_ database: Database, _ statement: String) async -> PostgresError? {
    do {
        try await database.transaction { try $0.script(statement) }
        return nil
    } catch {
        return error as? PostgresError
    }
}
