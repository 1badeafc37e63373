import Foundation
import TestDatabase
import Testing
import Values

@testable import Admin

/// The views commands as others script them, and the real program killed while it counts.
struct ViewsCommandTests {
    private func withDesk(_ body: (TestDatabase, Console, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "views-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            // Left behind at worst; the system cleans its temporary folder.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try await withTestDatabase { test in
            let added = await Console(test).run(
                "account", "add", "--email", "admin@example.org", "--name", "A", "--role", "admin")
            try #require(added.exit == 0, "\(added.err)")
            try await body(test, Console(test, as: "admin@example.org"), folder)
        }
    }

    private func line(_ time: String, _ path: String = "/a", address: Int = 1) -> String {
        "192.0.2.\(address) - - [\(time) +0000] \"GET \(path) HTTP/1.1\" 200 9 \"-\" "
            + "\"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\"\n"
    }

    private func write(_ folder: String, _ name: String, _ text: String) throws -> String {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        return folder + "/" + name
    }

    private func objects(_ console: Console, _ line: String...) async throws -> [[String: JSON]] {
        let ran = await console.run(["--format", "jsonl"] + line, input: [])
        try #require(ran.exit == 0, "\(line): \(ran.err)")
        return try ran.out.split(separator: "\n").map { try JSON(parsing: String($0)).object ?? [:] }
    }

