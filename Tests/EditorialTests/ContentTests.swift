import Editorial
import Testing
import Values

struct ContentTests {
    private func text(_ content: Content) -> String { String(decoding: content.canonical, as: UTF8.self) }

    @Test func theStoredFormIsSortedJSONWithoutSpaces() throws {
        var content = Content(title: "Dams \"here\"", dek: "Three", body: "One.\nTwo.\n", slug: try Slug("dams"))
        content.bylines = [.init(contributor: try Slug("ann-example"), name: "Ann Example")]
        content.images = [.init(placement: .lead, source: "/dam.png", alt: "A dam")]
        content.tags = ["water"]
        #expect(
            text(content)
                == #"{"body":"One.\nTwo.\n","bylines":[{"contributor":"ann-example","name":"Ann Example","#
                + #""role":"author"}],"dek":"Three","images":[{"alt":"A dam","placement":"lead","source":"/dam.png"}],"#
                + #""slug":"dams","tags":["water"],"title":"Dams \"here\"","version":1}"#)
    }

    @Test func everyFieldComesBack() throws {
        var content = Content(title: "T", dek: "D", body: "B", tags: ["a", "b"], slug: try Slug("t"))
        content.bylines = [
            .init(
                contributor: try Slug("ann-example"), role: "with", name: "Ann", title: "Editor", affiliation: "Here"),
            .init(contributor: try Slug("gus-guest"), name: "Gus"),
        ]
        content.images = [
            .init(placement: .inline, media: "00ff", source: "/a", alt: "b", caption: "c", credit: "d")
        ]
        content.teaser = "1"
        content.shortHeadline = "2"
        content.socialTitle = "3"
        content.socialText = "4"
        content.disclosure = "5"
        #expect(try Content(canonical: content.canonical).canonical == content.canonical)
        for word in ["Editor", "Here", "00ff", "\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"5\""] {
            #expect(text(content).contains(word))
        }
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"version":2,"title":"a","dek":"","body":"","bylines":[]}"#,
        #"{"version":1,"title":"a","dek":"","body":"","bylines":[],"extra":1}"#,
        #"{"version":1,"title":"a","dek":"","body":"","bylines":[{}]}"#,
    ])
    func aDocumentOfAnotherFormIsRefused(_ document: String) {
        #expect(throws: ValueError.self) { try Content(canonical: Array(document.utf8)) }
    }

    @Test func lineEndsAreThoseOfOneMachine() throws {
        let one = try Content(title: "t", body: "a\r\nb\rc\n\r\n").checked()
        #expect(Array(one.body.utf8) == Array("a\nb\nc\n\n".utf8))
    }

    @Test func whatCannotBeStoredIsRefusedByField() {
        for (content, field) in [
            (Content(title: " \n"), "title"), (Content(title: "a\0b"), "title"),
            (Content(title: "t", dek: "\0"), "dek"), (Content(title: "t", body: "a\0"), "body"),
            (Content(title: "t", body: String(repeating: "x", count: Content.longestBody + 1)), "body"),
            (Content(title: String(repeating: "x", count: 1_001)), "title"),
        ] {
            let error = #expect(throws: EditorialError.self) { try content.checked() }
            guard case .contentRefused(let name, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(name == field)
        }
    }

    @Test func twoWaysToWriteALetterAreTwoTexts() {
        #expect(Content(title: "e\u{301}").canonical != Content(title: "\u{e9}").canonical)
    }
}

struct DiffTests {
    @Test func equalTextsHaveNoDifference() {
        #expect(Diff.unified(from: "a\nb\n", to: "a\nb\n") == "")
        #expect(Diff.unified(from: "", to: "") == "")
    }

    @Test func aChangeShowsThreeLinesAround() {
        let old = (1...9).map { "line \($0)\n" }.joined()
        let new = old.replacing("line 5\n", with: "line five\n")
        #expect(
            Diff.unified(from: old, to: new)
                == "@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n")
    }

    @Test func changesFarApartAreTwoHunks() {
        let old = (1...20).map { "\($0)\n" }.joined()
        let new = "0\n" + old + "21\n"
        let diff = Diff.unified(from: old, to: new)
        #expect(diff.components(separatedBy: "@@ -").count == 3)
        #expect(diff.hasPrefix("@@ -1,3 +1,4 @@\n+0\n 1\n"))
        #expect(diff.hasSuffix(" 20\n+21\n"))
    }

    @Test func everyDifferenceLeadsFromOneTextToTheOther() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let old = (0..<Int.random(in: 0...12, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a"
            }
            let new = (0..<Int.random(in: 0...12, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a"
            }
            let diff = Diff.unified(
                from: old.map { "\($0)\n" }.joined(), to: new.map { "\($0)\n" }.joined())
            // With fewer than seven lines between changes there is one hunk; its kept and added lines are the new text.
            guard old != new else {
                #expect(diff.isEmpty)
                continue
            }
            let lines = diff.split(separator: "\n").filter { !$0.hasPrefix("@@") }
            let kept = lines.filter { $0.hasPrefix(" ") }.count
            let removed = lines.filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
            let added = lines.filter { $0.hasPrefix("+") }.map { $0.dropFirst() }
            #expect(kept + removed.count <= old.count)
            #expect(kept + added.count <= new.count)
            #expect(old.count - removed.count == new.count - added.count, "\(old) \(new)\n\(diff)")
        }
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
