import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// The past changed by whoever owns the tables, and what a walk over the chains makes of it.
struct TamperingTests {
    static let article = Subject(.article, 7)
    static let other = Subject(.article, 8)

    /// Two chains of five rows, one of which is then tampered with.
    private func withChains(_ body: (TestDatabase) async throws -> Void) async throws {
        try await withTestDatabase { test in
            try await test.append(Self.article, rows: 5)
            try await test.append(Self.other, rows: 5)
            try await body(test)
        }
    }

    /// Every column of a row is under its hash.
    @Test(arguments: [
        "facts = '{\"revision\": 99}'", "facts = '{\"revision\":3}'", "action = 'article.killed'",
        "at = at + interval '1 microsecond'", "via = 'web'", "os_user = 'somebody'", "account = 1",
        "previous = sha256('x')", "hash = sha256('x')", "id = 1000", "subject_id = 8, seq = 6",
    ])
    func anEditedRowIsFoundAndNamed(change: String) async throws {
        try await withChains { test in
            _ = try await test.addFirstAdmin()
            try await test.owner.transaction { db in
                try db.script("UPDATE journal.audit SET \(change) WHERE subject_id = 7 AND seq = 3")
            }
            let report = try await test.verify()
            #expect(!report.isSound)
            if change.hasPrefix("subject_id") {
                #expect(report.findings.contains(.missing(Self.article, seqs: 3...3)))
                #expect(report.findings.contains(.altered(Self.other, seq: 6)))
            } else if change.hasPrefix("hash") {
                #expect(report.findings == [.altered(Self.article, seq: 3), .unlinked(Self.article, seq: 4)])
            } else {
                #expect(report.findings == [.altered(Self.article, seq: 3)])
            }
        }
    }

    @Test func aRowWrittenAnewWithItsHashNoLongerCarriesTheNext() async throws {
        try await withChains { test in
            try await test.tamper(
                """
                UPDATE journal.audit AS a SET action = 'article.killed', hash = sha256(journal.audit_bytes(\
                a.id, a.subject_kind, a.subject_id, a.seq, a.previous, a.at, 'article.killed', a.account, a.via, \
                a.os_user, a.facts::text)) WHERE a.subject_id = 7 AND a.seq = 3
                """)
            #expect(try await test.verify().findings == [.unlinked(Self.article, seq: 4)])
        }
    }

    @Test func theLastRowWrittenAnewIsNotTheOneTheHeadNames() async throws {
        try await withChains { test in
            try await test.tamper(
                """
                UPDATE journal.audit AS a SET action = 'article.killed', hash = sha256(journal.audit_bytes(\
                a.id, a.subject_kind, a.subject_id, a.seq, a.previous, a.at, 'article.killed', a.account, a.via, \
                a.os_user, a.facts::text)) WHERE a.subject_id = 7 AND a.seq = 5
                """)
            #expect(try await test.verify().findings == [.headDiffers(Self.article, seq: 5)])
        }
    }

    @Test func rowsDeletedFromTheMiddleAreFoundAndNamed() async throws {
        try await withChains { test in
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7 AND seq IN (2, 3)")
            #expect(try await test.verify().findings == [.missing(Self.article, seqs: 2...3)])
        }
    }

    @Test func aRowDeletedAndTheRestMovedUpIsFound() async throws {
        try await withChains { test in
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7 AND seq = 2")
            try await test.tamper("UPDATE journal.audit SET seq = seq - 1 WHERE subject_id = 7 AND seq = 3")
            let findings = try await test.verify().findings
            #expect(findings.contains(.moved(Self.article, seq: 2, from: 3)))
            #expect(findings.contains(.missing(Self.article, seqs: 3...3)))
        }
    }

    @Test func rowsThatChangedPlacesAreFoundAndNamed() async throws {
        try await withChains { test in
            try await test.tamper("UPDATE journal.audit SET seq = 100 WHERE subject_id = 7 AND seq = 2")
            try await test.tamper("UPDATE journal.audit SET seq = 2 WHERE subject_id = 7 AND seq = 3")
            try await test.tamper("UPDATE journal.audit SET seq = 3 WHERE subject_id = 7 AND seq = 100")
            let findings = try await test.verify().findings
            #expect(findings.contains(.moved(Self.article, seq: 2, from: 3)))
            #expect(findings.contains(.moved(Self.article, seq: 3, from: 2)))
            #expect(findings.allSatisfy { $0.subject == Self.article })
        }
    }

