import Foundation
import TestDatabase
import Testing
import Values

@testable import Audience

/// Check 4: what a server logs as JSON is counted as what it logs in the combined format.
struct JSONLineTests {
    /// Rewrites a combined log as each of three servers would have logged the same requests, by regular expressions and
    /// the standard library of another language.
    private static let writer = #"""
        import re, sys, json, datetime
        shape = re.compile(
            r'^(\S+) - - \[(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\] '
            r'"((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: "(.*)")?$')
        def plain(text):
            return re.sub(r'\\(["\\])', r'\1', text)
        form = sys.argv[2]
        for line in open(sys.argv[1], encoding='utf-8').read().split('\n')[:-1]:
            m = shape.match(line)
            at = datetime.datetime.strptime(' '.join(m.group(2, 3, 4, 5, 6, 7, 8)), '%d %b %Y %H %M %S %z')
            request, referrer, agent, purpose = plain(m[9]), plain(m[12]), plain(m[13]), m[14]
            method, uri, protocol = request.split(' ')
            if form == 'nginx':
                one = {'time_iso8601': at.isoformat(), 'remote_addr': m[1], 'remote_user': '', 'request': request,
                       'status': m[10], 'body_bytes_sent': 512, 'http_referer': '' if referrer == '-' else referrer,
                       'http_user_agent': '' if agent == '-' else agent}
                if purpose: one['http_sec_purpose'] = purpose
            elif form == 'caddy':
                headers = {'Accept': ['*/*', 'text/html']}
                if referrer != '-': headers['Referer'] = [referrer]
                if agent != '-': headers['User-Agent'] = [agent]
                if purpose: headers['Sec-Purpose'] = [purpose]
                one = {'level': 'info', 'ts': at.timestamp() + 0.25, 'logger': 'http.log.access', 'msg': 'handled request',
                       'request': {'remote_ip': m[1], 'remote_port': '41342', 'client_ip': m[1], 'proto': protocol,
                                   'method': method, 'host': 'elsewhere.example', 'uri': uri, 'headers': headers,
                                   'tls': {'resumed': False, 'version': 772}},
                       'bytes_read': 0, 'user_id': '', 'duration': 0.000929, 'size': 512, 'status': int(m[10]),
                       'resp_headers': {'Server': ['Caddy'], 'User-Agent': ['not this one']}}
            else:
                one = {'ClientAddr': m[1] + ':41342', 'ClientHost': m[1], 'DownstreamStatus': int(m[10]),
                       'RequestHost': 'elsewhere.example', 'RequestMethod': method, 'RequestPath': uri,
                       'RequestProtocol': protocol, 'StartLocal': 'x', 'entryPointName': 'web', 'level': 'info',
                       'StartUTC': at.astimezone(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.123456789Z'),
                       'request_Referer': None if referrer == '-' else referrer,
                       'time': (at + datetime.timedelta(seconds=5)).isoformat()}
                if agent != '-': one['request_User-Agent'] = agent
                if purpose: one['request_Sec-Purpose'] = purpose
            print(json.dumps(one, ensure_ascii=form == 'caddy'))
        """#

    private func form(_ line: String, isCompressed: Bool = false) -> String? {
        var json = JSONLine(.standard)
        return LogForm(Array(line.utf8)[...], &json, isCompressed: isCompressed)?.description
    }

    @Test func eachFormIsKnownFromItsLine() {
        let common = "192.0.2.1 - - [03/May/2026:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 9"
        #expect(form(common) == "common")
        #expect(form(common + " \"-\" \"Agent\"") == "combined")
        #expect(form("example.org:443 " + common, isCompressed: true) == "vhost common gz")
        let nginx = """
            {"time_iso8601":"2026-05-03T10:05:03+00:00","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":200}
            """
        #expect(form(nginx) == "nginx")
        let caddy = """
            {"ts":1777802703.5,"request":{"remote_ip":"192.0.2.1","method":"GET","host":"e.example","uri":"/a",\
            "headers":{}},"status":200}
            """
        #expect(form(caddy) == "caddy")
        let traefik = """
            {"ClientHost":"192.0.2.1","DownstreamStatus":200,"RequestMethod":"GET","RequestPath":"/a",\
            "StartUTC":"2026-05-03T10:05:03Z"}
            """
        #expect(form(traefik, isCompressed: true) == "traefik gz")
        #expect(form("{\"method\":\"GET\"}") == nil && form("") == nil && form("{") == nil)
    }

    /// A made log, and lines that are written differently in the two forms.
    private func combined() throws -> [UInt8] {
        var bytes = try madeLog(lines: 3_000, seed: 41)
        for line in [
            logLine("03/May/2026:10:05:03 +0000", request: #"GET /a?utm_source=\"x\"&q=1 HTTP/1.1"#),
            logLine("03/May/2026:12:05:03 +0200", request: #"GET /b\\c HTTP/1.1"#, agent: #"Odd \"Agent\" \\ 1.0"#),
            logLine("02/May/2026:23:05:03 -0330", request: "GET /straße HTTP/1.1", referrer: "https://a.example/ü"),
            logLine("03/May/2026:10:06:03 +0000", agent: "-"), logLine("03/May/2026:10:07:03 +0000", status: "404"),
            logLine("03/May/2026:10:08:03 +0000", request: "POST /a HTTP/1.1"),
            logLine("03/May/2026:10:09:03 +0000", request: "GET /smile\u{1f600} HTTP/1.1"),
            logLine("03/May/2026:10:10:03 +0000", after: " \"prefetch;prerender\""),
            logLine("03/May/2026:10:11:03 +0000", address: "2001:db8::1", referrer: "https://www.google.com/"),
        ] {
            bytes += Array(line.utf8)
        }
        return bytes
    }

    @Test(arguments: ["nginx", "caddy", "traefik"])
    func aLogAndItsTwinInJSONGiveIdenticalRollups(form: String) async throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("access.log", try combined())
        let script = try folder.write("twin.py", Self.writer)
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script, log, form]
        process.standardOutput = pipe
        try process.run()
        let json = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let twin = try folder.write("twin.log", json)
        try await withTestDatabase { first in
            let report = try await importer(first.app).run([log])[0]
            #expect(report.newLines == 3_009 && report.rejected.isEmpty && report.views > 500)
            try await withTestDatabase { second in
                let other = try await importer(second.app).run([twin])[0]
                #expect(other.newLines == 3_009 && other.rejected.isEmpty)
                #expect(try await rollups(second.app) == rollups(first.app))
                #expect(try await sketches(second.app) == sketches(first.app))
            }
        }
    }

    private func outcome(_ line: String, _ fields: JSONFields = .standard) throws -> Outcome? {
        var plan = try plan()
        plan.fields = fields
        var tally = Tally(plan)
        Array(line.utf8).withUnsafeBufferPointer { tally.scan(ByteRange($0)) }
        return (0..<tally.outcomes.count).first { tally.outcomes[$0] == 1 }
            .map { Outcome(code: UInt8($0 % Outcome.count)) }
    }

    private static let whole: [(String, String)] = [
        ("time_local", #""17/May/2026:10:05:03 +0000""#), ("remote_addr", #""192.0.2.1""#),
        ("request_method", #""GET""#), ("request_uri", #""/a""#), ("status", "200"),
        ("http_user_agent", "\"\(browser)\""),
    ]

    private func line(_ changed: [String: String?] = [:]) -> String {
        let known = Self.whole.map { ($0.0, changed[$0.0] ?? $0.1) }
        let new = changed.filter { key, _ in !Self.whole.contains { $0.0 == key } }.map { ($0.key, $0.value) }
        return "{"
            + (known + new).compactMap { key, value in value.map { "\"\(key)\": \($0)" } }.joined(separator: ", ")
            + "}\n"
    }

    @Test(arguments: [
        "1779012303", "1779012303.999", #""1779012303.123""#, "1779012303000", "1779012303000000",
        "1779012303000000000", #""2026-05-17T10:05:03Z""#, #""2026-05-17T15:35:03.5+05:30""#,
        #""2026-05-17T10:05:03+0000""#, #""17/May/2026:10:05:03 +0000""#,
    ])
    func aTimeIsReadHoweverItIsWritten(time: String) throws {
        var tally = Tally(try plan())
        let text = Array(line(["time_local": nil as String?, "ts": time]).utf8)
        let seconds = text.withUnsafeBufferPointer { buffer -> Int64 in
            tally.scan(ByteRange(buffer))
            var clock = LogTime()
            return clock.seconds(tally.line.time)
        }
        #expect(seconds == 1_779_012_303)
    }

    @Test(arguments: [
        ("", RejectReason.empty), ("{", .format), ("{]", .format), ("{\"a\":1", .format),
        ("{\"a\":1} x", .format), ("{\"a\" 1}", .format), ("{\"a\":}", .format), ("{\"a\":\"b}", .format),
        (String(repeating: "{\"a\":", count: 40), .format),
    ])
    func whatIsNoObjectIsNoLine(text: String, reason: RejectReason) throws {
        #expect(try outcome(text + "\n") == Outcome(reason))
    }

    @Test func whatIsMissingOrWrongIsRefusedForItsReason() throws {
        #expect(try outcome(line()) == Outcome(ViewClass.human))
        #expect(try outcome("{}\n")?.rejection != nil)
        for (name, value, reason) in [
            ("time_local", nil, RejectReason.time), ("time_local", "\"soon\"", .time), ("time_local", "-5", .time),
            ("time_local", "1e9", .time), ("time_local", "\"2026-13-01T00:00:00Z\"", .time),
            ("time_local", "\"2026-05-17T10:05:03\"", .time), ("time_local", "9223372036854775808000", .time),
            ("status", nil, .status), ("status", "true", .format), ("status", "42", .status),
            ("request_uri", nil, .request), ("request_method", "\"get\"", .request),
        ] as [(String, String?, RejectReason)] {
            let found = try outcome(line([name: value]))
            #expect(found == Outcome(reason), "\(name) \(value ?? "missing")")
        }
        // What can't stand in a log's words is left out, and never moves what follows it.
        #expect(try outcome(line(["remote_addr": #""1 - - [x] \"GET""#])) == Outcome(ViewClass.human))
        #expect(try outcome(line(["host": #""a b""#])) == Outcome(ViewClass.human))
        #expect(try outcome(line(["http_referer": #""\" 500 0 \"""#])) == Outcome(ViewClass.human))
        #expect(try outcome(line(["request_uri": #""/a\u0000\n\" 404 x""#])) == Outcome(ViewClass.human))
        #expect(try outcome(line(["request_uri": #""/a\ud83d""#])) == Outcome(ViewClass.human))
        #expect(try outcome(line(["request_uri": #""/style.css""#])) == Outcome(ExclusionRule.route))
    }

    /// The line of `line()` with more behind its last field.
    private func line(and more: String) -> String { String(line().dropLast(2)) + ", " + more + "}\n" }

    @Test(arguments: [
        #""status": 200"#, #""status": 404"#, #""time_local": "17/May/2026:10:05:03 +0000""#,
        #""http_referer": "a", "http_referer": "b""#,
    ])
    func aLineThatSaysOneThingTwiceIsRejected(again: String) throws {
        #expect(try outcome(line(and: again)) == Outcome(RejectReason.format))
    }

    @Test(arguments: [
        #""x": 1, "x": 2"#, #""ts": 5"#, #""a": [1, {"b": [[], {}, "]"]}], "c": null"#,
        #""request": {"headers": {"Referer": ["https://a.example/", "https://b.example/"]}}"#, #""note": "\q\x""#,
    ])
    func whatIsntReadIsPassedOver(more: String) throws {
        #expect(try outcome(line(and: more)) == Outcome(ViewClass.human))
    }

    @Test(arguments: [#"/a\q"#, #"/a\xZZ"#, #"/a\x1"#, #"/a\u12"#, #"/a\u12G4"#, #"/a\U0041"#])
    func anEscapeThatDoesntExistIsNoText(target: String) throws {
        #expect(try outcome(line(["request_uri": "\"\(target)\""])) == Outcome(RejectReason.format))
    }

    @Test func objectsInObjectsEndSomewhere() throws {
        let deep = String(repeating: "{\"a\":", count: 10) + "1" + String(repeating: "}", count: 10)
        #expect(try outcome(line(and: "\"a\": \(deep)")) == Outcome(ViewClass.human))
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let bomb = String(repeating: open, count: 5_000) + "1" + String(repeating: close, count: 5_000)
            #expect(try outcome(line(and: "\"a\": \(bomb)")) == Outcome(RejectReason.format))
        }
    }

    @Test func namesOfOnesOwnStandBeforeThoseThatAreKnown() throws {
        let fields = try JSONFields(
            parsing: "time=at,address=peer.ip,method=http.verb,target=http.path,status=http.code,agent=ua,purpose=why")
        let text = #"""
            {"at":1779012303,"peer":{"ip":"192.0.2.1"},"http":{"verb":"GET","path":"/mine","code":200},"ua":"\#(browser)",
            "status":404,"request_uri":"/theirs.css","request_method":"POST"}
            """#.replacing("\n", with: "") + "\n"
        #expect(try outcome(text, fields) == Outcome(ViewClass.human))
        #expect(try outcome(text)?.rejection != nil)
        let ahead = text.replacing("{\"at\"", with: "{\"why\":\"prefetch\",\"at\"")
        #expect(try outcome(ahead, fields) == Outcome(ExclusionRule.prefetch))
        // What isn't given a name keeps the known ones.
        #expect(try outcome(line(), JSONFields(parsing: "agent=nothing.like.it")) == Outcome(ViewClass.human))
    }

    @Test(arguments: ["", "address", "=x", "adress=x", "time=", "time=a,", "time=a,host=a", "time=a\"b", "time=a\\b"])
    func namesThatCantBeMeantAreRefused(text: String) {
        #expect(throws: ValueError.self) { try JSONFields(parsing: text) }
    }

    @Test func namesHaveABound() {
        #expect(throws: ValueError.self) { try JSONFields(parsing: "time=" + String(repeating: "a", count: 201)) }
        #expect(throws: ValueError.self) {
            try JSONFields(parsing: (0...100).map { "time=t\($0)" }.joined(separator: ","))
        }
    }

    @Test func theFormOfALogIsFoundFromItsFirstLineThatParses() throws {
        let folder = try TemporaryFolder()
        let plan = try plan()
        let common = #"192.0.2.1 - - [17/May/2026:10:05:03 +0000] "GET /a HTTP/1.0" 200 2326"# + "\n"
        let caddy =
            #"{"ts":1779012303.5,"request":{"client_ip":"192.0.2.1","method":"GET","uri":"/a"},"status":200}"# + "\n"
        let traefik =
            #"{"StartUTC":"2026-05-17T10:05:03Z","RequestMethod":"GET","RequestPath":"/a","#
            + #""DownstreamStatus":200}"# + "\n"
        let other = #"{"timestamp":1779012303,"method":"GET","uri":"/a","status":200}"# + "\n"
        for (text, form) in [
            (common, "common"), (logLine(), "combined"), ("example.org " + common, "vhost common"),
            ("example.org:80 " + logLine(), "vhost combined"), (line(), "nginx"), (caddy, "caddy"),
            (traefik, "traefik"), (other, "json"), ("rubbish\n{\n" + logLine(), "combined"),
        ] {
            let path = try folder.write("a.log", text)
            #expect(try LogSample.check(path, plan)?.description == form)
        }
        #expect(try LogSample.check(try folder.write("empty.log", ""), plan) == nil)
        let packed = try folder.write("b.log", logLine())
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", packed]
        try gzip.run()
        gzip.waitUntilExit()
        #expect(try LogSample.check(packed + ".gz", plan)?.description == "combined gz")
    }
}
