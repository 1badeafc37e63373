import ArgumentParser

/// `masthead completions SHELL`
struct CompletionsCommand: FreeCommand {
    static let configuration = CommandConfiguration.verb(
        "completions", "Prints the completion script for a shell.",
        more: """
            bash: masthead completions bash > ~/.local/share/bash-completion/completions/masthead
            zsh:  masthead completions zsh > a file _masthead in a folder of $fpath
            fish: masthead completions fish > ~/.config/fish/completions/masthead.fish
            """, example: "masthead completions bash")
    static let needsDatabase = false

    enum ShellName: String, CaseIterable, ExpressibleByArgument, Sendable {
        case bash, zsh, fish

        var shell: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.") var name: ShellName
    @OptionGroup var global: GlobalOptions

    func run(_ context: CommandContext) async throws -> Output {
        .document(Masthead.completionScript(for: name.shell))
    }
}