    @Test func aRowAddedRoundTheFunctionIsFound() async throws {
        try await withChains { test in
            try await test.tamper(
                """
                INSERT INTO journal.audit (id, subject_kind, subject_id, seq, previous, hash, at, action, via, os_user, \
                facts) SELECT 1000, a.subject_kind, a.subject_id, 6, a.hash, sha256(journal.audit_bytes(1000, \
                a.subject_kind, a.subject_id, 6, a.hash, a.at, 'article.approved', NULL, 'cli', 'x', '{}')), a.at, \
                'article.approved', 'cli', 'x', '{}' FROM journal.audit AS a WHERE a.subject_id = 7 AND a.seq = 5
                """)
            #expect(try await test.verify().findings == [.beyondHead(Self.article, seqs: 6...6)])
        }
    }

    @Test func aTailDeletedUnderItsHeadIsFoundWithoutAnAnchor() async throws {
        try await withChains { test in
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7 AND seq > 3")
            #expect(try await test.verify().findings == [.tailMissing(Self.article, seqs: 4...5)])
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7")
            #expect(try await test.verify().findings == [.tailMissing(Self.article, seqs: 1...5)])
        }
    }

    @Test func aTailDeletedWithItsHeadIsFoundByTheAnchorOnly() async throws {
        try await withChains { test in
            let anchor = try await test.anchor()
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7 AND seq > 3")
            try await test.tamper(
                """
                UPDATE journal.audit_head AS h SET seq = 3, hash = a.hash FROM journal.audit AS a \
                WHERE h.subject_id = 7 AND a.subject_id = 7 AND a.seq = 3
                """)
            let blind = try await test.verify()
            #expect(blind.isSound)
            #expect(!blind.isAnchored, "it has to say that it couldn't see this")
            #expect(try await test.verify(anchor).findings == [.tailMissing(Self.article, seqs: 4...5)])
        }
    }

    @Test(arguments: [article, other])
    func aWholeSubjectDeletedIsFoundByTheAnchorOnly(subject: Subject) async throws {
        try await withChains { test in
            try await test.append(Subject(.gift, 1), rows: 2)
            let anchor = try await test.anchor()
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = \(subject.id)")
            try await test.tamper("DELETE FROM journal.audit_head WHERE subject_id = \(subject.id)")
            #expect(try await test.verify().isSound)
            #expect(try await test.verify(anchor).findings == [.subjectMissing(subject, seqs: 1...5)])
        }
    }

    @Test func aChainComputedAnewIsFoundByTheAnchorOnly() async throws {
        try await withChains { test in
            let anchor = try await test.anchor()
            try await test.tamper("DELETE FROM journal.audit WHERE subject_id = 7")
            try await test.tamper("DELETE FROM journal.audit_head WHERE subject_id = 7")
            try await test.owner.transaction { db in
                for _ in 1...6 { try Audit.append(db, Self.article, "article.killed", by: tester) }
            }
            #expect(try await test.verify().isSound)
            #expect(try await test.verify(anchor).findings == [.rewritten(Self.article, seq: 5)])
        }
    }

    @Test func whatIsAppendedAfterAnAnchorAgreesWithIt() async throws {
        try await withChains { test in
            let anchor = try await test.anchor()
            try await test.append(Self.article, rows: 3)
            try await test.append(Subject(.account, 1), rows: 1)
            let report = try await test.verify(anchor)
            #expect(report.findings == [])
            #expect(report.isAnchored)
            #expect(report.rows == 14)
        }
    }

    @Test func findingsAreCountedBeyondWhatIsListed() async throws {
        try await withTestDatabase { test in
            _ = try await test.owner.transaction { db in
                try db.run(
                    """
                    SELECT journal.append('article', n, 'article.saved', NULL, 'cli', 'x', '{}') \
                    FROM generate_series(1, 1200) AS n
                    """)
            }
            try await test.tamper("UPDATE journal.audit SET via = 'web'")
            let report = try await test.verify()
            #expect(report.findingCount == 1_200)
            #expect(report.findings.count == 1_000)
        }
    }
}
