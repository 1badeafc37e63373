import Testing
import Values

@Suite struct NameTests {
    @Test(arguments: ["a", "election-2026", "0-9", "x1", String(repeating: "a", count: 100)])
    func aSlugIsLettersDigitsAndSingleHyphens(_ text: String) throws {
        #expect(try Slug(text).text == text)
    }

    @Test(arguments: [
        "", "A", "ä", "a b", "-a", "a-", "a--b", "a_b", "a/b", "2026", "a\n", "١٢a", String(repeating: "a", count: 101),
    ])
    func aSlugThatCouldBeMistakenIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try Slug(text) }
    }

    @Test(arguments: [
        ("The Mayor's Budget: What Changed?", "the-mayors-budget-what-changed"),
        ("Żółć at the Café — Part II", "zolc-at-the-cafe-part-ii"),
        ("Cafe\u{301} Straße", "cafe-strasse"), ("Don’t  panic", "dont-panic"), ("Đà Nẵng", "da-nang"),
        ("İstanbul", "istanbul"),
    ])
    func aTitleSuggestsItsSlug(_ title: String, _ slug: String) {
        #expect(Slug.derived(from: title)?.text == slug)
    }

    @Test(arguments: ["", "1984", "日本", "?!"])
    func aTitleWithoutUsableLettersSuggestsNone(_ title: String) {
        #expect(Slug.derived(from: title) == nil)
    }

    @Test func aLongTitleIsCutBetweenWords() throws {
        let title = Array(repeating: "budget", count: 30).joined(separator: " ")
        let slug = try #require(Slug.derived(from: title)).text
        #expect(slug.utf8.count == 97)
        #expect(slug.hasSuffix("-budget"))
        let word = String(repeating: "x", count: 150)
        #expect(Slug.derived(from: word)?.text == String(repeating: "x", count: 100))
    }

    @Test func anIdIsAPositiveNumberInPlainDigits() {
        enum Article {}
        #expect(ID<Article>(text: "12")?.rawValue == 12)
        for text in ["", "0", "-1", "+1", " 1", "1e1", "١", "9223372036854775808", "1.0"] {
            #expect(ID<Article>(text: text) == nil, "\(text)")
        }
    }

    @Test func anAddressKeepsItsSpellingAndMatchesByLowerCase() throws {
        let address = try EmailAddress("  Anna.Example@Example.ORG ")
        #expect(address.text == "Anna.Example@Example.ORG")
        #expect(address.folded == "anna.example@example.org")
        #expect(address == (try EmailAddress("anna.example@example.org")))
        #expect(Set([address, try EmailAddress("ANNA.EXAMPLE@EXAMPLE.ORG")]).count == 1)
    }

    @Test(arguments: ["a@b.co", "first+tag@sub.example.org", "o'neil@example.org", "jürgen@bücher.example"])
    func ordinaryAddressesAreTaken(_ text: String) throws {
        #expect(try EmailAddress(text).text == text)
    }

    @Test(arguments: [
        "", "a", "@example.org", "a@", "a@b", "a@@b.co", "a b@c.de", "a@b..co", "a@-b.co", ".a@b.co", "a..b@c.de",
        "a@b.co,c@d.ef", "<a@b.co>", "\"a b\"@c.de", "a@b.co\nBcc: x@y.zz", "a\u{202E}@b.co", "a@b_c.de",
        "a@[127.0.0.1]",
        String(repeating: "a", count: 65) + "@example.org",
    ])
    func whatIsNotAnAddressIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try EmailAddress(text) }
    }

    @Test func aLongValueIsCutInItsError() {
        let error = #expect(throws: ValueError.self) { try Slug(String(repeating: "é", count: 100_000)) }
        #expect((error?.description.utf8.count ?? 0) < 1_000)
    }

    @Test func aPageCursorReadsBackAndRefusesTampering() throws {
        for keys in [["a"], ["2026-01-01T00:00:00Z", "12"], ["é\"\\\n", "", "日本"], ["abcd"], ["abcde"]] {
            let cursor = PageCursor(keys: keys)
            #expect(try PageCursor(cursor.text).keys == keys)
            #expect(cursor.text.utf8.allSatisfy { $0 != UInt8(ascii: "=") && $0 > 0x20 && $0 < 0x7F })
        }
        for text in ["", "!", "AAAA", PageCursor(keys: ["a"]).text + "A", "W10", "eyJhIjoxfQ"] {
            #expect(throws: ValueError.self, "\(text)") { try PageCursor(text) }
        }
    }
}
