import Testing

@testable import Audience

/// Checks 14 and 18: what a line comes to.
struct LineTests {
    private func outcome(_ line: String, latest: Int64 = 4_000_000_000) throws -> Outcome? {
        var plan = try plan(latest: latest)
        plan.maximumLineBytes = 4_096
        return try outcome(Array(line.utf8), plan)
    }

    private func outcome(_ line: [UInt8], _ plan: ScanPlan) throws -> Outcome? {
        var tally = Tally(plan)
        line.withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        for code in 0..<Outcome.count {
            for bucket in 0..<(tally.outcomes.count / Outcome.count)
            where tally.outcomes[bucket * Outcome.count + code] == 1 {
                return Outcome(code: UInt8(code))
            }
        }
        return nil
    }

    @Test(arguments: ["200", "203", "304"])
    func answeredPagesAreViews(status: String) throws {
        #expect(try outcome(logLine(status: status)) == Outcome(ViewClass.human))
    }

    @Test(arguments: ["100", "201", "204", "206", "301", "302", "307", "400", "403", "404", "410", "500", "503", "999"])
    func anyOtherStatusIsExcluded(status: String) throws {
        #expect(try outcome(logLine(status: status)) == Outcome(ExclusionRule.status))
    }

    @Test(arguments: ["HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PROPFIND"])
    func anyOtherMethodIsExcluded(method: String) throws {
        #expect(try outcome(logLine(request: "\(method) /a HTTP/1.1")) == Outcome(ExclusionRule.method))
    }

    @Test func theFirstRuleThatFailsIsTheOneThatIsNamed() throws {
        let post404 = logLine(request: "POST /a.css HTTP/1.1", status: "404", after: " \"prefetch\"")
        #expect(try outcome(post404) == Outcome(ExclusionRule.method))
        let get404 = logLine(request: "GET /a.css HTTP/1.1", status: "404", after: " \"prefetch\"")
        #expect(try outcome(get404) == Outcome(ExclusionRule.status))
        let prefetch = logLine(request: "GET /a.css HTTP/1.1", after: " \"prefetch;prerender\"")
        #expect(try outcome(prefetch) == Outcome(ExclusionRule.prefetch))
        let sheet = logLine(request: "GET /a.css HTTP/1.1", agent: "curl/8")
        #expect(try outcome(sheet) == Outcome(ExclusionRule.route))
    }

    @Test(arguments: [
        "/a.css", "/a.CSS", "/a.png?x=1.html", "/x/y.jpeg#top", "/api", "/api/v1", "/admin/", "/feed", "/feed/rss",
        "/.well-known/security", "//feed//x", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/%66eed",
    ])
    func whatIsNoContentIsExcludedByItsRoute(path: String) throws {
        #expect(try outcome(logLine(request: "GET \(path) HTTP/1.1")) == Outcome(ExclusionRule.route))
    }

    @Test(arguments: [
        "/", "/a", "/a.html", "/feedback", "/apiary", "/administrator", "/v1.2/notes", "/a.css/",
        "http://example.org/a",
        "/a?x=b.css", "/2026/05/17",
    ])
    func whatIsContentCounts(path: String) throws {
        #expect(try outcome(logLine(request: "GET \(path) HTTP/1.1")) == Outcome(ViewClass.human))
    }

    @Test(arguments: [
        ("30/Feb/2026:10:00:00 +0000", RejectReason.time), ("31/Feb/2026:10:00:00 +0000", .time),
        ("29/Feb/2025:10:00:00 +0000", .time), ("01/Jan/2026:24:00:00 +0000", .time),
        ("01/Jan/2026:10:60:00 +0000", .time), ("01/Jan/2026:10:00:60 +0000", .time),
        ("01/Jan/2026:10:00:00 +9999", .time), ("01/Jan/2026:10:00:00 +1460", .time),
        ("01/Xyz/2026:10:00:00 +0000", .time), ("00/Jan/2026:10:00:00 +0000", .time),
        ("01/Jan/0000:10:00:00 +0000", .time), ("01/Jan/2026 10:00:00 +00000", .time),
        ("01-Jan-2026:10:00:00 +0000", .time), ("aa/Jan/2026:10:00:00 +0000", .time),
    ])
    func timesThatDontExistAreRejected(time: String, reason: RejectReason) throws {
        #expect(try outcome(logLine(time)) == Outcome(reason))
    }

