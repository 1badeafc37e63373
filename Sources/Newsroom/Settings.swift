public import Audience
import Configuration
public import Fundraising
public import Logging
import Postgres
public import Values

/// The settings of this process: environment over secret files over the settings file over the defaults.
///
/// Nothing is guessed and nothing is dropped: an unknown key, or a value that doesn't convert, stops the start.
public struct Settings: Sendable {
    /// The embedded database's folder.
    public let home: String
    /// Who acts when a command doesn't say.
    public let actor: EmailAddress?
    /// Nil for the embedded database.
    public let databaseURL: String?
    public let databaseOwnerURL: String?
    public let databaseReaderURL: String?
    public let databaseListenURL: String?
    public let databasePoolSize: Int
    public let databasePreparedStatements: Bool
    /// What a new publication takes.
    public let publicationName: String
    public let publicationZone: Zone
    /// What a contributor is paid in a year from which it is reported; never nil in settings that were accepted.
    public let feeReportingThreshold: Money?
    /// Who issues receipts; a legal name and an EIN it has only when somebody set them.
    public let organisation: Organisation
    /// The month in which the organisation's own year begins, 1 to 12.
    public let fiscalYearStart: Int
    /// Empty for the home's own; see `spoolFolder`.
    let spoolPath: String
    public let spoolRetentionDays: Int
    public let backupIntervalHours: Int
    /// Whose word on where a request came from is believed.
    public let viewsRetentionDays: Int
    public let viewsProxies: TrustedPeers
    /// A list of crawlers besides our own; nil for none.
    public let viewsBots: String?
    public let logLevel: Logger.Level
    /// Every setting with its value and where that came from, as `config list` shows it.
    public let entries: [Entry]

    /// A setting as it stands.
    public struct Entry: Sendable, Equatable {
        public let setting: Setting
        /// The value as text; of a secret `(secret)`, or nothing when there is none.
        public let value: String
        /// A file's path, an environment variable, or `default`.
        public let origin: String
    }

    /// - Parameters:
    ///   - environment: the process's.
    ///   - config: the settings file named by `--config`; it must be there. Nil for MASTHEAD_CONFIG, else
    ///     `masthead.json` in the home folder where there is one.
    ///   - defaultHome: the home when nobody says one; nil where the environment offers none.
    ///   - secretsFolder: where container systems put secrets.
    /// - Throws: `SettingsError` with everything that is wrong.
    public static func load(
        environment: [String: String], config: String? = nil, defaultHome: String?,
        secretsFolder: String = "/run/secrets"
    ) throws(SettingsError) -> Settings {
        let layers = try SettingsLayers(
            environment: environment, config: config, defaultHome: defaultHome, secretsFolder: secretsFolder)
        return try Settings(layers, defaultHome: defaultHome)
    }

    private init(_ layers: SettingsLayers, defaultHome: String?) throws(SettingsError) {
        var reader = SettingsReader(layers)
        let home = reader.text(.home)
        self.home = home.isEmpty ? defaultHome ?? "" : home
        actor = reader.email(.actor)
        databaseURL = reader.address(.databaseURL)
        databaseOwnerURL = reader.address(.databaseOwnerURL)
        databaseReaderURL = reader.address(.databaseReaderURL)
        databaseListenURL = reader.address(.databaseListenURL)
        databasePoolSize = reader.integer(.databasePoolSize)
        databasePreparedStatements = reader.flag(.databasePreparedStatements)
        publicationName = reader.text(.publicationName)
        publicationZone = reader.zone(.publicationTimezone)
        feeReportingThreshold = reader.money(.feeReportingThreshold)
        organisation = Organisation(
            legalName: reader.text(.organisationLegalName), publishedName: reader.text(.organisationPublishedName),
            ein: reader.text(.organisationEIN), address: reader.text(.organisationAddress),
            signatory: reader.text(.organisationSignatory), taxSentence: reader.text(.organisationTaxSentence),
            stateStatements: reader.text(.organisationStateStatements))
        fiscalYearStart = reader.integer(.fiscalYearStart)
        spoolPath = reader.text(.spoolPath)
        spoolRetentionDays = reader.integer(.spoolRetentionDays)
        backupIntervalHours = reader.integer(.backupIntervalHours)
        viewsProxies = reader.proxies(.viewsProxies)
        let crawlers = reader.text(.viewsBots)
        viewsBots = crawlers.isEmpty ? nil : crawlers
        viewsRetentionDays = reader.integer(.viewsRetentionDays)
        logLevel = Logger.Level(rawValue: reader.choice(.logLevel)) ?? .warning
        if !self.home.hasPrefix("/") {
            reader.refuse(
                .home, self.home.isEmpty ? "say where (neither HOME nor XDG_DATA_HOME is set)" : "a full path")
        }
        if !spoolPath.isEmpty, !spoolPath.hasPrefix("/") { reader.refuse(.spoolPath, "a full path") }
        if publicationName.allSatisfy(\.isWhitespace) { reader.refuse(.publicationName, "a name that isn't empty") }
        if !organisation.ein.isEmpty, !Organisation.isEIN(organisation.ein) {
            reader.refuse(.organisationEIN, "two digits, a hyphen and seven digits, as 12-3456789")
        }
        if !crawlers.isEmpty, !crawlers.hasPrefix("/") { reader.refuse(.viewsBots, "a full path") }
        entries = reader.entries
        let problems = layers.problems + reader.problems
        guard problems.isEmpty else { throw SettingsError(problems) }
    }
}

