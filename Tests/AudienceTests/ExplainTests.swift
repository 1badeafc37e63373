import Foundation
import Postgres
import TestDatabase
import Testing
import Values

@testable import Audience

/// How a line is explained: what is said of it is what a scan does with it.
struct ExplainTests {
    private func explain(_ line: String, _ plan: ScanPlan) -> LineExplanation {
        var explainer = LineExplainer(plan)
        return explainer.explain(Array(line.dropLast().utf8))
    }

    @Test func aPageViewIsExplainedFieldByField() throws {
        let explanation = explain(
            logLine(
                "01/Mar/2026:00:30:00 +0200",
                request: "GET /A%6d//b/?utm_source=Letter&utm_campaign=spring&gclid=1#x HTTP/1.1",
                referrer: "https://www.Example.net/story"), try plan(offset: { _ in 3_600 }))
        #expect(explanation.result == .counted(.human, pattern: nil))
        #expect(explanation.counts)
        // 00:30 two hours east of Greenwich is 22:30Z, 23:30 by a clock one hour east: the last hour of February.
        #expect(explanation.time == (try Timestamp(iso8601: "2026-02-28T22:30:00Z")))
        #expect(explanation.bucket == (try Timestamp(iso8601: "2026-02-28T22:00:00Z")))
        #expect(explanation.day == (try LocalDate("2026-02-28")))
        #expect(explanation.request?.key == "/Am/b")
        #expect(explanation.request?.status == 200)
        #expect(explanation.origin?.kind == .campaign)
        #expect(explanation.origin?.name == "letter")
        #expect(explanation.origin?.utm == ["utm_source": "Letter", "utm_campaign": "spring"])
        #expect(explanation.origin?.clickId == "gclid")
        #expect(explanation.origin?.referrer == "example.net")
    }

    @Test(arguments: [
        ("POST /a HTTP/1.1", "500", ExclusionRule.method, nil), ("GET /a.css HTTP/1.1", "404", .status, nil),
        ("GET /a/Style.CSS?v=2 HTTP/1.1", "200", .route, ".css"), ("GET /admin/x HTTP/1.1", "200", .route, "/admin"),
        ("GET /robots.txt HTTP/1.1", "200", .route, ".txt"), ("GET * HTTP/1.1", "200", .route, nil),
    ])
    func theRuleThatDecidedIsNamed(request: String, status: String, rule: ExclusionRule, route: String?) throws {
        let explanation = explain(logLine(request: request, status: status), try plan())
        #expect(explanation.result == .excluded(rule, route: route))
        #expect(!explanation.counts)
    }

    @Test func thePatternThatMatchedIsNamedAndTheOneFurthestUpDecides() throws {
        var plan = try plan()
        plan.bots = try BotList(parsing: "preview\tLinkCard\ndeclared_bot\t<bot>\n")
        let both = explain(logLine(agent: "Mozilla/5.0 (bot; linkcard/1.0)"), plan)
        #expect(both.result == .counted(.preview, pattern: "linkcard"))
        let one = explain(logLine(agent: "Mozilla/5.0 (Some-Bot 1.0)"), plan)
        #expect(one.result == .counted(.declaredBot, pattern: "<bot>"))
        #expect(explain(logLine(agent: "-"), plan).result == .counted(.emptyAgent, pattern: nil))
        #expect(explain(logLine(agent: "strange"), plan).result == .counted(.heuristic, pattern: nil))
    }

    @Test func whatCantBeReadHasItsReasonAndNoRequest() throws {
        let plan = try plan(latest: 1_700_000_000)
        #expect(explain("\n", plan).result == .rejected(.empty))
        #expect(explain("hello\n", plan).result == .rejected(.format))
        #expect(explain("hello\n", plan).request == nil)
        #expect(explain(logLine("31/Feb/2020:10:00:00 +0000"), plan).result == .rejected(.time))
        let future = explain(logLine(), plan)
        #expect(future.result == .rejected(.future))
        #expect(future.time == (try Timestamp(iso8601: "2026-05-17T10:05:03Z")))
        #expect(future.bucket == nil)
    }

