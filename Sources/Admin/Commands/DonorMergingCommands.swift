import Access
import ArgumentParser
import Fundraising
import Postgres
import Values

/// `donor merge`
struct MergeDonorsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "merge", "Says that a record is another's person.",
        more: """
            Nothing is moved: lists and reports read both as one from now on, and `donor unmerge` takes it back without \
            a trace in the books.
            """, example: "masthead donor merge 17 12 --reason 'The same person, with a new address'")
    static let access = DatabaseAccess.write

    @Argument(help: "The record that becomes part of another.", transform: ListPage.id) var from: ID<Donor>
    @Argument(help: "The record that stays.", transform: ListPage.id) var into: ID<Donor>
    @Option(help: "Why they are one.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let merge = try MergeDonors(from, into: into, reason: reason, by: context.actor(db)).perform(db)
        return .record([("merge", .id(merge)), ("absorbed", .id(from)), ("survivor", .id(into))])
    }
}

/// `donor unmerge`
struct UnmergeDonorsCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "unmerge", "Takes a merge back.", more: "Its number is in `donor merges`.",
        example: "masthead donor unmerge 3")
    static let access = DatabaseAccess.write

    @Argument(help: "The merge's id.", transform: ListPage.id) var merge: ID<DonorMerge>
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try UnmergeDonors(merge, by: context.actor(db)).perform(db)
        return .record([("merge", .id(merge)), ("undone", .bool(true))])
    }
}

/// `donor merges`
struct ListMergesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "merges", "Lists merges, the latest first, those taken back too.", example: "masthead donor merges")
    static let access = DatabaseAccess.read

    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @Option(help: "Go on after the merge of this id.", transform: ListPage.id) var after: ID<DonorMerge>?
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        return Output(
            ["merge", "absorbed", "survivor", "reason", "merged_at", "undone_at"],
            try DonorMerge.list(db, before: after, limit: limit).map { one in
                [
                    .id(one.id), .id(one.absorbed), .id(one.survivor), .text(one.reason), .time(one.mergedAt),
                    .time(one.undoneAt),
                ]
            })
    }
}

/// `donor matches`
struct DonorMatchesCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "matches", "Lists records that may be one person, for somebody to look at.",
        more: """
            email: the same mailbox with another tag. name_and_postcode: the same name at the same postcode. An address \
            alone is never a reason: a household is more than one person. Nothing is merged by itself.
            """, example: "masthead donor matches")
    static let access = DatabaseAccess.read

    @Option(help: "How many, at most \(ListPage.longest).", transform: ListPage.limit) var limit = 100
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        return Output(
            ["donor", "other", "reason"],
            try DonorMatch.list(db, limit: limit).map { [.id($0.first), .id($0.second), .text($0.reason.rawValue)] })
    }
}

/// `donor erase`
struct EraseDonorCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "erase", "Forgets a donor and all that was merged into him; it can't be taken back.",
        more: """
            Names, addresses, phones, notes, and what files and processors' events said of him are removed. Gifts, \
            days, amounts and numbers stay, and every figure with them. The reason stays too: it must not name him.
            """, example: "masthead donor erase 12 --reason 'Asked for it by letter of 3 May'")
    static let access = DatabaseAccess.write

    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Option(help: "Why, without naming him.") var reason: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let report = try EraseDonor(id, reason: reason, by: context.actor(db)).perform(db)
        return .record([
            ("donor", .id(id)), ("records", .integer(report.donors)), ("gifts", .integer(report.gifts)),
            ("events", .integer(report.events)),
        ])
    }
}

/// `donor policy`
struct NamingPolicyCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "policy", "Adopts a version of what donors agree to when they let themselves be named.",
        more: "Who accepts it with an open gift of --threshold and more is named, unless he says otherwise.",
        example: "masthead donor policy 2026-1 --threshold 5000.00 --currency USD --text 'We name everyone who gives …'"
    )
    static let access = DatabaseAccess.write

    @Argument(help: "The version, for good.") var version: String
    @Option(help: "The amount from which on it names.") var threshold: String
    @Option(help: "The currency's code (ISO 4217).", transform: Currency.init) var currency: Currency
    @Option(help: "What donors read.") var text: String
    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let threshold = try Money(parsing: threshold, currency: currency)
        try AdoptNamingPolicy(version, text: text, threshold: threshold, by: context.actor(db)).perform(db)
        return .record([
            ("version", .text(version)), ("currency", .text(currency.code)), ("threshold_minor", .money(threshold)),
        ])
    }
}

/// `donor consent`
struct ConsentCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "consent", "Records what a donor said about being named; the last word counts.",
        example: """
            masthead donor consent 12 --public-name 'Ann Example' --policy 2026-1
            masthead donor consent 12 --withdraw --policy 2026-1
            """)
    static let access = DatabaseAccess.write

    @Argument(help: "The donor's id.", transform: ListPage.id) var id: ID<Donor>
    @Option(help: "What he may be called.") var publicName: String?
    @Flag(help: "He may no longer be named.") var withdraw = false
    @Option(help: "The version of the policy he was shown.") var policy: String
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (publicName != nil) != withdraw else { throw ValidationError("Say --public-name or --withdraw.") }
    }

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        let word = publicName.map(RecordConsent.Word.named) ?? .withdrawn
        try RecordConsent(id, word, policy: policy, by: context.actor(db)).perform(db)
        return .record([("donor", .id(id)), ("named", .bool(!withdraw))])
    }
}

/// `donor wall`
struct DonorWallCommand: UnitCommand {
    static let configuration = CommandConfiguration.verb(
        "wall", "Lists the names that may be shown in public.",
        more: """
            By consent, or by the version of the policy a donor accepted with an open gift above its threshold. Whoever \
            gave only anonymously isn't there, nor whoever withdrew.
            """, example: "masthead donor wall")
    static let access = DatabaseAccess.read

    @OptionGroup var global: GlobalOptions

    func perform(_ db: Connection, _ context: CommandContext) throws -> Output {
        try context.actor(db).require(.donorRead)
        return Output(
            ["name", "basis", "policy", "donor"],
            try PublicName.wall(db).map {
                [.text($0.name), .text($0.basis.rawValue), .text($0.policy), .id($0.donor)]
            })
    }
}
