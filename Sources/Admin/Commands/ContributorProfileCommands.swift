import ArgumentParser
import Editorial
import Newsroom
import Postgres
import Values

struct EditContributorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "edit", "Changes what is known of a contributor.",
        more: "What isn't named stays; an empty text takes it away. --link replaces all links there were.",
        example: """
            masthead contributor edit ann-example --biography ann.md --link https://example.org/ann
            masthead contributor edit ann-example --affiliations "Advises Example Ltd" --confirmed-on 2026-11-01
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The contributor's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "The name as printed.") var name: String?
    @Option(help: "What stands under the name.") var title: String?
    @Option(help: "Where to write to.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "Staff or outside.") var kind: Contributor.Kind?
    @Option(help: "The life in a few lines: a file, or - for standard input.") var biography: TextSource?
    @Option(help: "An address from https:// on; may be given several times.") var link: [String] = []
    @Option(help: "Whom he works for or is close to.") var affiliations: String?
    @Option(help: "What readers are told of that.") var disclosure: String?
    @Option(help: "The day he last confirmed both.", transform: { try LocalDate($0) }) var confirmedOn: LocalDate?
    @Option(help: "The portrait's SHA-256, as `image add` answers it.") var photo: String?
    @Option(help: "Whose portrait it is.") var photoCredit: String?
    @OptionGroup var global: GlobalOptions

    mutating func prepare(_ context: CommandContext) throws { try biography?.read(context) }

    func validate() throws {
        guard (photo == nil) == (photoCredit == nil) else {
            throw ValidationError("--photo and --photo-credit go together.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        var change = EditContributor.Change()
        change.name = name
        change.title = title
        change.email = email
        change.kind = kind
        change.biography = try biography?.text()
        change.links = link.isEmpty ? nil : link
        change.affiliations = affiliations
        change.disclosure = disclosure
        change.confirmedOn = confirmedOn
        if let photo, let photoCredit { change.photo = (photo, photoCredit) }
        return .profile(try EditContributor(slug, change, by: context.actor(db)).perform(db))
    }
}

struct ShowContributorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "show", "Everything that is known of a contributor.", example: "masthead contributor show ann-example")
    static let access = DatabaseAccess.read

    @Argument(help: "The contributor's slug.", transform: Slug.init) var slug: Slug
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        .profile(try Contributor.Profile.find(db, slug, for: context.actor(db)))
    }
}

struct FeesOfContributorsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "fees", "What contributors were paid in a year, and whom that makes reportable.",
        more: """
            Sums what was noted as paid, by the day it was paid, each currency for itself. The threshold is the \
            setting editorial.fee_reporting_threshold unless one is given; a sum in another currency than the \
            threshold's is neither over nor under it.
            """,
        example: "masthead contributor fees --year 2026")
    static let access = DatabaseAccess.read

    @Option(help: "The year.") var year: Int
    @Option(help: "An amount with its currency: \"600.00 USD\".", transform: Self.money) var threshold: Money?
    @OptionGroup var page: SlugPage
    @OptionGroup var global: GlobalOptions

    static func money(_ text: String) throws -> Money {
        let words = text.split(separator: " ")
        guard words.count == 2 else {
            throw ValueError(kind: "amount", value: text, reason: "write it with its currency, 600.00 USD")
        }
        return try Money(parsing: String(words[0]), currency: Currency(String(words[1])))
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        guard let threshold = try threshold ?? context.newsroom.settings.feeReportingThreshold else {
            throw Failure(.fault, "fault", "There is no threshold for fees.")
        }
        let found = try Commissions.paid(
            db, in: year, threshold: threshold, for: context.actor(db), after: page.after, limit: page.limit)
        return Output(
            ["slug", "name", "currency", "paid_minor", "payments", "reportable", "form"],
            found.map { line in
                [
                    .text(line.contributor.text), .text(line.name), .text(line.paid.currency.code),
                    .money(line.paid), .integer(line.payments), line.isReportable.map { .bool($0) } ?? .null,
                    .text(line.form),
                ]
            })
    }
}

struct TaxFormCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "tax-form", "Notes where a contributor's W-9 or W-8 stands; never what is on it.",
        example: "masthead contributor tax-form ann-example --form w9 --status received --on 2026-01-15")
    static let access = DatabaseAccess.write

    @Argument(help: "The contributor's slug.", transform: Slug.init) var slug: Slug
    @Option(help: "\(Choice.words(of: RecordTaxForm.Form.self)).", transform: Choice.word) var form: RecordTaxForm.Form
    @Option(help: "\(Choice.words(of: RecordTaxForm.Status.self)).", transform: Choice.word)
    var status: RecordTaxForm.Status
    @Option(help: "Since when.", transform: { try LocalDate($0) }) var on: LocalDate
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let contributor = try RecordTaxForm(slug, form, status, on: on, by: context.actor(db)).perform(db)
        return .record([
            ("slug", .text(contributor.slug.text)), ("form", .text(form.rawValue)),
            ("status", .text(status.rawValue)), ("on", .date(on)),
        ])
    }
}

extension Output {
    fileprivate static func profile(_ profile: Contributor.Profile) -> Output {
        let contributor = profile.contributor
        return .record([
            ("slug", .text(contributor.slug.text)), ("name", .text(contributor.name)),
            ("title", .text(profile.title)), ("kind", .text(contributor.kind?.rawValue)),
            ("email", .text(contributor.email)), ("biography", .text(profile.biography)),
            ("links", .json(.array(profile.links.map(JSON.string)))), ("affiliations", .text(profile.affiliations)),
            ("disclosure", .text(profile.disclosure)), ("confirmed_on", .date(profile.confirmedOn)),
            ("photo", .text(profile.photo)), ("photo_credit", .text(profile.photoCredit)),
            ("live_articles", .integer(profile.liveArticles)),
        ])
    }
}
