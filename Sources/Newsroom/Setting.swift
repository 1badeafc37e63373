public import Values

/// One thing that can be set: its key, what may stand there, and what it means.
///
/// This table is the only list of keys. `Config/masthead.json` shows the same to whoever edits a file, and a test holds
/// the two equal.
public struct Setting: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case text
        case integer(ClosedRange<Int>)
        case flag
        case choice([String])
        case zone
        case email
        /// An amount with its currency: "600.00 USD".
        case money
        /// A PostgreSQL address: a URL or libpq keywords.
        case address
    }

    /// Dotted, as in `database.pool.size`; nested objects in the file.
    public let key: String
    public let kind: Kind
    /// The value when nobody sets it. An empty text means that there is none.
    public let standard: JSON
    /// Never printed; may be read from a file of its own.
    public let isSecret: Bool
    public let meaning: String

    /// The environment variable that sets it: `MASTHEAD_DATABASE_POOL_SIZE`.
    public var variable: String { Self.prefix + name.uppercased() }
    /// For a secret, the environment variable that names the file it is in.
    public var fileVariable: String { variable + "_FILE" }
    static let prefix = "MASTHEAD_"

    private var name: String { String(key.map { $0 == "." ? "_" : $0 }) }

    /// What may stand there, for a person: "a whole number from 1 to 200".
    public var allowed: String {
        switch kind {
        case .text: "a text"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "true or false"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .zone: "a time zone by its IANA name, such as Europe/Warsaw"
        case .email: "an e-mail address"
        case .money: "an amount with its currency, such as 600.00 USD"
        case .address: "a PostgreSQL address, such as postgresql://masthead_app@db.example.org/masthead"
        }
    }

    /// What `config list` and `Config/masthead.json` call the kind.
    public var type: String {
        switch kind {
        case .text, .choice, .zone, .email, .money, .address: "text"
        case .integer: "number"
        case .flag: "flag"
        }
    }
}

