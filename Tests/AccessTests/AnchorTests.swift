import Journal
import Postgres
import TestDatabase
import Testing
import Values

struct AnchorTests {
    private func text(_ anchor: AuditAnchor) -> String { anchor.lines().joined(separator: "\n") + "\n" }

    @Test func anAnchorReadsBackAsItWasWritten() async throws {
        try await withTestDatabase { test in
            try await test.append(Subject(.gift, 2), rows: 2)
            try await test.append(Subject(.article, 10), rows: 3)
            try await test.append(Subject(.article, 9), rows: 1)
            let anchor = try await test.anchor()
            #expect(anchor.lastID == 6)
            #expect(anchor.heads.map(\.subject.description) == ["article:9", "article:10", "gift:2"])
            #expect(anchor.heads.map(\.seq) == [1, 3, 2])
            #expect(try AuditAnchor(parsing: Array(text(anchor).utf8)) == anchor)
        }
    }

    @Test func anEmptyJournalHasAnAnchorToo() async throws {
        try await withTestDatabase { test in
            let anchor = try await test.anchor()
            #expect(anchor.heads == [])
            #expect(try AuditAnchor(parsing: Array(text(anchor).utf8)) == anchor)
            #expect(try await test.verify(anchor).isSound)
        }
    }

    @Test func anAnchorThatWasChangedIsRefused() async throws {
        try await withTestDatabase { test in
            try await test.append(Subject(.article, 9), rows: 2)
            try await test.append(Subject(.gift, 2), rows: 2)
            let whole = text(try await test.anchor())
            let lines = whole.split(separator: "\n").map(String.init)
            let changed = [
                "", "{}", "[]", "not json",
                whole.replacing("[\"article\",9,2", with: "[\"article\",9,1"),
                whole.replacing("[\"gift\",2", with: "[\"gift\",3"),
                whole.replacing("\"last_id\":4", with: "\"last_id\":5"),
                whole.replacing("\"version\":1", with: "\"version\":2"),
                lines[0], lines[..<2].joined(separator: "\n"),
                [lines[0], lines[2], lines[1]].joined(separator: "\n"),
                lines.joined(separator: "\n") + "\n" + lines[2],
            ]
            for text in changed {
                #expect(text != whole)
                #expect(throws: JournalError.self, "\(text)") { try AuditAnchor(parsing: Array(text.utf8)) }
            }
        }
    }
}
