import Testing

@testable import Audience

/// Check 19: the forms of one address are one key, and no others are.
struct ContentKeyTests {
    private func key(_ target: String) -> String { key(Array(target.utf8)) }

    private func key(_ target: [UInt8]) -> String {
        var keys = ContentKey()
        return target.withUnsafeBufferPointer { keys.normalised(ContentKey.path(ByteRange($0))).text }
    }

    @Test(arguments: [
        "/a/b", "/a/b/", "/a//b", "//a/b", "/a/b///", "/a/b?x=1", "/a/b/?utm_source=x", "/a/b#c", "/a/b?#", "/%61/b",
        "/a/%62", "http://example.org/a/b", "https://EXAMPLE.org:8443//a/b/", "HTTP://example.org/a/b?x",
    ])
    func formsOfOneAddressAreOneKey(target: String) { #expect(key(target) == "/a/b") }

    @Test(arguments: [
        ("/", "/"), ("", "/"), ("//", "/"), ("http://example.org", "/"), ("http://example.org?x", "/"),
        ("/a%2Fb", "/a%2Fb"), ("/a%2fb", "/a%2Fb"), ("/%7Euser", "/~user"), ("/a%", "/a%25"), ("/a%zz", "/a%25zz"),
        ("/caf%c3%a9", "/caf%C3%A9"), ("/%ff", "/%FF"), ("/a b", "/a%20b"), ("/a%20b", "/a%20b"), ("/A", "/A"),
        ("/x\\x22y", "/x%22y"), ("/x\\\"y", "/x%22y"), ("/a;v=1,2", "/a;v=1,2"), ("/a/../b", "/a/../b"),
        ("/%3Cscript%3E", "/%3Cscript%3E"), ("/<b>", "/%3Cb%3E"),
    ])
    func everythingElseKeepsWhatItMeans(target: String, expected: String) { #expect(key(target) == expected) }

    @Test func rawAndEncodedBytesAreTheSame() {
        #expect(key([0x2f, 0xc3, 0xa9]) == "/%C3%A9")
        #expect(key("/\\xC3\\xA9") == "/%C3%A9")
        #expect(key([0x2f, 0x00, 0xff]) == "/%00%FF")
    }

    @Test func keysArePlainTextWhateverCame() {
        for byte in UInt8.min ... .max {
            let key = key([0x2f, byte, 0x61])
            #expect(key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        }
    }
}

/// Checks 21 and 22, and where visits come from.
struct VisitorTests {
    private let hashKey = HashKey(low: 1, high: 2)

    private func address(_ text: String) -> Address {
        Array(text.utf8).withUnsafeBufferPointer { Address(ByteRange($0), key: hashKey) }
    }

    @Test func anAddressMappedIntoIPv6IsTheSameVisitor() {
        #expect(address("::ffff:1.2.3.4") == address("1.2.3.4"))
        #expect(address("::FFFF:102:304") == address("1.2.3.4"))
        #expect(address("1.2.3.4") != address("1.2.3.5"))
    }

    @Test func anIPv6AddressCountsByItsNetwork() {
        #expect(address("2001:db8:1:2:3:4:5:6") == address("2001:db8:1:2::1"))
        #expect(address("2001:db8:1:2::1") != address("2001:db8:1:3::1"))
        #expect(address("[2001:db8:1:2::1]") == address("2001:db8:1:2::9"))
    }

    @Test(arguments: ["1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", "host.example.org", "::1::", "12345::", "", "-"])
    func whatIsNoAddressIsToldApartByItsText(text: String) {
        #expect(address(text) == address(text))
        #expect(address(text) != address(text + "x"))
    }

    @Test func sipHashGivesThePublishedVectors() {
        // Aumasson and Bernstein's reference: key 00…0f, messages 00, 0001, … of growing length.
        let key = HashKey(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let message = (0..<15).map { UInt8($0) }
        let hashes = [0, 1, 8, 15].map { length in
            Array(message.prefix(length)).withUnsafeBufferPointer { SipHash.hash(ByteRange($0), key: key) }
        }
        #expect(hashes == [0x726f_db47_dd0e_0e31, 0x74f8_39c5_93dc_67fd, 0x93f5_f579_9a93_2462, 0xa129_ca61_49be_45e5])
        #expect(SipHash.hash128([], key: key).first == 0xe6a8_25ba_047f_81a3)
        #expect(SipHash.hash(0x0706_0504_0302_0100, key: key) == hashes[2])
    }

    @Test(arguments: [
        "Googlebot/2.1 (+http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.1; +https://openai.com/gptbot",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0)", "CCBot/2.0",
        "curl/8.5.0", "python-requests/2.31.0", "Go-http-client/1.1", "Wget/1.21", "", "-", "Java/17.0.1", "axios/1.6",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0", "Feedly/1.0", "UptimeRobot/2.0", "WhatsApp/2.23",
    ])
    func programsAreNoReaders(agent: String) throws { #expect(try bots().kind(of: agent) != .human) }

    @Test(arguments: [
        browser,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36 Edg/124.0 OPR/110.0",
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)",
        "Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16",
        "Lynx/2.8.9rel.1 libwww-FM/2.14",
    ])
    func ordinaryBrowsersAreReaders(agent: String) throws {
        #expect(try bots().kind(of: agent) == .human)
    }

    @Test func aListThatCantBeReadNamesItsLine() {
        #expect(throws: BotList.Malformed(line: 2, reason: "unknown class robot")) {
            try BotList(parsing: "# x\nrobot\tabc\n")
        }
        #expect(throws: BotList.Malformed(line: 1, reason: "no tab between class and pattern")) {
            try BotList(parsing: "monitor abc\n")
        }
    }

    private func source(_ query: String, _ referrer: String, site: String = "example.org") -> String {
        var landing = Landing()
        let (query, referrer, site) = (Array(query.utf8), Array(referrer.utf8), Array(site.utf8))
        return query.withUnsafeBufferPointer { query in
            referrer.withUnsafeBufferPointer { referrer in
                site.withUnsafeBufferPointer { site in
                    landing.source(query: ByteRange(query), referrer: ByteRange(referrer), site: ByteRange(site)).text
                }
            }
        }
    }

    @Test(arguments: [
        ("utm_source=Newsletter&ref=x", "https://www.google.com/", "unewsletter"),
        ("ref=blog", "https://t.co/", "rblog"),
        ("source=feed&gclid=1", "-", "rfeed"), ("x=1&gclid=abc", "https://www.google.com/", "cgoogle ads"),
        ("x=1", "https://www.Google.com/search?q=x", "hgoogle.com"),
        ("", "https://news.example.com:8080/x", "hnews.example.com"),
        ("", "-", ""), ("", "https://www.example.org/a", ""), ("", "http://EXAMPLE.org/a", ""), ("", "garbage", ""),
        ("utm_source=", "https://t.co/", "ht.co"), ("xutm_source=a", "-", ""),
        ("utm_source=The%20Letter+of%2FMay", "-", "uthe letter of/may"),
        ("utm_source=caf%C3%A9%0a%2", "-", "ucaf%c3%a9%0a%2"),
        ("utm_campaign=Spring&utm_source=letter&utm_medium=E-Mail", "-", "uletter\u{1f}e-mail\u{1f}spring"),
        ("utm_source=letter&utm_content=top&utm_campaign=", "-", "uletter\u{1f}\u{1f}\u{1f}\u{1f}top"),
        ("utm_source=letter&utm_medium=a%1fb\u{1f}", "-", "uletter\u{1f}a%1fb?"),
        ("utm_medium=email&utm_campaign=spring", "https://t.co/", "ht.co"), ("ref=x&utm_campaign=spring", "-", "rx"),
    ])
    func theSourceOfAViewIsTheFirstThatIsKnown(query: String, referrer: String, expected: String) {
        #expect(source(query, referrer) == expected)
    }
}
