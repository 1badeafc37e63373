import ArgumentParser

/// The options every command takes.
struct GlobalOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "How records look: table, tsv, jsonl or csv. A table on a terminal, else tsv.", valueName: "format"))
    var format: Format?

    @Flag(name: .customLong("no-header"), help: "Leave out the line of column names.")
    var noHeader = false

    @Option(help: ArgumentHelp("Colours: auto, always or never. NO_COLOR is respected.", valueName: "when"))
    var color: ColourChoice?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The account that acts; else MASTHEAD_AS, else the setting.", valueName: "email"))
    var actor: String?

    @Option(help: ArgumentHelp("The settings file, instead of the one in MASTHEAD_HOME.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Of a command that writes: done once under this key, and answered the same however often it is sent.",
            valueName: "key"))
    var idempotencyKey: String?

    /// These options, and `defaults` where they say nothing: a line in the shell over the shell's own options.
    func over(_ defaults: GlobalOptions) -> GlobalOptions {
        var merged = self
        merged.format = format ?? defaults.format
        merged.noHeader = noHeader || defaults.noHeader
        merged.color = color ?? defaults.color
        merged.actor = actor ?? defaults.actor
        merged.config = config ?? defaults.config
        return merged
    }

    /// The options that take a value, for finding them in front of the noun.
    static let valued = ["--format", "--color", "--as", "--config", "--idempotency-key"]
    /// Those that don't.
    static let flags = ["--no-header"]
}

/// When to colour.
enum ColourChoice: String, Sendable, CaseIterable, ExpressibleByArgument {
    case auto
    case always
    case never
}
