import Foundation
import Testing

@testable import Audience

/// Lists of crawlers as crawler-user-agents.json lays them out, and their expressions.
struct CrawlerListTests {
    private func matches(_ expression: String, _ agent: String) throws -> Bool {
        let expression = try AgentExpression(expression)
        return Array(agent.utf8).withUnsafeBufferPointer { expression.matches(ByteRange($0)) }
    }

    /// Forms that published lists use.
    @Test(arguments: [
        (#"Examplebot\/"#, "Examplebot/2.1", "Examplebot 2.1"), ("[wW]get", "Wget/1", "WGET/1"),
        ("Ads-Example([^-]|$)", "Ads-Example", "Ads-Example-Mobile"), ("^Crawl", "Crawl 1", "a Crawl"),
        (#"\(Example\)"#, "x (Example) y", "x Example y"), ("example.org", "example-org", "exampleorg"),
        ("(?:web|site) ?index", "site index", "webx index"), (#"bot\b"#, "a bot.", "botany"),
        (#"v\d+\.\d{2,3}$"#, "v1.234", "v1.2"), ("a{2}b", "xaab", "ab"), ("x+?y*z", "xz", "yz"),
        (#"[\w.-]+@[a-z]+\.example"#, "me.too@mail.example", "@mail.example"), ("[]x]y", "]y", "[y"),
        (#"\Bbot"#, "mybot", "bot"), ("é", "café", "cafe"), ("a{b", "a{b", "ab"), ("a|b{1,}c", "bbc", "c"),
    ])
    func anExpressionMatchesWhatItSays(expression: String, yes: String, no: String) throws {
        #expect(try matches(expression, yes))
        #expect(try !matches(expression, no))
    }

    /// Without `\B`, which that library lets match nowhere in an empty text. That library tries one way after another:
    /// an expression it can't end within a moment is left out.
    private static let oracle = #"""
        import re, sys, json, random, signal
        class TooLong(Exception): pass
        def give_up(*_): raise TooLong
        signal.signal(signal.SIGALRM, give_up)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        chance = random.Random(int(sys.argv[1]))
        def atom(depth):
            one = chance.randrange(12)
            if one < 5: return chance.choice('abAB/')
            if one == 5: return '.'
            if one == 6: return chance.choice(['[ab]', '[^a]', '[a-bA]', r'[\w]', '[^/]'])
            if one == 7: return chance.choice([r'\w', r'\W', r'\d', r'\s', r'\/'])
            if one == 8: return chance.choice(['^', '$', r'\b'])
            if depth > 3: return 'a'
            inside = '|'.join(run(depth + 1) for _ in range(chance.randrange(1, 4)))
            return chance.choice(['(', '(?:']) + inside + ')'
        def run(depth):
            text = ''
            for _ in range(chance.randrange(0, 5)):
                one = atom(depth)
                text += one
                if one not in ('^', '$', r'\b'):
                    text += chance.choice(['', '', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '+?'])
            return text
        made = 0
        while made < 300:
            text = run(0)
            try: compiled = re.compile(text, re.ASCII)
            except re.error: continue
            if compiled.search(''): continue
            agents = [''.join(chance.choice('abAB/ 1-') for _ in range(chance.randrange(1, 12))) for _ in range(8)]
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            try: found = [compiled.search(one) is not None for one in agents]
            except TooLong: continue
            finally: signal.setitimer(signal.ITIMER_REAL, 0)
            print(json.dumps([text, agents, found]))
            made += 1
        """#

    @Test func randomExpressionsMatchWhatAnotherLanguagesLibraryMatches() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("oracle.py", Self.oracle)
        let seed = Int.random(in: 0..<1_000_000)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script, "\(seed)"]
        process.standardOutput = pipe
        try process.run()
        let lines = pipe.fileHandleForReading.readDataToEndOfFile().split(separator: 0x0a)
        process.waitUntilExit()
        #expect(lines.count == 300)
        for line in lines {
            let row = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [Any])
            let text = try #require(row[0] as? String)
            let agents = try #require(row[1] as? [String])
            let expected = try #require(row[2] as? [Bool])
            #expect(try agents.map { try matches(text, $0) } == expected, "seed \(seed): \(text) on \(agents)")
        }
    }

    @Test(arguments: [
        "(", "a)", "[a", "*a", "+", "(?=a)b", "(?<!a)b", #"(a)\1"#, #"\p{L}x"#, "[z-a]", "a{200}b", "a{3,2}b", #"a\"#,
        "", "a*", "x|", "((a{100}){100}){100}",
    ])
    func whatCantBeUsedIsRefused(expression: String) {
        #expect(throws: AgentExpression.Malformed.self) { try AgentExpression(expression) }
    }

    /// Engines that try one way after another take 2^40 steps for this.
    @Test func noExpressionTakesMoreThanItsLengthTimesTheAgents() throws {
        #expect(try !matches("(a*)*(a|a)*(a|aa)+b", String(repeating: "a", count: 4_000)))
        #expect(throws: AgentExpression.Malformed.self) { try AgentExpression(String(repeating: "(", count: 900)) }
    }

    @Test func aListIsAskedBehindOurOwnAndGivesItsNameToWhatItFinds() throws {
        let own = try BotList(parsing: "preview\tlinkcard\nhuman\tfriendly\n")
        let file = #"""
            [{"pattern": "Odd-?Reader\\/[0-9]+", "url": "https://example.org/", "instances": ["Odd-Reader/1"]},
             {"pattern": "[lL]inkcard"}, {"pattern": "friendly"}, {"pattern": "^[A-Z]$"}]
            """#
        let both = own.adding(try CrawlerList(parsing: Array(file.utf8)))
        let asFirefox = { (more: String) in browser + " " + more }
        #expect(own.kind(of: asFirefox("OddReader/7")) == .human)
        #expect(both.verdict(of: asFirefox("OddReader/7")).kind == .declaredBot)
        #expect(both.verdict(of: asFirefox("OddReader/7")).pattern == #"Odd-?Reader\/[0-9]+"#)
        #expect(both.kind(of: asFirefox("oddreader/7")) == .human)
        #expect(both.kind(of: asFirefox("OddReader/x")) == .human)
        #expect(both.kind(of: asFirefox("Linkcard")) == .preview)
        #expect(both.kind(of: asFirefox("friendly")) == .human)
        #expect(both.kind(of: "X") == .declaredBot)
        #expect(both.count == 6 && both.expressionCount == 4)
        #expect(own.version != both.version)
        let again = own.adding(try CrawlerList(parsing: Array(file.utf8)))
        #expect(again.version == both.version)
        let other = own.adding(try CrawlerList(parsing: Array(file.replacing("friendly", with: "friends").utf8)))
        #expect(other.version != both.version)
    }

    @Test func everyPatternThatCantBeUsedIsNamedByItsNumber() {
        func problems(_ text: String) -> [CrawlerList.Problem] {
            do throws(CrawlerList.Malformed) {
                _ = try CrawlerList(parsing: Array(text.utf8))
                return []
            } catch { return error.problems }
        }
        let two = problems(#"[{"pattern": "good"}, {"pattern": "(?=x)"}, {"url": "x"}, {"pattern": "fine"}, 5]"#)
        #expect(two.map(\.number) == [2, 3, 5])
        #expect(two.first?.reason.contains("(?=x)") == true)
        for text in ["", "{}", "[", "5", "{\"pattern\": \"x\"}"] { #expect(problems(text).map(\.number) == [nil]) }
        #expect(problems("[]").isEmpty)
    }
}