extension Setting {
    static let home = Setting(
        key: "home", kind: .text, standard: "", isSecret: false,
        meaning: "the folder of the embedded database; empty for /var/lib/masthead as root, else "
            + "$XDG_DATA_HOME/masthead or ~/.local/share/masthead")
    static let actor = Setting(
        key: "as", kind: .email, standard: "", isSecret: false,
        meaning: "the account that acts when a command doesn't say --as; empty for nobody")
    static let databaseURL = Setting(
        key: "database.url", kind: .address, standard: "", isSecret: true,
        meaning: "the server, as masthead_app; empty for the embedded database")
    static let databaseOwnerURL = Setting(
        key: "database.owner.url", kind: .address, standard: "", isSecret: true,
        meaning: "the same database as masthead_owner, for db init and db migrate only")
    static let databaseReaderURL = Setting(
        key: "database.reader.url", kind: .address, standard: "", isSecret: true,
        meaning: "the same database as masthead_reader, for what strangers can see")
    static let databaseListenURL = Setting(
        key: "database.listen.url", kind: .address, standard: "", isSecret: true,
        meaning: "the primary itself as masthead_app, where database.url is a pooler; empty for database.url")
    static let databasePoolSize = Setting(
        key: "database.pool.size", kind: .integer(1...200), standard: 8, isSecret: false,
        meaning: "connections to the database at the most")
    static let databasePreparedStatements = Setting(
        key: "database.prepared_statements", kind: .flag, standard: true, isSecret: false,
        meaning: "off behind a pooler in transaction mode")
    static let publicationName = Setting(
        key: "publication.name", kind: .text, standard: "Masthead", isSecret: false,
        meaning: "the name a new publication takes")
    static let publicationTimezone = Setting(
        key: "publication.timezone", kind: .zone, standard: "UTC", isSecret: false,
        meaning: "the time zone a new publication and a new site take")
    static let feeReportingThreshold = Setting(
        key: "editorial.fee_reporting_threshold", kind: .money, standard: "600.00 USD", isSecret: false,
        meaning: "what a contributor is paid in a year from which it is reported to the tax office")
    static let organisationLegalName = Setting(
        key: "organisation.legal_name", kind: .text, standard: "", isSecret: false,
        meaning: "who issues receipts, as registered with the tax office; without it none is issued")
    static let organisationPublishedName = Setting(
        key: "organisation.published_name", kind: .text, standard: "", isSecret: false,
        meaning: "what donors know it by; empty for the legal name")
    static let organisationEIN = Setting(
        key: "organisation.ein", kind: .text, standard: "", isSecret: false,
        meaning: "its employer identification number, as 12-3456789; without it no receipt is issued")
    static let organisationAddress = Setting(
        key: "organisation.address", kind: .text, standard: "", isSecret: false,
        meaning: "its postal address on receipts, lines separated by |")
    static let organisationSignatory = Setting(
        key: "organisation.signatory", kind: .text, standard: "", isSecret: false,
        meaning: "who signs receipts, name and title separated by |")
    static let organisationTaxSentence = Setting(
        key: "organisation.tax_sentence", kind: .text, standard: "", isSecret: false,
        meaning: "what receipts say of its tax-exempt status")
    static let organisationStateStatements = Setting(
        key: "organisation.state_statements", kind: .text, standard: "", isSecret: false,
        meaning: "what single states want under every receipt, statements separated by |")
    static let fiscalYearStart = Setting(
        key: "organisation.fiscal_year_start", kind: .integer(1...12), standard: 1, isSecret: false,
        meaning: "the month, 1 to 12, in which the organisation's own year begins")
    static let spoolPath = Setting(
        key: "spool.path", kind: .text, standard: "", isSecret: false,
        meaning: "the folder in which beacons wait to be counted; empty for the folder spool in the home")
    static let spoolRetentionDays = Setting(
        key: "spool.retention_days", kind: .integer(1...3_650), standard: 8, isSecret: false,
        meaning: "days for which counted beacons are kept, so that a restored backup can catch up")
    static let backupIntervalHours = Setting(
        key: "backup.interval_hours", kind: .integer(1...8_760), standard: 24, isSecret: false,
        meaning: "hours between two backups of the database, for doctor to hold spool.retention_days against")
    static let viewsProxies = Setting(
        key: "views.proxies", kind: .text, standard: "", isSecret: false,
        meaning: "addresses and blocks (10.0.0.0/8) of our own proxies, separated by commas, whose X-Forwarded-For is "
            + "believed; empty for none")
    static let viewsBots = Setting(
        key: "views.bots", kind: .text, standard: "", isSecret: false,
        meaning: "a file of crawlers in the form of crawler-user-agents.json, asked behind our own list; empty for none"
    )
    static let viewsRetentionDays = Setting(
        key: "views.retention_days", kind: .integer(30...36_500), standard: 400, isSecret: false,
        meaning:
            "days for which a worker keeps batches of views, pages that weren't there and samples of rejected lines")
    static let logLevel = Setting(
        key: "log.level", kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        standard: "warning", isSecret: false, meaning: "the least important message that is logged, to standard error")

    /// Every setting there is, in the order they are listed.
    public static let all = [
        home, actor, databaseURL, databaseOwnerURL, databaseReaderURL, databaseListenURL, databasePoolSize,
        databasePreparedStatements, publicationName, publicationTimezone, feeReportingThreshold, organisationLegalName,
        organisationPublishedName, organisationEIN,
        organisationAddress, organisationSignatory, organisationTaxSentence, organisationStateStatements,
        fiscalYearStart, spoolPath, spoolRetentionDays, backupIntervalHours, viewsProxies, viewsBots,
        viewsRetentionDays, logLevel,
    ]

    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }

    /// Variables that begin like a setting's and are read by themselves.
    static let otherVariables = ["MASTHEAD_CONFIG", "MASTHEAD_SHARE"]
}
