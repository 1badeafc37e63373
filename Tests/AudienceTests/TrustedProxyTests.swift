import Testing
import Values

@testable import Audience

/// Checks 20 and 21: who asked, where proxies stand between.
struct TrustedProxyTests {
    private func scanned(_ line: String, _ proxies: [String]) throws -> Tally {
        var plan = try plan()
        plan.proxies = try TrustedPeers(proxies)
        var tally = Tally(plan)
        Array(line.utf8).withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        return tally
    }

    /// As whom the reader of a line is counted.
    private func visitor(_ line: String, _ proxies: [String] = ["10.0.0.0/8", "2001:db8::/32"]) throws -> UInt64 {
        let tally = try scanned(line, proxies)
        try #require(tally.events.count == 1)
        return tally.events[0].visitor
    }

    private func line(_ peer: String, _ forwarded: String? = nil) -> String {
        logLine(address: peer, after: forwarded.map { " \"\($0)\"" } ?? "")
    }

    @Test func aHeaderFromAnybodyElseIsIgnored() throws {
        let alone = try visitor(line("198.51.100.1"))
        for forged in ["203.0.113.9", "10.0.0.1", "203.0.113.9, 198.51.100.1", "-", "x"] {
            #expect(try visitor(line("198.51.100.1", forged)) == alone)
        }
        // Nobody is trusted where nobody was named.
        #expect(try visitor(line("10.0.0.1", "203.0.113.9"), []) == visitor(line("10.0.0.1"), []))
    }

    @Test(arguments: [
        "203.0.113.9", "203.0.113.9, 10.0.0.2", "1.1.1.1, 203.0.113.9", "1.1.1.1,203.0.113.9,10.9.9.9 ,  10.0.0.2",
        "203.0.113.9:4711", "::ffff:203.0.113.9", "junk, 203.0.113.9", "203.0.113.9, ", "203.0.113.9, 2001:db8:1::7",
    ])
    func fromATrustedProxyTheRightmostHopThatIsntOursCounts(forwarded: String) throws {
        let reader = try visitor(line("203.0.113.9"))
        #expect(try visitor(line("10.0.0.1", forwarded)) == reader)
        #expect(try visitor(line("::ffff:10.0.0.1", forwarded)) == reader)
    }

    @Test func aHeaderAsLongAsALineStillEndsWithWhatOurProxyWrote() throws {
        let long = String(repeating: "1.1.1.1, ", count: 2_000) + "203.0.113.9"
        #expect(try visitor(line("10.0.0.1", long)) == visitor(line("203.0.113.9")))
        #expect(
            try TrustedPeers(["10.0.0.1"]).client(peer: "10.0.0.1", forwarded: long) == "203.0.113.9")
    }

    @Test func whatNamesNobodyLeavesTheProxy() throws {
        let proxy = try visitor(line("10.0.0.1"))
        for forwarded in ["-", "unknown", "1.1.1.1, unknown", "_hidden", "1.1.1.1, 203.0.113.9.evil.example"] {
            #expect(try visitor(line("10.0.0.1", forwarded)) == proxy)
        }
        #expect(try visitor(line("10.0.0.1", "10.0.0.7, 10.0.0.8")) == visitor(line("10.0.0.7")))
    }

    /// What a reader sends in another header that is logged can't stand for its address.
    @Test func onlyTheFieldRightBehindTheAgentIsTheHeader() throws {
        let proxy = try visitor(line("10.0.0.1"))
        #expect(try visitor(logLine(address: "10.0.0.1", after: " \"-\" \"203.0.113.9\"")) == proxy)
        #expect(try visitor(logLine(address: "10.0.0.1", after: " 0.005 \"203.0.113.9\"")) == proxy)
        #expect(try visitor(logLine(address: "10.0.0.1", after: " \"203.0.113.9")) == proxy)
    }

    @Test func theSameHoldsForJSON() throws {
        func json(_ peer: String, _ forwarded: String?, _ more: String = "") -> String {
            let header = forwarded.map { #", "http_x_forwarded_for": "\#($0)""# } ?? ""
            return
                #"{"time_local": "17/May/2026:10:05:03 +0000", "remote_addr": "\#(peer)", "request": "GET /a HTTP/1.1", "#
                + #""status": 200, "http_user_agent": "\#(browser)"\#(header)\#(more)}"# + "\n"
        }
        let reader = try visitor(line("203.0.113.9"))
        #expect(try visitor(json("203.0.113.9", nil)) == reader)
        #expect(try visitor(json("10.0.0.1", "1.1.1.1, 203.0.113.9")) == reader)
        #expect(try visitor(json("203.0.113.9", "198.51.100.1")) == reader)
        #expect(try visitor(json("10.0.0.1", nil, #", "http_purpose": "203.0.113.9""#)) == visitor(line("10.0.0.1")))
    }

    @Test(arguments: ["http_sec_purpose", "http_purpose", "http_x_purpose", "http_x_moz", "request_Purpose"])
    func fetchingAheadIsKnownInJSONByEachOfItsHeaders(name: String) throws {
        let text =
            #"{"ts": 1779012303, "remote_addr": "192.0.2.1", "request": "GET /a HTTP/1.1", "status": 200, "#
            + #""http_user_agent": "\#(browser)", "\#(name)": "prefetch", "http_x_forwarded_for": "192.0.2.2"}"# + "\n"
        let tally = try scanned(text, ["10.0.0.1"])
        let code = (0..<tally.outcomes.count).first { tally.outcomes[$0] == 1 }.map { UInt8($0 % Outcome.count) }
        #expect(code == Outcome(ExclusionRule.prefetch).code)
        #expect(tally.events.count == 0)
    }

    @Test func theRuleIsExplainedAndTheAddressIsNot() throws {
        var plan = try plan()
        plan.proxies = try TrustedPeers(["10.0.0.0/8"])
        var explainer = LineExplainer(plan)
        func rule(_ line: String) -> AddressRule? { explainer.explain(Array(line.dropLast().utf8)).addressRule }
        #expect(rule(line("198.51.100.1", "203.0.113.9")) == .peer)
        #expect(rule(line("10.0.0.1", "203.0.113.9")) == .forwarded)
        #expect(rule(line("10.0.0.1", "10.0.0.2")) == .proxy)
        #expect(rule(line("10.0.0.1")) == .proxy)
        #expect(rule("hello\n") == nil)
        let explanation = explainer.explain(Array(line("10.0.0.1", "203.0.113.9").dropLast().utf8))
        #expect(!"\(explanation)".contains("203.0"))
    }
}