    /// Line by line the explanations come to what the scan of the whole file comes to, keys included.
    @Test func explainingEveryLineOfALogGivesTheCountsOfItsScan() throws {
        let folder = try TemporaryFolder()
        var all = lines(of: try madeLog(lines: 3_000, seed: 77))
        for index in stride(from: 5, to: all.count, by: 41) { all[index].removeFirst(37) }
        let plan = try plan()
        let path = try folder.write("access.log", all.flatMap { $0 })
        let batch = try #require(try LogScan(plan, [try LogSource(path: path, plan: plan)]).batch(limit: .max))

        var explainer = LineExplainer(plan)
        var rejected: [RejectReason: Int] = [:]
        var excluded: [ExclusionRule: Int] = [:]
        var classes: [ViewClass: Int] = [:]
        var pages: [String: Int] = [:]
        for line in all {
            let explanation = explainer.explain(Array(line.dropLast()))
            switch explanation.result {
            case .rejected(let reason): rejected[reason, default: 0] += 1
            case .excluded(let rule, _): excluded[rule, default: 0] += 1
            case .counted(let kind, _):
                classes[kind, default: 0] += 1
                #expect(explanation.agent?.kind == kind)
                if kind == .human, let key = explanation.request?.key { pages[key, default: 0] += 1 }
            }
        }
        #expect(rejected == batch.rejected)
        #expect(excluded == batch.excluded)
        #expect(classes == batch.classes)
        var counted: [String: Int] = [:]
        for cell in batch.cells where cell.kind == ViewClass.human.rawValue {
            counted[batch.contents[cell.content].path, default: 0] += Int(cell.views)
        }
        #expect(pages == counted)
    }
}

/// Check 1 in the database: what was left out adds up, with what was shown, to all lines.
struct LineAccountingTests {
    @Test func everyLineOfAPeriodHasOneEndAndTheEndsAddUp() async throws {
        let folder = try TemporaryFolder()
        let agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
        let text =
            logLine("30/Apr/2026:23:59:59 +0000") + logLine("01/May/2026:00:00:00 +0000")
            + logLine("01/May/2026:00:10:00 +0000", request: "HEAD /a HTTP/1.1")
            + logLine("01/May/2026:00:11:00 +0000", status: "404")
            + logLine("01/May/2026:00:12:00 +0000", request: "GET /a.js HTTP/1.1")
            + logLine("01/May/2026:00:13:00 +0000", agent: agent)
            + logLine("01/May/2026:00:14:00 +0000", request: "broken") + "192.0.2.9 secret words\n"
        let path = try folder.write("access.log", text)
        try await withTestDatabase { test in
            try await expect(8, in: path, test.app)
            let month = try Period("2026-05")
            let (all, may, rejected, rejectedInMay) = try await test.app.read { db in
                (
                    try LineAccounting().lines(db), try LineAccounting(site: "example.org", in: month).lines(db),
                    try RejectedLines().lines(db), try RejectedLines(in: month).lines(db)
                )
            }
            #expect(all.reduce(0) { $0 + $1.lines } == 8)
            #expect(
                may.map { "\($0.kind) \($0.word) \($0.lines)" } == [
                    "class human 1", "class declared_bot 1", "excluded method 1", "excluded status 1",
                    "excluded route 1", "rejected request 1",
                ])
            #expect(Set(rejected.map(\.reason)) == ["format", "request"])
            #expect(rejectedInMay.map(\.reason) == ["request"])
            let format = try #require(rejected.first { $0.reason == "format" })
            #expect(format.sample == "000.0.0.0 aaaaaa aaaaa")
            #expect(format.first == nil)
        }
    }

    @Test func sharesAreRoundedToTheHundredthOfAPercent() {
        #expect(LineAccounting.percent(1, of: 3) == "33.33")
        #expect(LineAccounting.percent(2, of: 3) == "66.67")
        #expect(LineAccounting.percent(5_000, of: 5_000) == "100.00")
        #expect(LineAccounting.percent(863, of: 5_000) == "17.26")
        #expect(LineAccounting.percent(1, of: 20_000) == "0.01")
        #expect(LineAccounting.percent(0, of: 0) == nil)
    }
}