    @Test func theLeapDayExists() throws {
        #expect(try outcome(logLine("29/Feb/2024:23:59:59 -1200")) == Outcome(ViewClass.human))
    }

    @Test func aLineMoreThanADayAheadIsRejected() throws {
        // 2026-05-17T10:05:03Z
        let time: Int64 = 1_779_012_303
        #expect(try outcome(logLine(), latest: time) == Outcome(ViewClass.human))
        #expect(try outcome(logLine(), latest: time - 1) == Outcome(RejectReason.future))
    }

    @Test(arguments: [
        ("\n", RejectReason.empty), ("\r\n", .empty), ("nonsense\n", .format), ("GET / HTTP/1.1\n", .format),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000\n", .time),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1 200 1\n", .quote),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 1 \"-\" \"x\n", .quote),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 1 \"-\n", .quote),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 1 \"-\"\n", .format),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200\n", .format),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 x\n", .format),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 0 1\n", .status),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 000 1\n", .status),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 1000 1\n", .status),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"\" 400 1 \"-\" \"-\"\n", .request),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"-\" 408 1 \"-\" \"-\"\n", .request),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"\\x16\\x03\\x01\\x02\" 400 1 \"-\" \"-\"\n", .request),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET  HTTP/1.1\" 200 1 \"-\" \"-\"\n", .request),
        ("192.0.2.1 - - [17/May/2026:10:05:03 +0000] \"GET /a b\" 200 1 \"-\" \"-\"\n", .request),
    ])
    func brokenLinesAreRejectedWithTheirReason(line: String, reason: RejectReason) throws {
        #expect(try outcome(line) == Outcome(reason))
    }

    @Test func bytesThatAreNoTextAreTakenAsTheyCome() throws {
        let plan = try plan()
        var line = Array(logLine(request: "GET /a~b HTTP/1.1").utf8)
        let place = try #require(line.firstIndex(of: 0x7e))
        for byte: UInt8 in [0x00, 0x07, 0x80, 0xff, 0xc3] {
            line[place] = byte
            #expect(try outcome(line, plan) == Outcome(ViewClass.human))
        }
        #expect(try outcome([0x16, 0x03, 0x01, 0x00, 0xff, 0x0a], plan) == Outcome(RejectReason.format))
        #expect(try outcome([UInt8](repeating: 0, count: 100) + [0x0a], plan) == Outcome(RejectReason.format))
    }

    @Test func quotesInsideAFieldAreEscapedByABackslash() throws {
        let quoted = logLine(referrer: "http://x.example/?q=\\\"a\\\"", agent: browser + " \\\\")
        #expect(try outcome(quoted) == Outcome(ViewClass.human))
        #expect(try outcome(logLine(agent: browser + " \\")) == Outcome(RejectReason.quote))
    }

    @Test func commonAndVirtualHostFormsAreUnderstood() throws {
        let common = "192.0.2.1 - frank [17/May/2026:10:05:03 +0000] \"GET /a HTTP/1.0\" 200 2326\n"
        #expect(try outcome(common) == Outcome(ViewClass.human))
        #expect(try outcome("example.org:443 " + logLine()) == Outcome(ViewClass.human))
        #expect(try outcome(logLine().replacing("- - [", with: "- mary ann [")) == Outcome(ViewClass.human))
        #expect(try outcome("[2001:db8::1] " + logLine().dropFirst(10)) == Outcome(ViewClass.human))
        #expect(try outcome(logLine().replacing("\n", with: "\r\n")) == Outcome(ViewClass.human))
        #expect(try outcome(logLine(request: "GET /a")) == Outcome(ViewClass.human))
    }

    @Test func aLineLongerThanAllowedIsOneRejection() throws {
        let long = logLine(request: "GET /" + String(repeating: "a", count: 5_000) + " HTTP/1.1")
        #expect(try outcome(long) == Outcome(RejectReason.tooLong))
    }

    @Test func samplesOfRejectedLinesHoldNobodysAddressOrAgent() throws {
        var tally = Tally(try plan())
        let line = Array("203.0.113.77 - alice [x] \"GET /?mail=alice@example.com\" SecretAgent/7.1\n".utf8)
        line.withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        let sample = String(decoding: try #require(tally.samples.values.first), as: UTF8.self)
        for secret in ["203", "113", "77", "alice", "Secret", "7.1"] { #expect(!sample.contains(secret)) }
        #expect(sample.utf8.count <= 200)
    }
}
