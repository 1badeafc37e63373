import Foundation
import TestDatabase
import Testing

/// The README's tour is a promise to newcomers: every command in it is run, in order, in one fresh home.
struct TourTests {
    /// How the README's files begin. Each run has its own, so that two at once don't meet.
    private static let shown = "/tmp/masthead-tour-"

    /// Nil while there is no README: then the test is skipped and says so.
    private static let readme = try? String(contentsOfFile: packageFolder + "/README.md", encoding: .utf8)

    @Test(.enabled(if: readme?.contains("```console") == true, "the README has no tour yet"))
    func theTourOfTheReadmeGivesWhatItShows() async throws {
        let text = try #require(Self.readme)
        let transcript = Transcript(markdown: text)
        let answers = try run(transcript.steps)
        if ProcessInfo.processInfo.environment["UPDATE_TRANSCRIPTS"] == "1" {
            try transcript.rewritten(answers).write(
                toFile: packageFolder + "/README.md", atomically: true, encoding: .utf8)
            return
        }
        try #require(answers.count == transcript.steps.count)
        for (step, answer) in zip(transcript.steps, answers) {
            if let difference = Transcript.difference(answer, step) { Issue.record("README.md, \(difference)") }
        }
    }

    /// All steps in one bash, as a newcomer would type them, from the package's folder, with the built program first
    /// in the PATH and the data in a folder of its own. The embedded server is stopped at the end.
    private func run(_ steps: [Transcript.Step]) throws -> [Transcript.Answer] {
        let home = try temporaryFolder()
        defer {
            // A folder that stays behind in the temporary folder harms nobody.
            try? FileManager.default.removeItem(atPath: home)
        }
        var script = ""
        for (index, step) in steps.enumerated() {
            let command = step.command.replacing(Self.shown, with: home + Self.shown)
            script += "{\n\(command)\n} > \(home)/\(index).out 2>&1 < /dev/null\necho $? > \(home)/\(index).exit\n"
        }
        // The tour's stale save keeps its text beside, which is the package's folder here.
        script += "rm -f article-*-unsaved*.md\nmasthead db stop > /dev/null 2>&1\n"
        try script.write(toFile: home + "/script", atomically: true, encoding: .utf8)
        let bash = Process()
        bash.executableURL = URL(fileURLWithPath: "/bin/bash")
        bash.arguments = [home + "/script"]
        bash.currentDirectoryURL = URL(fileURLWithPath: packageFolder)
        bash.environment = [
            "PATH": Program.folder + ":/usr/bin:/bin", "HOME": home, "TERM": "dumb",
            "LANG": "C.UTF-8", "MASTHEAD_HOME": home + "/data",
        ]
        try bash.run()
        bash.waitUntilExit()
        return try steps.indices.map { index in
            let exit = try String(contentsOfFile: "\(home)/\(index).exit", encoding: .utf8)
            return Transcript.Answer(
                exit: Int32(exit.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1,
                output: try String(contentsOfFile: "\(home)/\(index).out", encoding: .utf8).replacing(
                    home + Self.shown, with: Self.shown))
        }
    }

    private func temporaryFolder() throws -> String {
        let path = "/tmp/masthead-tour-\(ProcessInfo.processInfo.processIdentifier)"
        // The tour's own files lie in `tmp` in it.
        try FileManager.default.createDirectory(atPath: path + "/tmp", withIntermediateDirectories: true)
        return path
    }
}

/// The built program beside the test bundle.
enum Program {
    static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
    static let path = folder + "/masthead"
}
