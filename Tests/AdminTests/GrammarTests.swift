import ArgumentParser
import Testing

@testable import Admin

struct GrammarTests {
    @Test func aMistypedNounOrVerbIsNamedWithTheNearestOne() async {
        let ran = await Console().run("shel")
        #expect(
            ran
                == .init(
                    exit: 64, out: "",
                    err: "masthead: 'shel' isn't a command. Did you mean 'shell'? See 'masthead --help'.\n"))
        #expect(Suggestion.near("artcile", among: ["article", "audit", "appeal"]) == ["article"])
        #expect(Suggestion.near("pub", among: ["publish", "unpublish", "pitch"]) == ["publish"])
        #expect(Suggestion.near("xyzzy", among: ["article", "audit"]).isEmpty)
    }

    @Test func aMistypedOptionIsAUsageErrorOnStderr() async {
        let ran = await Console().run("completions", "bash", "--frmat", "tsv")
        #expect(ran.exit == 64)
        #expect(ran.out.isEmpty)
        #expect(
            ran.err.hasPrefix(
                "masthead: Unknown option '--frmat'. Did you mean '--format'?\nUsage: masthead completions"))
    }

    @Test func helpIsDataAndEndsWellAtEveryLevel() async {
        for words in [["--help"], ["help"], [], ["shell", "--help"], ["help", "shell"], ["help", "exit-codes"]] {
            let ran = await Console().run(words, input: [])
            #expect(ran.exit == 0, "\(words)")
            #expect(!ran.out.isEmpty && ran.err.isEmpty, "\(words)")
        }
    }

    @Test func everyCommandHasAnExampleAndTheOptionsOfAll() {
        for entry in Commands.table {
            let name = "\(entry.noun) \(entry.verb)"
            let help = Masthead.helpMessage(for: entry.type, columns: 100)
            #expect(help.contains("Example:\n  masthead \(entry.noun)"), "\(name) has no example")
            #expect(help.contains("--format <format>"), "\(name)")
            #expect(!entry.type.configuration.abstract.isEmpty, "\(name)")
        }
        for noun in Commands.nouns {
            #expect(noun.configuration.discussion.contains("Example:\n  masthead "), "\(noun)")
        }
    }

    @Test func everyExitCodeIsExplained() async {
        let ran = await Console().run("help", "exit-codes")
        for code in [0, 64, 65, 66, 69, 73, 75, 76, 77, 78] {
            #expect(ran.out.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix("\(code)  ") }, "\(code)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsKnowTheCommands(shell: String) async {
        let ran = await Console().run("completions", shell)
        #expect(ran.exit == 0)
        #expect(ran.out.contains("stop-on-error"))
        #expect(ran.err.isEmpty)
        #expect(await Console().run("--generate-completion-script", shell).out == ran.out)
    }

    @Test func optionsOfAllMayStandBeforeTheNoun() async {
        let ran = await Console().run("--format", "jsonl", "--no-header", "completions", "fish")
        #expect(ran.exit == 0)
        #expect(ran.out.hasPrefix(#"{"text":"#))
    }
}
