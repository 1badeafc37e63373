import FoundationEssentials
import Values

/// A settings file, `masthead.json`: nested objects whose paths are the keys. Members whose name begins with `//` are
/// remarks.
struct SettingsFile {
    let path: String
    /// By dotted key, in the file's own types.
    let values: [String: JSON]

    /// Far more than any settings file has; something else was named by mistake.
    private static let longest = 1 << 20

    /// - Throws: `SettingsError` when it can't be read or isn't JSON.
    init(path: String) throws(SettingsError) {
        func refused(_ reason: String) -> SettingsError {
            SettingsError([.init(key: nil, origin: path, reason: reason)])
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw refused("it can't be read") }
        guard data.count <= Self.longest else { throw refused("it is too long for a settings file") }
        let json: JSON
        do { json = try JSON(parsing: [UInt8](data)) } catch { throw refused("it isn't JSON: \(error.reason)") }
        guard case .object(let members) = json else { throw refused("it isn't an object of settings") }
        var values: [String: JSON] = [:]
        Self.flatten(members, under: "", into: &values)
        self.path = path
        self.values = values
    }

    private static func flatten(_ members: [String: JSON], under prefix: String, into values: inout [String: JSON]) {
        for (name, value) in members where !name.hasPrefix("//") {
            let key = prefix + name
            // An object where a value belongs stays as it is, and is refused as a value.
            if case .object(let inner) = value, Setting.named(key) == nil, !inner.isEmpty {
                flatten(inner, under: key + ".", into: &values)
            } else {
                values[key] = value
            }
        }
    }
}
