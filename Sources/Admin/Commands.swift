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

    /// What a noun leads to: a command, or its verbs, of which one may be a noun of its own (`views history import`).
    indirect enum Entry: Sendable {
        case leaf(any Leaf.Type)
        case verbs([String: Entry])
    }

    /// What a noun leads to, by its name or an alias. Looks at that noun alone: asking of every command in the program
    /// whether it is a leaf is a tenth of a cold start.
    static func entry(_ noun: String) -> Entry? { nounsByName[noun].map(entry(of:)) }

    /// Follows words from noun to noun as far as they are names. Nil when the first isn't a noun.
    ///
    /// - Returns: what the names lead to, and how many they are.
    static func follow(_ words: [String]) -> (entry: Entry, names: Int)? {
        guard let noun = words.first, var entry = entry(noun) else { return nil }
        var names = 1
        while case .verbs(let verbs) = entry, names < words.count, let next = verbs[words[names]] {
            entry = next
            names += 1
        }
        return (entry, names)
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

    /// Every leaf once, as (noun, verb, type); the verb is empty for a noun that has none, and `history import` under a
    /// noun within the noun.
    static let table: [(noun: String, verb: String, type: any Leaf.Type)] = nouns.flatMap { noun in
        leaves(of: noun).map { (noun: names(noun)[0], verb: $0.verb, type: $0.type) }
    }

    private static func leaves(of command: any ParsableCommand.Type) -> [(verb: String, type: any Leaf.Type)] {
        if let leaf = command as? any Leaf.Type { return [("", leaf)] }
        return command.configuration.subcommands.flatMap { verb in
            leaves(of: verb).map { ([names(verb)[0], $0.verb].filter { !$0.isEmpty }.joined(separator: " "), $0.type) }
        }
    }

    /// A noun by the type that its words were parsed to, with its whole name.
    static func noun(parsedTo type: any ParsableCommand.Type) -> (name: String, type: any ParsableCommand.Type)? {
        func found(in nouns: [any ParsableCommand.Type]) -> String? {
            for noun in nouns where !(noun is any Leaf.Type) {
                if noun == type { return names(noun)[0] }
                if let inner = found(in: noun.configuration.subcommands) { return names(noun)[0] + " " + inner }
            }
            return nil
        }
        return found(in: nouns).map { ($0, type) }
    }

    private static func entry(of command: any ParsableCommand.Type) -> Entry {
        if let leaf = command as? any Leaf.Type { return .leaf(leaf) }
        var verbs: [String: Entry] = [:]
        for verb in command.configuration.subcommands {
            let entry = entry(of: verb)
            if case .verbs(let own) = entry, own.isEmpty {
                preconditionFailure("\(verb) is neither a UnitCommand, nor a FreeCommand, nor a noun")
            }
            for name in names(verb) { verbs[name] = entry }
        }
        return .verbs(verbs)
    }

    private static func names(_ command: any ParsableCommand.Type) -> [String] {
        guard let name = command.configuration.commandName else {
            preconditionFailure("\(command) has no commandName: use CommandConfiguration.noun or .verb")
        }
        return [name] + command.configuration.aliases
    }
}