    @Test func anImportAnswersWithTheAccountingOfTheFile() async throws {
        try await withDesk { _, console, folder in
            let log = try write(
                folder, "access.log",
                line("17/May/2025:10:00:00") + line("17/May/2025:10:10:00", "/b")
                    + line("17/May/2025:11:00:00", "/c.css")
                    + "broken\n")
            let first = try await objects(console, "views", "import", log, "--site", "example.org")[0]
            #expect(first["file"] == .string(log))
            #expect(first["form"] == "combined")
            #expect(first["lines"] == 4)
            #expect(first["new_lines"] == 4)
            #expect(first["views"] == 2)
            #expect(first["rejected"] == .object(["format": 1]))
            #expect(first["excluded"] == .object(["method": 0, "status": 0, "prefetch": 0, "route": 1]))
            #expect(first["classes"] == .object(["human": 2]))
            #expect(try await objects(console, "views", "import", log)[0]["new_lines"] == 0)
            let other = await console.run("views", "import", log, "--site", "other.example")
            #expect(other.exit == 0)
            #expect(other.err.contains("4 lines of '\(log)' were counted before, for example.org"), "\(other.err)")
            let day = try await objects(console, "views", "report", "--by", "day")
            #expect(
                day == [["period": "2025-05-17", "pv": 2, "visitors": 1, "visits": 1, "bounces": 0, "meter": "log"]])
            #expect(try await objects(console, "views", "report", "--by", "year")[0]["visitors"] == .null)
            let hours = try await objects(
                console, "views", "report", "--by", "hour", "--from", "2025-05-17", "--to", "2025-05-17")
            #expect(hours.count == 24)
            #expect(hours[10]["pv"] == 2 && hours[11]["pv"] == 0)
            #expect(hours[10]["period"] == "2025-05-17T10:00+00:00")
            let top = try await objects(console, "views", "top", "--limit", "1")
            #expect(top == [["key": "/a", "pv": 1]])
            #expect(try await objects(console, "views", "top", "--by", "source") == [["key": "direct", "pv": 2]])
        }
    }

    @Test func aLogFromStandardInputIsKnownAgain() async throws {
        try await withDesk { _, nowhere, folder in
            var console = nowhere
            console.environment["TMPDIR"] = folder
            let text = (10...20).map { line("17/May/2025:\($0):00:00", "/\($0)") }.joined()
            func imported(_ text: String) async throws -> JSON? {
                let ran = await console.run("--format", "jsonl", "views", "import", "-", "--name", "web", input: text)
                try #require(ran.exit == 0, "\(ran.err)")
                let report = try JSON(parsing: ran.out).object
                #expect(report?["file"] == "web")
                return report?["new_lines"]
            }
            #expect(try await imported(text) == 11)
            #expect(try await imported(text) == 0)
            #expect(try await imported(text + line("17/May/2025:21:00:00", "/21")) == 1)
            #expect(try await imported("") == 0)
            let log = try write(folder, "same.log", text)
            #expect(try await objects(console, "views", "import", log)[0]["new_lines"] == 0)
            for (arguments, said) in [
                (["-"], "--name"), (["-", "-", "--name", "web"], "once"), ([log, "--name", "web"], "dash"),
                (["-", "--name", ""], "bytes"),
            ] {
                let ran = await console.run(["views", "import"] + arguments, input: Array(text.utf8))
                #expect(ran.exit == 64 && ran.err.contains(said), "\(arguments): \(ran.err)")
            }
            let garbage = await console.run("views", "import", "-", "--name", "web", input: "no log\nat all\n")
            #expect(garbage.exit == 65 && garbage.err.contains("'web'"), "\(garbage.err)")
            let unwritable = await nowhere.run("views", "import", "-", "--name", "web", input: text)
            #expect(unwritable.exit == 73 && unwritable.err.contains("TMPDIR"), "\(unwritable.err)")
        }
    }

    @Test func aFollowerCountsWhatComesUntilItIsStopped() async throws {
        try await withDesk { test, console, folder in
            let log = try write(folder, "access.log", line("17/May/2025:10:00:00"))
            let once = try await objects(console, "views", "follow", log, "--once", "--site", "example.org")
            #expect(once.map { $0["new_lines"] } == [1])
            #expect(try await objects(console, "views", "follow", log, "--once").isEmpty)
            let refused = await console.run("views", "follow", log, "--every", "0")
            #expect(refused.exit == 64)

            let process = Process()
            process.executableURL = URL(fileURLWithPath: Program.path)
            process.arguments = [
                "--as", "admin@example.org", "--format", "jsonl", "views", "follow", log, "--every", "1",
            ]
            process.environment = [
                "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_SHARE": packageFolder, "MASTHEAD_HOME": "/nowhere",
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            var count = 1
            for number in 1...3 {
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
                try file.seekToEnd()
                try file.write(contentsOf: Data(line("17/May/2025:11:0\(number):00", "/\(number)").utf8))
                try file.close()
                count += 1
                while try await objects(console, "views", "report", "--by", "year").first?["pv"]
                    != .integer(Int64(count))
                {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            process.terminate()
            let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0)
            #expect(try JSON(parsing: printed).object?["new_lines"] == 3)
        }
    }

    @Test func growthSaysWhetherItComparesWholeMonths() async throws {
        try await withDesk { _, console, folder in
            var text = ""
            // Three views a day in February, seven in March, from the last day of January to the first of April.
            for (month, days, views) in [
                ("Jan", 31...31, 1), ("Feb", 1...28, 3), ("Mar", 1...31, 7), ("Apr", 1...1, 1),
            ] {
                for day in days {
                    for view in 0..<views {
                        text += line("\(day < 10 ? "0" : "")\(day)/\(month)/2025:12:0\(view):00", address: view)
                    }
                }
            }
            _ = try await objects(console, "views", "import", try write(folder, "access.log", text))
            let growth = try await objects(console, "views", "growth", "--by", "month")
            #expect(growth.map { $0["period"] } == ["2025-01", "2025-02", "2025-03", "2025-04"])
            #expect(growth.map { $0["state"] } == ["n/a", "n/a", "ok", "n/a"])
            #expect(growth[2]["pv"] == 217 && growth[2]["previous"] == 84)
            // (217 − 84) / 84 = 158.333… %
            #expect(growth[2]["percent"] == "158" && growth[2]["percent_exact"] == "158.33")
            #expect(growth[2]["complete"] == true && growth[2]["previous_complete"] == true)
            let partial = try await objects(console, "views", "growth", "--by", "month", "--partial")
            #expect(partial.map { $0["state"] } == ["n/a", "ok", "ok", "ok"])
            let fixed = try await objects(console, "views", "growth", "--by", "month", "--against", "2025-02")
            #expect(fixed[2]["percent"] == "158" && fixed[1]["percent"] == "0")
            let within = try await objects(console, "views", "growth", "--by", "month", "--from", "2025-02-10")
            #expect(within.first?["period"] == "2025-02", "the month a day lies in, as in the report")
            let wrong = await console.run("views", "growth", "--by", "month", "--against", "2025")
            #expect(wrong.exit == 65)
        }
    }

    @Test func whatCantBeImportedHasItsExitCodeAndChangesNothing() async throws {
        try await withDesk { _, console, folder in
            let prose = try write(folder, "prose.txt", "Dear reader,\nthis is no log.\n")
            #expect(await console.run("views", "import", prose).exit == 65)
            #expect(await console.run("views", "import", folder).exit == 65)
            #expect(await console.run("views", "import", folder + "/missing").exit == 66)
            #expect(await console.run("views", "report", "--by", "week").exit == 64)
            for report in [
                ["views", "report", "--by", "day"], ["views", "top"], ["views", "growth", "--by", "month"],
                ["donations", "report", "--by", "day"],
            ] {
                let backwards = await console.run(report + ["--from", "2027", "--to", "2026-12"], input: [])
                #expect(backwards.exit == 64)
                #expect(backwards.err.contains("--from 2027 is after --to 2026-12."))
            }
            #expect(await console.run("views", "report", "--by", "day", "--site", "nowhere.example").exit == 66)
            #expect(try await objects(console, "views", "report", "--by", "day").isEmpty)
            _ = await console.run("account", "add", "--email", "c@example.org", "--name", "C", "--role", "contributor")
            let log = try write(folder, "access.log", line("17/May/2025:10:00:00"))
            #expect(await console.run("--as", "c@example.org", "views", "import", log).exit == 77)
        }
    }

    @Test func viewsOfAnArticleCountForItsAuthorAndSection() async throws {
        try await withDesk { test, console, folder in
            for words in [
                ["account", "add", "--email", "w@example.org", "--name", "W", "--role", "writer"],
                ["account", "add", "--email", "p@example.org", "--name", "P", "--role", "publisher"],
                ["account", "add", "--email", "e@example.org", "--name", "E", "--role", "editor-in-chief"],
                ["section", "add", "world", "--name", "World"],
                ["contributor", "add", "--name", "Ann Example", "--kind", "outside"],
                ["contributor", "add", "--name", "Bob Example", "--kind", "outside"],
                [
                    "--as", "w@example.org", "article", "pitch", "--title", "The dam", "--section", "world", "--kind",
                    "reporting",
                ],
                [
                    "--as", "w@example.org", "article", "save", "1", "--title", "The dam", "--dek", "D", "--body", "-",
                    "--byline", "ann-example", "--byline", "bob-example",
                ],
                ["--as", "w@example.org", "article", "submit", "1"],
                ["--as", "p@example.org", "approval", "give", "1", "--kind", "edit"],
                ["--as", "e@example.org", "approval", "give", "1", "--kind", "edit"],
            ] {
                let ran = await console.run(words, input: Array("It stood there.\n".utf8))
                try #require(ran.exit == 0, "\(words): \(ran.err)")
            }
            let url = try await objects(Console(test, as: "p@example.org"), "article", "publish", "1")[0]["url"]?.string
            let address = try #require(url)
            let path = try #require(URL(string: address)?.path())
            let log = try write(
                folder, "access.log",
                line("17/May/2025:10:00:00", path) + line("17/May/2025:10:01:00", path + "/?ref=x")
                    + line("17/May/2025:10:02:00", "/about"))
            _ = try await objects(console, "views", "import", log, "--site", "example.org")
            #expect(try await objects(console, "views", "top", "--by", "article") == [["key": "the-dam", "pv": 2]])
            // Sections and kinds add up to the three views of the site.
            #expect(
                try await objects(console, "views", "top", "--by", "section") == [
                    ["key": "world", "pv": 2], ["key": "(no article)", "pv": 1],
                ])
            #expect(
                try await objects(console, "views", "top", "--by", "kind") == [
                    ["key": "reporting", "pv": 2], ["key": "(no article)", "pv": 1],
                ])
            #expect(
                try await objects(console, "views", "top", "--by", "author") == [
                    ["key": "ann-example", "pv": 2], ["key": "bob-example", "pv": 2],
                ])
            #expect(
                try await objects(console, "views", "top", "--by", "author", "--split") == [
                    ["key": "ann-example", "pv": 1], ["key": "bob-example", "pv": 1],
                ])
            #expect(
                try await objects(console, "views", "top", "--by", "contributor-kind") == [["key": "outside", "pv": 2]])
            let told = await console.run("views", "top", "--by", "author")
            #expect(told.err.contains("An article counts fully for each author"))
            #expect(try await objects(console, "views", "top", "--by", "topic").isEmpty)
            #expect(try await objects(console, "views", "top", "--by", "series").isEmpty)
            _ = try await objects(
                console, "--as", "e@example.org", "article", "place", "1", "--region", "asia", "--region", "europe")
            #expect(
                try await objects(console, "views", "top", "--by", "region") == [
                    ["key": "asia", "pv": 2], ["key": "europe", "pv": 2],
                ])
            #expect(
                try await objects(console, "views", "top", "--by", "region", "--split") == [
                    ["key": "asia", "pv": 1], ["key": "europe", "pv": 1],
                ])
            let later = ["views", "top", "--by", "section", "--published", "2019"]
            #expect(await console.run(["--format", "jsonl"] + later, input: []).out.isEmpty)
            #expect(
                try await objects(console, "views", "sources") == [
                    ["source": "direct", "known_by": "direct", "visits": 1, "bounces": 0, "pv": 3]
                ])
            #expect(try await objects(console, "views", "utm").isEmpty)
            let more = try write(folder, "more.log", line("18/May/2025:10:00:00", path))
            _ = try await objects(console, "views", "import", more, "--site", "example.org")
            // Three views by two: nothing is lost in halves.
            #expect(
                try await objects(console, "views", "top", "--by", "author", "--split") == [
                    ["key": "ann-example", "pv": 2], ["key": "bob-example", "pv": 1],
                ])
            #expect(await console.run("views", "top", "--by", "section", "--split").exit == 64)
            #expect(await console.run("views", "top", "--by", "content", "--published", "2026").exit == 64)
            #expect(await console.run("views", "sources", "--limit", "0").exit == 64)
        }
    }

    @Test func anArticleOnTwoPathsThatDifferByASlashIsCountedOnce() async throws {
        try await withDesk { _, console, folder in
            let posts = folder + "/posts"
            try FileManager.default.createDirectory(atPath: posts, withIntermediateDirectories: true)
            _ = try write(
                posts, "2024-01-05-dam.md",
                "---\ntitle: The dam\npermalink: /dam/\nredirect_from:\n  - /dam\n---\nText.\n")
            let imported = await console.run("article", "import", posts)
            try #require(imported.exit == 0, "\(imported.err)")
            let log = try write(folder, "access.log", line("17/May/2025:10:00:00", "/dam/"))
            _ = try await objects(console, "views", "import", log, "--site", "example.org")
            let top = try await objects(console, "views", "top", "--by", "article")
            #expect(top == [["key": "dam", "pv": 1]])
        }
    }

    @Test func whatAGzUnpacksToIsNeverHeldAsAWhole() async throws {
        try await withDesk { test, console, folder in
            let plain = try write(folder, "plain.log", line("17/May/2025:10:00:00"))
            let first = try write(folder, "first.log", line("17/May/2025:11:00:00"))
            let bomb = folder + "/bomb.gz"
            // 300 MiB of one line without end, and no newline: 1.4 MB packed.
            let script = #"""
                (cat "$3"; head -c 314572800 /dev/zero | tr '\0' a) | gzip -1 > "$2"
                for log in "$1" "$2"; do
                    python3 -c 'if True:
                        import subprocess, resource, sys
                        subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
                        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
                    ' masthead --as admin@example.org views import "$log" || exit 1
                done
                """#
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script, "sh", plain, bomb, first]
            process.environment = [
                "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_SHARE": packageFolder, "MASTHEAD_HOME": "/nowhere",
                "PATH": Program.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let kibibytes = printed.split(separator: "\n").compactMap { Int($0) }
            try #require(kibibytes.count == 2, "\(printed)")
            #expect(kibibytes[1] - kibibytes[0] < 64 * 1_024, "\(kibibytes)")
            let rejected = try await objects(console, "views", "rejected")
            #expect(rejected.map { $0["lines"] } == [1], "\(rejected)")
        }
    }

    @Test func aProgramKilledAtAnyMomentLosesAndDoublesNothing() async throws {
        try await withDesk { test, console, folder in
            let log = folder + "/access.log"
            let made = Process()
            made.executableURL = URL(fileURLWithPath: "/bin/sh")
            made.arguments = [
                "-c", "'\(Program.path)' demo log --lines 12000 --seed 5 --start 2025-03-01 > '\(log).whole'",
            ]
            try made.run()
            made.waitUntilExit()
            let lines = try String(contentsOfFile: log + ".whole", encoding: .utf8).split(separator: "\n")
            try #require(lines.count == 12_000)
            var usual = Duration.zero
            for step in 0...200 {
                let part = lines.prefix(max(1, step) * 60).joined(separator: "\n") + "\n"
                try part.write(toFile: log, atomically: true, encoding: .utf8)
                let process = Process()
                process.executableURL = URL(fileURLWithPath: Program.path)
                process.arguments = ["--as", "admin@example.org", "views", "import", log]
                process.environment = [
                    "MASTHEAD_DATABASE_URL": test.appURL, "MASTHEAD_SHARE": packageFolder, "MASTHEAD_HOME": "/nowhere",
                ]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                let begun = ContinuousClock.now
                try process.run()
                if step == 0 {
                    // How long a run takes here and now that nobody kills.
                    process.waitUntilExit()
                    usual = ContinuousClock.now - begun
                    continue
                }
                // Not a wait for something to happen: the moment of the kill is the point.
                try await Task.sleep(for: usual * Double.random(in: 0.1...1.5))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                // The machine may be slower or faster than it was a moment ago: some kills shall come in time, some late.
                usual = usual * (process.terminationReason == .exit ? 0.85 : 1.05)
            }
            let before = try await objects(console, "views", "import", log)[0]
            #expect(
                (before["lines"]?.integer ?? 0) - (before["new_lines"]?.integer ?? 0) > 60,
                "some that were killed had committed")
            _ = try await objects(console, "views", "import", log)
            let killed = try await objects(console, "views", "report", "--by", "day")
            let tops = try await objects(console, "views", "top", "--limit", "100")
            try await withDesk { _, calm, _ in
                let report = try await objects(calm, "views", "import", log)[0]
                #expect(report["new_lines"] == 12_000)
                #expect(try await objects(calm, "views", "top", "--limit", "100") == tops)
                let undisturbed = try await objects(calm, "views", "report", "--by", "day")
                func figures(_ lines: [[String: JSON]]) -> [[JSON?]] {
                    // Visitors are estimated under salts of each database's own.
                    lines.map { [$0["period"], $0["pv"], $0["visits"], $0["bounces"]] }
                }
                #expect(figures(undisturbed) == figures(killed))
            }
        }
    }
}
