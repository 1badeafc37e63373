import Access
import Editorial
import Postgres
import TestDatabase
import Testing
import Values

/// Mail from strangers, and what becomes of their offers.
struct PitchTests {
    private static func mail(_ lines: String...) -> [UInt8] { Array(lines.joined(separator: "\r\n").utf8) }

    @Test func aMailGivesItsSenderSubjectDateAndWords() throws {
        let message = try MailMessage(
            eml: Self.mail(
                "Return-Path: <bounce@example.net>", "From: =?UTF-8?Q?J=C3=BCrgen_Example?= <Jurgen@Example.org>",
                "Subject: =?utf-8?B?RGllIGxldHp0ZSBGw6Rocg==?=", " =?utf-8?Q?e=3A_a_pitch?=",
                "Date: Mon, 23 Nov 2026 09:05:00 -0500 (EST)", "Message-ID: <1@example.org>", "MIME-Version: 1.0",
                "Content-Type: multipart/mixed; boundary=\"out;er\"", "", "preamble", "--out;er",
                "Content-Type: multipart/alternative; boundary=inner", "", "--inner",
                "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "",
                "The ferry caf=E9 is=", " closing.", "--inner", "Content-Type: text/html", "", "<p>HTML</p>",
                "--inner--",
                "--out;er", "Content-Type: application/pdf; name=\"=?utf-8?Q?pl=C3=A4ne.pdf?=\"",
                "Content-Disposition: attachment", "Content-Transfer-Encoding: base64", "", "SGVsbG8=", "--out;er--", ""
            ))
        #expect(message.name == "Jürgen Example")
        #expect(message.email.text == "Jurgen@Example.org")
        #expect(message.subject == "Die letzte Fähre: a pitch")
        #expect(message.sentAt?.description == "2026-11-23T14:05:00Z")
        #expect(message.id == "<1@example.org>")
        #expect(message.text == "The ferry café is closing.\n")
        #expect(message.attachments.map(\.name) == ["pläne.pdf"])
        #expect(message.attachments.map(\.size) == [5])
    }

    @Test func wordsOfOldMailProgramsAreRead() throws {
        var bytes = Self.mail(
            "From: ann@example.org (Ann Example)", "Subject: a", "Content-Type: text/plain; charset=windows-1252", "",
            "")
        bytes += [0x93, 0x48, 0x69, 0x94, 0x20, 0x96, 0x20, 0x80]
        let message = try MailMessage(eml: bytes)
        #expect(message.text == "“Hi” – €\n")
        #expect(message.name == "Ann Example")
        let bare = try MailMessage(eml: Array("From: a@example.org\nSubject: x\n\nUnix line ends\n".utf8))
        #expect(bare.text == "Unix line ends\n")
    }

    @Test(arguments: [
        "Subject: nobody\r\n\r\nText", "", "\r\n\r\n", "From: \r\n\r\nText", "From: not an address\r\n\r\nx",
        "From: <>\r\n\r\nx", "\u{0}\u{0}binary",
    ])
    func aMailWithoutASenderIsRefused(text: String) {
        #expect(throws: EditorialError.self) { _ = try MailMessage(eml: Array(text.utf8)) }
    }

