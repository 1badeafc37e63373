public import Audience
public import Editorial
import FoundationEssentials
import Synchronization
public import Values

extension Newsroom {
    /// What referring hosts are called, as it stands in the share folder.
    ///
    /// - Throws: `SettingsError` when the file isn't there or can't be read.
    public func sourceNames() throws -> SourceNames {
        let path = share.config + "/sources.json"
        func failure(_ reason: String) -> SettingsError {
            SettingsError([.init(key: nil, origin: path, reason: reason)])
        }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch { throw failure("it can't be read") }
        do { return try SourceNames(parsing: Array(text.utf8)) } catch { throw failure(error.reason) }
    }

    /// The list of user agents that aren't readers: that of the share folder, behind it the crawlers of the setting
    /// `views.bots`.
    ///
    /// - Parameter path: a list of crawlers instead of the setting's.
    /// - Throws: `SettingsError` when a file isn't there or something in it can't be read.
    public func bots(crawlers path: String? = nil) throws -> BotList {
        let own = try ownBots()
        guard let path = path ?? settings.viewsBots else { return own }
        func failure(_ reasons: [String]) -> SettingsError {
            SettingsError(reasons.map { .init(key: nil, origin: path, reason: $0) })
        }
        let bytes: [UInt8]
        do {
            // A list in one piece is parsed in one piece; a device or a disk image is none.
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeRegular,
                let size = attributes[.size] as? Int, size <= CrawlerList.maximumBytes
            else { throw failure(["it isn't a file of at most \(CrawlerList.maximumBytes >> 20) MiB"]) }
            bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch let error as SettingsError { throw error } catch { throw failure(["it can't be read"]) }
        do { return own.adding(try CrawlerList(parsing: bytes)) } catch {
            throw failure(
                error.problems.map { problem in
                    problem.number.map { "pattern \($0), \(problem.reason)" } ?? problem.reason
                })
        }
    }

    /// How logs are read under these settings.
    ///
    /// - Parameter crawlers: a list of crawlers instead of that of the settings.
    public func logOptions(now: Timestamp, crawlers: String? = nil) throws -> LogImport.Options {
        var options = LogImport.Options(zone: zone, bots: try bots(crawlers: crawlers), now: now)
        options.proxies = settings.viewsProxies
        return options
    }

    private func ownBots() throws -> BotList {
        let path = share.config + "/bots.txt"
        func failure(_ reason: String) -> SettingsError {
            SettingsError([.init(key: nil, origin: path, reason: reason)])
        }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch { throw failure("it can't be read") }
        do { return try BotList(parsing: text) } catch { throw failure("line \(error.line): \(error.reason)") }
    }

    /// Whose players may stand in a text, as it stands in the share folder. Read once: a publisher that changes the list
    /// starts the workers again.
    ///
    /// - Throws: `SettingsError` when the file isn't there or can't be read.
    public func embeds() throws -> Embeds {
        try rules.embeds {
            let path = share.config + "/embeds.json"
            func failure(_ reason: String) -> SettingsError {
                SettingsError([.init(key: nil, origin: path, reason: reason)])
            }
            let text: String
            do { text = try String(contentsOfFile: path, encoding: .utf8) } catch { throw failure("it can't be read") }
            do { return try Embeds(parsing: Array(text.utf8)) } catch let error as ValueError {
                throw failure("\(error.value): \(error.reason)")
            }
        }
    }
}

/// What was read of the share folder already.
final class RulesRead: Sendable {
    private let embeds = Mutex<Embeds?>(nil)

    func embeds(_ read: () throws -> Embeds) throws -> Embeds {
        try embeds.withLock { known in
            if let known { return known }
            let embeds = try read()
            known = embeds
            return embeds
        }
    }
}
