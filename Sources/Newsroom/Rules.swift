public import Audience
public import Editorial
import FoundationEssentials
import Synchronization
import Values

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

    /// The list of user agents that aren't readers, as it stands in the share folder.
    ///
    /// - Throws: `SettingsError` when the file isn't there or a line of it can't be read.
    public func bots() throws -> BotList {
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
