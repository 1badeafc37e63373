import Access
public import ArgumentParser
public import Editorial
import Postgres
import Values

struct ContributorNoun: ParsableCommand {
    static let configuration = CommandConfiguration.noun(
        "contributor", "Those who are credited, staff or outside.",
        verbs: [
            AddContributorCommand.self, EditContributorCommand.self, ShowContributorCommand.self,
            ListContributorsCommand.self, FeesOfContributorsCommand.self, TaxFormCommand.self,
        ],
        example: "masthead contributor add --name \"Ann Example\" --kind outside --email ann@example.org")
}

struct AddContributorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "add", "Adds a contributor.",
        more: "An account with the same e-mail is linked by itself, so that nobody approves a text of his own.",
        example: "masthead contributor add --name \"Ann Example\" --kind staff --account ann@example.org")
    static let access = DatabaseAccess.write

    @Option(help: "The name as printed.") var name: String
    @Option(help: "Where to write to.", transform: EmailAddress.init) var email: EmailAddress?
    @Option(help: "Staff or outside.") var kind: Contributor.Kind
    @Option(help: "The e-mail of the account, if there is one.", transform: EmailAddress.init)
    var account: EmailAddress?
    @Option(help: "In web addresses; made of the name unless given.", transform: Slug.init) var slug: Slug?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let contributor = try AddContributor(
            name: name, slug: slug, email: email, kind: kind, account: account, by: context.actor(db)
        ).perform(db)
        return .record([
            ("slug", .text(contributor.slug.text)), ("name", .text(contributor.name)),
            ("kind", .text(contributor.kind?.rawValue)),
        ])
    }
}

struct ListContributorsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "list", "Contributors by slug.",
        more: "--unconfirmed-since lists those who didn't confirm affiliations and disclosure since that day.",
        example: """
            masthead contributor list --kind outside
            masthead contributor list --unconfirmed-since 2026-01-01
            """)
    static let access = DatabaseAccess.read

    @Option(help: "Staff or outside.") var kind: Contributor.Kind?
    @Option(help: "Only who didn't confirm since that day.", transform: { try LocalDate($0) })
    var unconfirmedSince: LocalDate?
    @Option(help: "At most so many, up to 1000.") var limit: Int = 50
    @Option(help: "Begin after this slug.", transform: Slug.init) var after: Slug?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1_000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000.") }
        guard kind == nil || unconfirmedSince == nil else {
            throw ValidationError("--kind and --unconfirmed-since don't go together.")
        }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        if let unconfirmedSince { return try unconfirmed(db, context, since: unconfirmedSince) }
        let contributors = try Contributor.list(
            db, kind: kind, for: context.actor(db), after: after, limit: limit)
        return Output(
            ["slug", "name", "kind", "email"],
            contributors.map { contributor in
                [
                    .text(contributor.slug.text), .text(contributor.name), .text(contributor.kind?.rawValue),
                    .text(contributor.email),
                ]
            })
    }

    private func unconfirmed(_ db: Connection, _ context: CommandContext, since day: LocalDate) throws -> Output {
        let found = try Contributor.unconfirmed(
            db, since: day, for: context.actor(db), after: after, limit: limit)
        return Output(
            ["slug", "name", "kind", "email", "confirmed_on"],
            found.map { contributor, confirmedOn in
                [
                    .text(contributor.slug.text), .text(contributor.name), .text(contributor.kind?.rawValue),
                    .text(contributor.email), .date(confirmedOn),
                ]
            })
    }
}

extension Contributor.Kind: ExpressibleByArgument {}
