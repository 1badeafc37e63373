import Testing
import Values

@testable import Editorial

struct FrontMatterTests {
    private func matter(_ text: String) throws -> FrontMatter { try FrontMatter(Array(text.utf8)) }

    @Test func fieldsAndTextAreToldApart() throws {
        let matter = try matter(
            "\u{FEFF}---\r\ntitle: \"A: b\"\r\ntags:\r\n- one\r\n- two\r\nimage:\r\n---\r\n\r\nText.\r\n---\r\nMore.\r\n"
        )
        #expect(matter.text("title") == "A: b")
        #expect(matter.texts("tags") == ["one", "two"])
        #expect(matter.text("image") == nil)
        #expect(matter.text("nothing") == nil)
        #expect(matter.body == "Text.\n---\nMore.\n")
    }

    @Test func oneAuthorAloneIsAListOfOne() throws {
        #expect(try matter("---\nauthors: ann\n---\n").texts("authors") == ["ann"])
    }

    @Test(arguments: [
        ("", "begin"), ("title: x", "begin"), ("---\ntitle: x\n", "closing"), ("---\n---\nText", "empty"),
        ("---\n- a\n- b\n---\n", "list of fields"), ("---\ntitle: [a\n---\n", "YAML"),
        ("---\ntitle: \"a\n---\n", "YAML"), ("---\na: b: c\n---\n", "YAML"), ("---\ntitle: a\0b\n---\n", "NUL"),
    ])
    func malformedFrontMatterSaysWhatIsWrong(_ text: String, _ word: String) {
        let error = #expect(throws: FrontMatter.Malformed.self) { try matter(text) }
        #expect(error?.reason.contains(word) == true, "\(String(describing: error))")
        #expect(error?.reason.contains("\n") == false)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: FrontMatter.Malformed.self) { try FrontMatter([0x2D, 0x2D, 0x2D, 0x0A, 0xFF, 0xFE]) }
    }
}

struct ImportDateTests {
    private func utc(_ text: String) throws -> Timestamp { try Timestamp(iso8601: text) }

    @Test(arguments: [
        ("2014-03-21T12:00:00-04:00", "2014-03-21T16:00:00Z", "2014-03-21"),
        ("2015-06-11 11:30:00 -4", "2015-06-11T15:30:00Z", "2015-06-11"),
        ("2015-12-17 12:00:00 -5", "2015-12-17T17:00:00Z", "2015-12-17"),
        ("2014-03-21 23:30:00 -0400", "2014-03-22T03:30:00Z", "2014-03-21"),
        ("2016-02-01T09:00Z", "2016-02-01T09:00:00Z", "2016-02-01"),
        ("2016-02-01 09:00:00 +05:30", "2016-02-01T03:30:00Z", "2016-02-01"),
    ])
    func anInstantIsKeptExactly(_ text: String, _ instant: String, _ day: String) throws {
        let date = try ImportDate(text)
        #expect(date.instant(in: try Zone.named("Asia/Tokyo")) == (try utc(instant)))
        #expect(date.writtenDay == (try LocalDate(day)))
    }

    @Test func aDayIsItsMidnightInThePublicationsZone() throws {
        let date = try ImportDate("2015-01-08")
        #expect(date.instant(in: try Zone.named("America/New_York")) == (try utc("2015-01-08T05:00:00Z")))
        #expect(date.instant(in: .utc) == (try utc("2015-01-08T00:00:00Z")))
    }

    @Test func aClockWithoutOffsetIsThePublications() throws {
        let date = try ImportDate("2015-07-08 09:15:00")
        #expect(date.instant(in: try Zone.named("America/New_York")) == (try utc("2015-07-08T13:15:00Z")))
    }

    @Test(arguments: ["", "yesterday", "2015-13-01", "2015-02-30", "2015-01-08x", "2015-01-08 25:00:00", "08.01.2015"])
    func whatIsNoDateIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try ImportDate(text) }
    }

    @Test func aFileNameMayBeginWithItsDay() throws {
        #expect(ImportDate(fileName: "2014-12-10-hack-night.md") == .day(try LocalDate("2014-12-10")))
        #expect(ImportDate(fileName: "about.md") == nil)
        #expect(ImportDate(fileName: "2014-13-10-x.md") == nil)
    }
}

struct TemplateTagsTests {
    @Test(arguments: [
        (#"a {% image "assets/x.png" "A dam" %} b"#, "a ![A dam](/assets/x.png) b"),
        (#"{% image_with_class "assets/x.png" "width-80px" "A [dam]" %}"#, #"![A \[dam\]](/assets/x.png)"#),
        (#"{% image "assets/x.png" "width-400px" "A graph" %}"#, "![A graph](/assets/x.png)"),
        (#"{% image "a.png" "Headline: "Big" news" %}"#, #"![Headline: "Big" news](/a.png)"#),
        (#"{% image "a.png" "" %}"#, "![](/a.png)"),
        (#"[x]({{ "/how-we-work/" | url }})"#, "[x](/how-we-work/)"), (#"{{ "noah" | team_link}}!"#, "noah!"),
        (#"{{ "https://v.example/e/1" | embed: "Title" }}"#, "https://v.example/e/1"),
        ("[x]({{ site.baseurl }}/a)", "[x](/a)"), ("{% raw %}{{ kept }} {% if %}{% endraw %}", "{{ kept }} {% if %}"),
        ("[x]({% post_url 2015-01-08-dam %})", "[x](/2015/01/08/dam/)"),
        ("[x]({% link _posts/2015-01-08-dam.md %})", "[x](/2015/01/08/dam/)"),
        ("[x]({% link about.md %})", "[x](/about/)"),
        ("{% highlight ruby %}\na\n{% endhighlight %}", "```ruby\na\n```"),
        ("no {tags} here, { {x} } or {", "no {tags} here, { {x} } or {"), ("{% never closed", "{% never closed"),
        ("é{%image \"a\" \"ü\"%}ß", "é![ü](/a)ß"),
    ])
    func knownTagsBecomeMarkdown(_ source: String, _ text: String) {
        let tags = TemplateTags(source)
        #expect(tags.text == text)
        #expect(tags.unknown == [])
    }

    @Test func unknownTagsAreTakenOutAndNamed() {
        let tags = TemplateTags("a {% include footer.html %}b{{ page.url }}c{{ \"x\" | money }}d")
        #expect(tags.text == "a bcd")
        #expect(tags.unknown == ["{% include footer.html %}", "{{ page.url }}", "{{ \"x\" | money }}"])
    }

    @Test func aFieldOfPlainTextLosesItsTagsAndKeepsItsWords() {
        #expect(PlainText.of("action <em>and</em> flexibility") == "action and flexibility")
        #expect(PlainText.of("<a href=\"http://x\">18th</a> &amp; F") == "18th & F")
        #expect(PlainText.of("a < b, 1 <3 and <") == "a < b, 1 <3 and <")
        #expect(PlainText.of("&amp;lt;") == "&lt;")
    }
}
