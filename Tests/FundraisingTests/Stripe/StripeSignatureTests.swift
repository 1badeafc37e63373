import Foundation
import Fundraising
import Sodium
import TestDatabase
import Testing
import Values

struct StripeSignatureTests {
    private static let body = Array(#"{"id":"evt_1","object":"event"}"#.utf8)
    private static let now = StripeDesk.now
    private static let good = StripeDesk.signature(body)
    private static var code: String { String(good.split(separator: "=")[2]) }
    private static let time = "1770000000"

    private func refusal(
        _ header: String, body: [UInt8] = body, secrets: [String] = [StripeDesk.secret], now: Timestamp = now
    ) -> StripeSignature.Refusal? {
        do throws(StripeSignature.Refusal) {
            try StripeSignature.verify(header, body: body, secrets: secrets, now: now)
            return nil
        } catch { return error }
    }

    @Test func aSignatureOfTheBodyAsItCameIsBelieved() {
        #expect(refusal(Self.good) == nil)
        // Among others, after one of another scheme, and with the older of two secrets.
        #expect(refusal("t=\(Self.time),v0=00,v1=\(String(repeating: "0", count: 64)),v1=\(Self.code)") == nil)
        #expect(refusal(Self.good, secrets: ["whsec_new", StripeDesk.secret]) == nil)
    }

    @Test(arguments: [
        "", "t=", "t=1770000000", "v1=00", "t=soon,v1=00", "t=1770000000,v1=", "t=1770000000,v0=\(code)",
        "t=1770000000,t=1770000000,v1=\(code)", "t=1770000000;v1=\(code)", "t=+1770000000,v1=\(code)",
        "t=1770000000,v1=\(code.uppercased())", "T=1770000000,V1=\(code)", "t=1770000000,v1=zz",
    ])
    func aHeaderThatIsNoSignatureIsRefused(_ header: String) {
        #expect(refusal(header) == .malformed)
    }

    @Test func everyChangedByteIsFound() {
        for index in Self.body.indices {
            var changed = Self.body
            changed[index] ^= 1
            #expect(refusal(Self.good, body: changed) == .wrong)
        }
        #expect(refusal(Self.good, body: Self.body + [0x0A]) == .wrong)
        #expect(refusal(Self.good, secrets: ["whsec_other"]) == .wrong)
        #expect(refusal(Self.good, secrets: []) == .wrong)
        #expect(refusal(Self.good, secrets: [""]) == .wrong)
        #expect(refusal("t=1770000001,v1=\(Self.code)") == .wrong)
    }

    @Test(arguments: [(-301, true), (-300, false), (0, false), (300, false), (301, true)] as [(Int64, Bool)])
    func aSignatureIsBelievedForFiveMinutesEitherWay(_ seconds: Int64, _ isRefused: Bool) {
        let now = Self.now.adding(seconds: seconds)
        #expect(refusal(Self.good, now: now) == (isRefused ? .outOfTime(seconds: -seconds) : nil))
    }

    @Test func aTimeBeyondAllNumbersIsRefusedAndOverflowsNothing() {
        let time = "9223372036854775807"
        let code = Hex.text(
            HMACSHA256.code(for: Array("\(time).".utf8) + Self.body, key: Array(StripeDesk.secret.utf8)))
        guard case .outOfTime = refusal("t=\(time),v1=\(code)") else {
            Issue.record("believed")
            return
        }
    }

    @Test func aBodyThatIsNotUTF8CanBeSignedToo() {
        let body: [UInt8] = [0x7B, 0xFF, 0xFE, 0x7D]
        #expect(refusal(StripeDesk.signature(body), body: body) == nil)
    }

    /// The sender's own library against ours, over real bodies.
    @Test func whatTheStripePackageSignsIsAcceptedAndWhatIsTamperedWithIsNot() throws {
        guard let sharedData else { return print("skipped: ../shared/data isn't there") }
        let script = """
            import sys, time, json
            try:
                import stripe
            except ImportError:
                print("missing"); sys.exit(0)
            folder = sys.argv[1]
            import glob
            for name in sorted(glob.glob(folder + "/*.json")):
                body = open(name, encoding="utf-8").read()
                stamp = 1770000000
                code = stripe.WebhookSignature._compute_signature("%d.%s" % (stamp, body), "\(StripeDesk.secret)")
                print(name + "\\t" + "t=%d,v1=%s" % (stamp, code))
            """
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, sharedData + "/stripe"]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        if lines == ["missing"] { return print("skipped: the stripe package of PyPI isn't installed") }
        #expect(lines.count == 13)
        for line in lines {
            let parts = line.split(separator: "\t").map(String.init)
            var body = Array(try Data(contentsOf: URL(fileURLWithPath: parts[0])))
            #expect(refusal(parts[1], body: body) == nil)
            body[body.count / 2] ^= 1
            #expect(refusal(parts[1], body: body) == .wrong)
        }
    }
}
