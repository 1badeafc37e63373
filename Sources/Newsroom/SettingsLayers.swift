import Configuration
import FoundationEssentials
import Values

/// Everything that was said about the settings and where, the strongest voice first.
struct SettingsLayers {
    private struct Layer {
        let provider: any ConfigProvider
        /// By key: the file or variable it came from.
        let origins: [String: String]
    }

    private var layers: [Layer] = []
    /// What is wrong with names: an unknown key or variable, a secret said twice, a file that can't be read.
    private(set) var problems: [SettingsError.Problem] = []

    init(
        environment: [String: String], config: String?, defaultHome: String?, secretsFolder: String
    ) throws(SettingsError) {
        checkVariables(environment)
        addEnvironment(environment)
        addSecrets(environment, folder: secretsFolder)
        if let (path, isNamed) = Self.filePath(environment, config: config, defaultHome: defaultHome) {
            let file = try SettingsFile(path: path)
            add(file)
            // It would move the home away from under the file that was found in it.
            if !isNamed, file.values["home"]?.string?.isEmpty == false {
                problems.append(
                    .init(
                        key: "home", origin: path, reason: "set MASTHEAD_HOME instead: this file was found in the home")
                )
            }
        }
        let standards = Setting.all.map { ($0.key, $0.standard) }
        layers.append(
            Layer(provider: Self.provider("defaults", [String: JSON](uniqueKeysWithValues: standards)), origins: [:]))
    }

    var providers: [any ConfigProvider] { layers.map(\.provider) }

    func origin(of setting: Setting) -> String {
        layers.lazy.compactMap { $0.origins[setting.key] }.first ?? "default"
    }

    // MARK: Environment

    private mutating func checkVariables(_ environment: [String: String]) {
        let variables = Setting.all.map(\.variable) + Setting.all.filter(\.isSecret).map(\.fileVariable)
        let known = variables + Setting.otherVariables
        for name in environment.keys.sorted() where name.hasPrefix(Setting.prefix) && !known.contains(name) {
            let hint = SettingsError.nearest(to: name, among: known).map { "; do you mean \($0)?" } ?? ""
            problems.append(
                .init(
                    key: name, origin: "environment",
                    reason: "there is no such setting\(hint) (`masthead config list` shows all)"))
        }
    }

    private mutating func addEnvironment(_ environment: [String: String]) {
        var variables: [String: String] = [:]
        var origins: [String: String] = [:]
        for setting in Setting.all {
            guard let value = environment[setting.variable] else { continue }
            variables[String(setting.variable.dropFirst(Setting.prefix.count))] = value
            origins[setting.key] = "environment variable \(setting.variable)"
        }
        layers.append(
            Layer(provider: EnvironmentVariablesProvider(environmentVariables: variables), origins: origins))
    }

    // MARK: Secrets from files

    private mutating func addSecrets(_ environment: [String: String], folder: String) {
        var values: [String: JSON] = [:]
        var origins: [String: String] = [:]
        for setting in Setting.all where setting.isSecret {
            let named = environment[setting.fileVariable]
            if named != nil, environment[setting.variable] != nil {
                problems.append(
                    .init(
                        key: setting.key, origin: "environment",
                        reason: "both \(setting.variable) and \(setting.fileVariable) are set; keep one"))
            }
            let path = named ?? setting.secretPath(in: folder)
            guard named != nil || FileManager.default.fileExists(atPath: path) else { continue }
            guard let data = FileManager.default.contents(atPath: path),
                let text = String(validating: data, as: UTF8.self)
            else {
                problems.append(.init(key: setting.key, origin: path, reason: "the file can't be read"))
                continue
            }
            // Editors end a file with a newline, and a password with one in it lets nobody in.
            values[setting.key] = .string(String(text.prefix { $0 != "\n" && $0 != "\r\n" }))
            origins[setting.key] = path
        }
        layers.append(Layer(provider: Self.provider("secrets", values), origins: origins))
    }

    // MARK: The settings file

    /// The file to read, and whether somebody named it.
    private static func filePath(
        _ environment: [String: String], config: String?, defaultHome: String?
    ) -> (String, isNamed: Bool)? {
        if let config { return (config, true) }
        if let config = environment["MASTHEAD_CONFIG"], !config.isEmpty { return (config, true) }
        let said = environment[Setting.home.variable] ?? ""
        guard let home = said.isEmpty ? defaultHome : said else { return nil }
        let path = home + "/masthead.json"
        return FileManager.default.fileExists(atPath: path) ? (path, false) : nil
    }

    private mutating func add(_ file: SettingsFile) {
        let keys = Setting.all.map(\.key)
        var origins: [String: String] = [:]
        for (key, value) in file.values.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting.named(key) else {
                // An empty object names no setting, but isn't wrong either.
                if case .object(let members) = value, members.isEmpty, keys.contains(where: { $0.hasPrefix(key + ".") })
                {
                    continue
                }
                let hint = SettingsError.nearest(to: key, among: keys).map { "; do you mean \($0)?" } ?? ""
                problems.append(
                    .init(
                        key: key, origin: file.path,
                        reason: "there is no such setting\(hint) (`masthead config list` shows all)"))
                continue
            }
            switch value {
            case .null, .array, .object:
                problems.append(.init(key: key, origin: file.path, reason: "write \(setting.allowed)"))
            default: origins[key] = file.path
            }
        }
        let values = file.values.filter { origins[$0.key] != nil }
        layers.append(Layer(provider: Self.provider(file.path, values), origins: origins))
    }

    /// Numbers and flags keep their types, so that `"8"` in quotes is refused where a number belongs.
    private static func provider(_ name: String, _ values: [String: JSON]) -> any ConfigProvider {
        var contents: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in values {
            let content: ConfigContent? =
                switch value {
                case .bool(let flag): .bool(flag)
                case .integer(let number): .int(Int(number))
                // Only text is asked for as text, so this is refused, as a number that isn't whole should be.
                case .number: .stringArray([])
                case .string(let text): .string(text)
                case .null, .array, .object: nil
                }
            guard let content else { continue }
            let isSecret = Setting.named(key)?.isSecret ?? true
            contents[AbsoluteConfigKey(ConfigKey(key))] = ConfigValue(content, isSecret: isSecret)
        }
        return InMemoryProvider(name: name, values: contents)
    }
}

extension Setting {
    fileprivate func secretPath(in folder: String) -> String { folder + "/masthead_" + variableName }
    private var variableName: String { variable.dropFirst(Self.prefix.count).lowercased() }
}
