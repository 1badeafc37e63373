import Access
import TestDatabase
import Testing
import Values

@testable import Admin

struct ShellTests {
    /// A database with one admin who may do everything these tests do, and the command line that acts as him.
    private func withConsole<T: Sendable>(_ body: (Console, TestDatabase) async throws -> T) async throws -> T {
        try await withTestDatabase { database in
            let console = Console(database, as: "ada@example.org")
            let ran = await console.run(
                "account", "add", "--email", "ada@example.org", "--name", "Ada", "--role", "admin", "--role",
                "editor-in-chief")
            try #require(ran.exit == 0, "\(ran.err)")
            return try await body(console, database)
        }
    }

    /// Splits what `--status` wrote into answers, the way the help text tells a reader to.
    private func answers(_ text: String) -> [(data: [Substring], status: [Substring])] {
        var answers: [(data: [Substring], status: [Substring])] = []
        var data: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("ok\t") || line.hasPrefix("error\t") {
                answers.append((data, line.split(separator: "\t", omittingEmptySubsequences: false)))
                data = []
            } else {
                data.append(line)
            }
        }
        #expect(data.isEmpty, "every line belongs to an answer")
        return answers
    }

    @Test func everyCommandAnswersItsLinesAndThenHowItWent() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--status",
                input: """
                    # sections
                    section add politics --name Politics

                    masthead section add books --name 'Books & Arts'
                    section add politics --name Again
                    section list --no-header
                    section lisst
                    section add 'Not A Slug' --name x
                    """)
            #expect(
                ran.out == """
                    slug\tname
                    politics\tPolitics
                    ok\t2
                    slug\tname
                    books\tBooks & Arts
                    ok\t2
                    error\t76\tsection_exists\tThere is a section 'politics' already.
                    books\tBooks & Arts
                    politics\tPolitics
                    ok\t2
                    error\t64\tusage\t'lisst' isn't a verb of 'section'. Did you mean 'list'? See 'masthead section --help'.
                    error\t64\tusage\tThe value 'Not A Slug' is invalid for '<slug>': slug "Not A Slug": \
                    only a-z, 0-9 and hyphens are allowed

                    """)
            #expect(ran.exit == 76, "the code of the first error")
            #expect(ran.err.isEmpty)
        }
    }

    @Test func aTextIsNotTakenFromTheCommands() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--status", "--format", "jsonl",
                input: """
                    section add law --name Law
                    article pitch --title Rain --section law --kind analysis
                    article save 1 --title Rain --dek Wet --body -
                    article save 1 --title Rain --dek Wet --body - <<END
                    section list
                    END
                    section list

                    """)
            let given = answers(ran.out)
            #expect(
                given.map { $0.status.prefix(3).joined(separator: " ") } == [
                    "ok 1", "ok 1", "error 64 input_taken", "ok 1", "ok 1",
                ])
            let shown = await console.run("article", "show", "1", "--format", "jsonl")
            #expect(shown.out.contains(#""body":"section list\n""#))
        }
    }

    @Test func commandsThatCannotBeReadAreSaidToBeUnreadable() async throws {
        try await withConsole { console, _ in
            let ran = await console.run("shell", "/")
            #expect(ran.exit == 65)
            #expect(ran.err.contains("can't be read any further"))
        }
    }

    @Test func aNameCannotPassForAStatusLine() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--status", "--no-header",
                input: "section add ok --name 7\nsection list\nsection list --format jsonl\n")
            let got = answers(ran.out)
            #expect(got.map { $0.status.joined(separator: " ") } == ["ok 1", "ok 1", "ok 1"])
            #expect(got.map { $0.data } == [["\\u{6f}k\t7"], ["\\u{6f}k\t7"], ["{\"slug\":\"ok\",\"name\":\"7\"}"]])
        }
    }

    @Test func withoutStatusErrorsGoToStderrWithTheirLine() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--format", "jsonl", input: "section add a --name A\n\nsectoin list\nsection list\n")
            #expect(
                ran
                    == .init(
                        exit: 64, out: "{\"slug\":\"a\",\"name\":\"A\"}\n{\"slug\":\"a\",\"name\":\"A\"}\n",
                        err:
                            "masthead: line 3: 'sectoin' isn't a command. Did you mean 'section'? See 'masthead --help'.\n"
                    ))
        }
    }

    @Test func stopOnErrorLeavesTheRestUndone() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--status", "--stop-on-error", "--no-header",
                input: "section add a --name A\nsection add a --name A\nsection add b --name B\n")
            #expect(answers(ran.out).map { $0.status[0] } == ["ok", "error"])
            #expect(ran.exit == 76)
            #expect(await console.run("section", "list", "--no-header").out == "a\tA\n")
        }
    }

    @Test func aTransactionKeepsAllOrNothing() async throws {
        try await withConsole { console, _ in
            let bad = await console.run(
                "shell", "--transaction", "--status", "--no-header",
                input: "section add a --name A\nsection list\nsection add a --name B\nsection add c --name C\n")
            #expect(
                answers(bad.out).map { $0.status[0...2].joined(separator: " ") } == [
                    "error 76 rolled_back", "error 76 rolled_back", "error 76 section_exists", "error 76 rolled_back",
                ])
            #expect(bad.exit == 76)
            #expect(await console.run("section", "list", "--no-header").out.isEmpty)

            let good = await console.run(
                "shell", "--transaction", "--no-header",
                input: "section add a --name A\nsection add b --name B\nsection list\n")
            #expect(good == .init(exit: 0, out: "a\tA\nb\tB\na\tA\nb\tB\n", err: ""))
        }
    }

    @Test func aTransactionTakesOnlyUnitsOfDatabaseWork() async throws {
        try await withConsole { console, _ in
            let ran = await console.run(
                "shell", "--transaction", "--no-header", input: "section add a --name A\ncompletions bash\n")
            #expect(ran.exit == 64)
            #expect(ran.out.isEmpty)
            #expect(ran.err.contains("line 2: 'completions bash' isn't one unit of database work"))
            #expect(await console.run("section", "list", "--no-header").out.isEmpty)
        }
    }

    @Test func aDeadServerIsSaidForEveryCommandAndNothingHangs() async throws {
        var console = Console()
        console.environment = ["MASTHEAD_DATABASE_URL": "host=/nowhere/at/all dbname=masthead user=masthead_app"]
        let ran = await console.run("shell", "--status", input: "section list\nsection list\n")
        #expect(
            answers(ran.out).map { $0.status[1...2].joined(separator: " ") } == [
                "69 database_unreachable", "69 database_unreachable",
            ])
        #expect(ran.exit == 69)
    }

    @Test func csvAndStatusDoNotGoTogether() async throws {
        try await withConsole { console, _ in
            let ran = await console.run("shell", "--status", input: "section list --format csv\n")
            #expect(ran.exit == 64)
            #expect(answers(ran.out).count == 1)
        }
    }

    @Test func aThousandMixedCommandsAnswerAThousandTimes() async throws {
        try await withConsole { console, _ in
            let setup = await console.run("section", "add", "news", "--name", "News")
            try #require(setup.exit == 0)
            var lines: [String] = []
            var expected: [String] = []
            for index in 0..<1_000 {
                switch index % 8 {
                case 0:
                    lines.append("section add s-\(index) --name 'Section \(index)'")
                    expected.append("ok")
                case 1, 4:
                    lines.append("article pitch --title \"Story \(index)\" --section news --kind reporting # \(index)")
                    expected.append("ok")
                case 2:
                    lines.append("article list --limit 3 --format jsonl")
                    expected.append("ok")
                case 3:
                    lines += ["", "# nothing", "section list --no-header"]
                    expected.append("ok")
                case 5:
                    lines.append("article pitch --title x --section nowhere --kind reporting")
                    expected.append("error")
                case 6:
                    lines.append("artickle list")
                    expected.append("error")
                default:
                    lines.append("section list --format table")
                    expected.append("ok")
                }
            }
            let clock = ContinuousClock()
            let begun = clock.now
            let ran = await console.run("shell", "--status", input: lines.joined(separator: "\n"))
            print("1,000 mixed commands took \(clock.now - begun)")
            let got = answers(ran.out)
            #expect(got.map { String($0.status[0]) } == expected)
            for answer in got where answer.status[0] == "ok" {
                #expect(answer.status[1] == "\(answer.data.count)")
            }
        }
    }
}