    @Test func hostileMailsEndQuicklyAndTidily() throws {
        let deep = (0..<400).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined()
        let nested = try MailMessage(eml: Array("From: a@example.org\r\n\(deep)".utf8))
        #expect(nested.text == "\n")
        let many =
            "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
            + String(repeating: "--x\r\nContent-Disposition: attachment; filename=a\r\n\r\nz\r\n", count: 5_000)
        #expect(try MailMessage(eml: Array(many.utf8)).attachments.count <= 200)
        let headers = "From: a@example.org\r\n" + String(repeating: "X: y\r\n", count: 20_000) + "\r\nText"
        #expect(try MailMessage(eml: Array(headers.utf8)).text == "Text\n")
        let folded = "From: a@example.org\r\nSubject: s\r\n" + String(repeating: " word\r\n", count: 50_000) + "\r\nT"
        #expect(try MailMessage(eml: Array(folded.utf8)).subject.count <= 900)
        let controls = "From: \"E\u{1b}[2Jve\" <a@example.org>\r\nSubject: a\u{7}b\r\n\r\nx\u{0}y\u{1b}z"
        let message = try MailMessage(eml: Array(controls.utf8.filter { $0 != 0 }))
        #expect(!message.name.unicodeScalars.contains("\u{1b}"))
        #expect(!message.text.unicodeScalars.contains("\u{1b}"))
        #expect(throws: EditorialError.mailRefused("it is larger than 25 MiB")) {
            _ = try MailMessage(eml: [UInt8](repeating: 65, count: MailMessage.longest + 1))
        }
    }

    private func add(_ desk: Desk, _ name: String = "editor", title: String = "The last ferry") async throws -> Pitch {
        try await desk.act(name) { db, actor in
            let message = try MailMessage(
                name: "Gus", email: EmailAddress("gus@example.net"), title: title, text: "It sails no more.")
            return try AddPitch(message, by: actor).perform(db)
        }
    }

    @Test func aPitchIsAcceptedOrDeclinedOnceAndTheMailHoldsNoAddress() async throws {
        try await withDesk { desk in
            let first = try await add(desk)
            let second = try await add(desk, title: "Another")
            let accepted = try await desk.act("editor") { db, actor in
                try AcceptPitch(first.id, section: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
            }
            #expect(accepted.article.title == "The last ferry")
            #expect(accepted.article.status == .pitch)
            let again = await refusal {
                try await desk.act("editor") { db, actor in
                    try DeclinePitch(first.id, template: Desk.slug("no-thanks"), by: actor).perform(db)
                }
            }
            #expect(again == .pitchDecided(first.id, .accepted))
            let unknown = await refusal {
                try await desk.act("editor") { db, actor in
                    try DeclinePitch(second.id, template: Desk.slug("rude"), by: actor).perform(db)
                }
            }
            #expect(unknown == .templateUnknown(Desk.slug("rude")))
            try await desk.act("editor") { db, actor in
                _ = try DeclinePitch(second.id, template: Desk.slug("no-thanks"), by: actor).perform(db)
                #expect(try Pitch.list(db, for: actor, limit: 10) == [])
            }
            let rows = try await desk.test.app.read { db in
                try db.rows("SELECT payload::text FROM journal.outbox WHERE type = 'pitch.declined'") {
                    try $0.next(String.self)
                }
            }
            #expect(rows == [#"{"template": "no-thanks"}"#])
        }
    }

    @Test func onlyWhoMayReadPitchesSeesThem() async throws {
        try await withDesk { desk in
            let pitch = try await add(desk)
            for name in ["writer", "freelance", "publisher", "copy", "fundraiser", "admin"] {
                await #expect(throws: AccessError.self, "\(name)") {
                    _ = try await desk.act(name) { db, actor in try Pitch.find(db, pitch.id, for: actor).title }
                }
                await #expect(throws: AccessError.self, "\(name)") {
                    _ = try await desk.act(name) { db, actor in try Pitch.list(db, for: actor, limit: 5).count }
                }
            }
            // One who edits books only doesn't take it into the world's section.
            await #expect(throws: AccessError.self) {
                _ = try await desk.act("bookeditor") { db, actor in
                    try AcceptPitch(pitch.id, section: Desk.slug("world"), kind: .reporting, by: actor).perform(db)
                        .article.id
                }
            }
        }
    }

    @Test func theSameMailIsTakenInOnce() async throws {
        try await withDesk { desk in
            let bytes = Self.mail("From: gus@example.net", "Subject: Ferry", "Message-ID: <7@example.net>", "", "Words")
            let first = try await desk.act("editor") { db, actor in
                try AddPitch(try MailMessage(eml: bytes), by: actor).perform(db).id
            }
            let again = await refusal {
                try await desk.act("editor") { db, actor in
                    try AddPitch(try MailMessage(eml: bytes), by: actor).perform(db)
                }
            }
            #expect(again == .pitchExists(first))
        }
    }
}