/// Reads each setting once, strictly, and keeps what is wrong.
private struct SettingsReader {
    private let layers: SettingsLayers
    private let reader: ConfigReader
    private(set) var problems: [SettingsError.Problem] = []
    private(set) var entries: [Settings.Entry] = []

    init(_ layers: SettingsLayers) {
        self.layers = layers
        reader = ConfigReader(providers: layers.providers)
    }

    mutating func refuse(_ setting: Setting, _ allowed: String) {
        // One value, one complaint: the first is the one to act on.
        guard !problems.contains(where: { $0.key == setting.key }) else { return }
        let origin = layers.origin(of: setting)
        problems.append(.init(key: setting.key, origin: origin, reason: "the value isn't allowed; write \(allowed)"))
    }

    mutating func text(_ setting: Setting) -> String {
        take(setting, "") { try $0.requiredString(forKey: $1, isSecret: setting.isSecret) }
    }

    /// Nil where the text is empty.
    mutating func address(_ setting: Setting) -> String? {
        let text = text(setting)
        guard !text.isEmpty else { return nil }
        if !Database.Configuration.isReadable(url: text) { refuse(setting, setting.allowed) }
        return text
    }

    mutating func integer(_ setting: Setting) -> Int {
        let number = take(setting, 0) { try $0.requiredInt(forKey: $1) }
        if case .integer(let range) = setting.kind, !range.contains(number) {
            refuse(setting, setting.allowed)
        }
        return number
    }

    mutating func flag(_ setting: Setting) -> Bool {
        take(setting, false) { try $0.requiredBool(forKey: $1) }
    }

    mutating func choice(_ setting: Setting) -> String {
        let word = text(setting)
        if case .choice(let words) = setting.kind, !words.contains(word) {
            refuse(setting, setting.allowed)
        }
        return word
    }

    mutating func email(_ setting: Setting) -> EmailAddress? {
        let text = text(setting)
        guard !text.isEmpty else { return nil }
        do { return try EmailAddress(text) } catch {
            refuse(setting, "\(setting.allowed) (\(error.reason))")
            return nil
        }
    }

    mutating func money(_ setting: Setting) -> Money? {
        let words = text(setting).split(separator: " ")
        guard words.count == 2, let currency = try? Currency(String(words[1])),
            let money = try? Money(parsing: String(words[0]), currency: currency), money.minor >= 0
        else {
            // Which of the two words was wrong the sentence shows by its example.
            refuse(setting, setting.allowed)
            return nil
        }
        return money
    }

    mutating func zone(_ setting: Setting) -> Zone {
        let text = text(setting)
        do { return try Zone.named(text) } catch {
            refuse(setting, "\(setting.allowed) (\(error.reason))")
            return .utc
        }
    }

    mutating func proxies(_ setting: Setting) -> TrustedPeers {
        let words = text(setting).split { $0 == "," || $0 == " " }.map(String.init)
        do { return try TrustedPeers(words) } catch {
            refuse(setting, "addresses and blocks such as 10.0.0.0/8 or 2001:db8::/32, separated by commas")
            return .none
        }
    }

    private mutating func take<T>(
        _ setting: Setting, _ fallback: T, _ read: (ConfigReader, ConfigKey) throws -> T
    ) -> T {
        var value = fallback
        // What the library says about it names neither the origin nor what is allowed, and may quote a secret.
        do { value = try read(reader, ConfigKey(setting.key)) } catch { refuse(setting, setting.allowed) }
        let text = "\(value)"
        entries.append(
            .init(
                setting: setting, value: setting.isSecret && !text.isEmpty ? "(secret)" : text,
                origin: layers.origin(of: setting)))
        return value
    }
}
