import ArgumentParser

/// The table of commands: what the root offers, what the shell looks up, what completions and man pages are made of.
enum Commands {
    /// Every noun, in the order of the help text. A noun lists its verbs in `Commands/<Noun>Commands.swift`; one
    /// without verbs is a command itself.
    static let nouns: [any ParsableCommand.Type] = [
        // People.
        AccountNoun.self,
        TokenNoun.self,
        // Stories.
        ArticleNoun.self,
        ImageNoun.self,
        ReviewNoun.self,
        ApprovalNoun.self,
        CommentNoun.self,
        ChecklistNoun.self,
        SignOffNoun.self,
        ContributorNoun.self,
        SectionNoun.self,
        OverrideNoun.self,
        WorkflowNoun.self,
        // Planning.
        SeriesNoun.self,
        TopicNoun.self,
        CollectionNoun.self,
        SlotNoun.self,
        CommissionNoun.self,
        PitchNoun.self,
        CalendarNoun.self,
        SearchCommand.self,
        StyleNoun.self,
        CoverageNoun.self,
        ScheduleNoun.self,
        WorkCommand.self,
        // Money.
        DemoNoun.self,
        DonorNoun.self,
        GiftNoun.self,
        PeriodNoun.self,
        ThanksNoun.self,
        PledgeNoun.self,
        MatchNoun.self,
        BatchNoun.self,
        FundNoun.self,
        CampaignNoun.self,
        AppealNoun.self,
        DonationsNoun.self,
        BudgetNoun.self,
        ReceiptNoun.self,
        StatementNoun.self,
        EventsNoun.self,
        CheckoutNoun.self,
        PayoutNoun.self,
        RecurringNoun.self,
        JournalNoun.self,
        // Readers.
        ViewsNoun.self,

        // The machine.
        AuditNoun.self,
        ConfigNoun.self,
        DatabaseNoun.self,
        DoctorCommand.self,
        ShellCommand.self,
        CompletionsCommand.self,
    ]

    /// Where donors and their money are written down by hand: a card's number is refused wherever it is typed.
    static let keepsNumbersOut: Set<String> = ["donor", "gift", "thanks", "pledge", "match", "batch", "fund"]

    /// What a noun leads to.
    enum Entry: Sendable {
        case leaf(any Leaf.Type)
        case verbs([String: any Leaf.Type])
    }

    /// What a noun leads to, by its name or an alias. Looks at that noun alone: asking of every command in the program
    /// whether it is a leaf is a tenth of a cold start.
    static func entry(_ noun: String) -> Entry? {
        guard let type = nounsByName[noun] else { return nil }
        if let leaf = type as? any Leaf.Type { return .leaf(leaf) }
        return .verbs(verbs(of: type))
    }

    /// The nouns by name, aliases included.
    static let nounsByName: [String: any ParsableCommand.Type] = {
        var byName: [String: any ParsableCommand.Type] = [:]
        for noun in nouns {
            for name in names(noun) {
                precondition(byName[name] == nil, "two commands are called '\(name)'")
                byName[name] = noun
            }
        }
        return byName
    }()

    /// Every leaf once, as (noun, verb, type); the verb is empty for a noun that has none.
    static let table: [(noun: String, verb: String, type: any Leaf.Type)] = nouns.flatMap { noun in
        if let leaf = noun as? any Leaf.Type { return [(noun: names(noun)[0], verb: "", type: leaf)] }
        return noun.configuration.subcommands.compactMap { verb in
            (verb as? any Leaf.Type).map { (noun: names(noun)[0], verb: names(verb)[0], type: $0) }
        }
    }

    private static func verbs(of noun: any ParsableCommand.Type) -> [String: any Leaf.Type] {
        var verbs: [String: any Leaf.Type] = [:]
        for verb in noun.configuration.subcommands {
            guard let leaf = verb as? any Leaf.Type else {
                preconditionFailure("\(verb) is neither a UnitCommand nor a FreeCommand")
            }
            for name in names(verb) { verbs[name] = leaf }
        }
        return verbs
    }

    private static func names(_ command: any ParsableCommand.Type) -> [String] {
        guard let name = command.configuration.commandName else {
            preconditionFailure("\(command) has no commandName: use CommandConfiguration.noun or .verb")
        }
        return [name] + command.configuration.aliases
    }
}
