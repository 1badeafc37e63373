import Foundation
import TestDatabase
import Testing

@testable import Admin

private let transcripts = packageFolder + "/Tests/Transcripts"
private let updating = ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] == "1"

/// Every file in Tests/Transcripts, each on a database of its own. `UPDATE_TRANSCRIPTS=1` writes what was answered.
struct TranscriptTests {
    /// An unreadable folder would give no files, and the first test below fails then.
    private static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: transcripts)) ?? [])
        .filter { $0.hasSuffix(".txt") }.sorted()

    @Test(arguments: files)
    func everyCommandAnswersAsWritten(file: String) async throws {
        let path = transcripts + "/" + file
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let transcript = Transcript(text)
        try #require(!transcript.steps.isEmpty)
        let answers = try await withTestDatabase { database in
            var answers: [Transcript.Answer] = []
            for step in transcript.steps { answers.append(try await run(step.command, Console(database))) }
            return answers
        }
        if updating {
            try transcript.rewritten(answers).write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        for (step, answer) in zip(transcript.steps, answers) {
            if let difference = Transcript.difference(answer, step) {
                Issue.record("\(file), \(difference)\nUPDATE_TRANSCRIPTS=1 takes the new answer.")
            }
        }
    }

    /// `NAME=VALUE… masthead NOUN VERB…`, with the shell's quoting and here-documents.
    private func run(_ command: String, _ console: Console) async throws -> Transcript.Answer {
        var rest = Array((command + "\n").utf8)[...]
        var reader = ShellReader { limit in
            let taken = Array(rest.prefix(limit))
            rest = rest.dropFirst(limit)
            return taken
        }
        var words = try #require(try reader.next(prompt: { _ in })).words.get()[...]
        var console = console
        while let word = words.first, let equals = word.firstIndex(of: "="), !word.hasPrefix("-") {
            console.environment[String(word[..<equals])] = String(word[word.index(after: equals)...])
            words = words.dropFirst()
        }
        try #require(words.first == "masthead", "a transcript runs masthead only: \(command)")
        let ran = await console.run(Array(words.dropFirst()), input: [])
        return .init(exit: ran.exit, output: ran.out + ran.err)
    }
}

struct TranscriptReadingTests {
    private let text = """
        What this is about.
        $ masthead section add politics --name Politics
        slug\tname
        politics\tPolitics
        $ masthead article save 1 --body <<END
        > It rained.
        > END
        id\trevision
        …
        $ masthead nope   # exit 64
        masthead: 'nope' … See 'masthead --help'.

        """

    @Test func aTranscriptIsReadAndWrittenBackUnchanged() {
        let transcript = Transcript(text)
        #expect(
            transcript.steps == [
                .init(
                    line: 2, command: "masthead section add politics --name Politics", exit: 0,
                    expected: ["slug\tname", "politics\tPolitics"]),
                .init(
                    line: 5, command: "masthead article save 1 --body <<END\nIt rained.\nEND", exit: 0,
                    expected: ["id\trevision", "…"]),
                .init(
                    line: 10, command: "masthead nope", exit: 64,
                    expected: ["masthead: 'nope' … See 'masthead --help'."]),
            ])
        #expect(transcript.rewritten([]) == text)
    }

    @Test func whatDiffersIsShownAndReplaced() throws {
        let transcript = Transcript("$ a\none\ntwo\n$ b\nthree\n")
        let answers: [Transcript.Answer] = [.init(exit: 0, output: "one\n2\n"), .init(exit: 65, output: "three\n")]
        #expect(Transcript.difference(answers[0], transcript.steps[0]) == "line 1: $ a\n- two\n+ 2")
        #expect(
            Transcript.difference(answers[1], transcript.steps[1]) == "line 4: $ b\nexit code 65 instead of 0")
        #expect(transcript.rewritten(answers) == "$ a\none\n2\n$ b   # exit 65\nthree\n")
    }

    @Test func anEllipsisStandsForAnythingInItsPlace() {
        #expect(Transcript.matches(line: "id 17 at 2025-12-01", "id … at …"))
        #expect(!Transcript.matches(line: "id 17 on 2025-12-01", "id … at …"))
        #expect(!Transcript.matches(line: "id 17", "id"))
        let step = Transcript.Step(line: 1, command: "x", exit: 0, expected: ["a", "…", "b"])
        #expect(Transcript.difference(.init(exit: 0, output: "a\nx\ny\nb\n"), step) == nil)
        #expect(Transcript.difference(.init(exit: 0, output: "a\nx\ny\n"), step) != nil)
    }

    @Test func onlyTheConsoleBlocksOfAMarkdownFileAreCommands() {
        let markdown = "# Tour\n$ not this\n```console\n$ masthead --version\n0.1.0\n```\n```sh\n$ nor this\n```\n"
        let transcript = Transcript(markdown: markdown)
        #expect(transcript.steps == [.init(line: 4, command: "masthead --version", exit: 0, expected: ["0.1.0"])])
        #expect(transcript.rewritten([.init(exit: 0, output: "0.2.0\n")]) == markdown.replacing("0.1.0", with: "0.2.0"))
    }
}
