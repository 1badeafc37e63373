import Access
import Fundraising
import Journal
import Postgres
import TestDatabase
import Testing
import Values

/// The donation form as thieves of cards meet it, and as an honest donor does.
struct CheckoutTests {
    private static let key = [UInt8](repeating: 7, count: 32)

    private func token(_ books: Books, _ number: Int, ageSeconds: Int64 = 60) async throws -> String {
        let now = try await books.app.read { try $0.one("SELECT now()") { try $0.next(Timestamp.self) } }
        return Self.token(number, madeAt: now.adding(seconds: -ageSeconds))
    }

    private static func token(_ number: Int, madeAt: Timestamp) -> String {
        let nonce = (0..<FormToken.nonceLength).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 8))) }
        return FormToken(nonce: nonce, madeAt: madeAt, key: key).description
    }

    private func attempt(
        _ token: String, from address: String = "198.51.100.7", _ email: String = "ann@example.org",
        _ amount: String = "25.00", _ fields: [String: String] = [:]
    ) throws -> GivingAttempt {
        var attempt = GivingAttempt(
            token: token, address: address, email: try EmailAddress(email),
            amount: try Money(parsing: amount, currency: Currency("USD")))
        attempt.fields = fields
        return attempt
    }

    private func admit(_ books: Books, _ attempt: GivingAttempt) async throws -> AdmitAttempt.Decision {
        try await books.app.transaction { try AdmitAttempt(attempt, key: Self.key).perform($0) }
    }

    private func limit(_ books: Books, _ body: (inout LimitCheckout.Change) throws -> Void) async throws {
        var change = LimitCheckout.Change()
        try body(&change)
        _ = try await books.app.transaction { [change] db in
            try LimitCheckout(change, by: books.actor(db)).perform(db)
        }
    }

    // MARK: Card testing

    /// 18,000 attempts of one dollar from one address under 850 e-mails, on eight connections; an honest donor comes by
    /// again and again. The last thing before a processor would be called is the decision.
    @Test func stolenCardsAreTriedInVainWhileAnHonestDonorGetsThroughInUnderASecond() async throws {
        try await withBooks { books in
            let now = try await books.app.read { try $0.one("SELECT now()") { try $0.next(Timestamp.self) } }
            let (attempts, hands) = (18_000, 8)
            // The storm takes a whole node's connections; the donor comes by another. All are open before it begins:
            // opening them isn't what is measured.
            let donors = books.test.database(books.test.appURL)
            defer { Task { await donors.close() } }
            try await donors.read { _ = try $0.run("SELECT 1") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<hands {
                    group.addTask { try await books.app.read { _ = try $0.run("SELECT pg_sleep(0.5)") } }
                }
                try await group.waitForAll()
            }
            let calls = try await withThrowingTaskGroup(of: Int.self) { group in
                for hand in 0..<hands {
                    group.addTask {
                        var admitted = 0
                        for number in stride(from: hand, to: attempts, by: hands) {
                            let stolen = try self.attempt(
                                Self.token(number, madeAt: now), from: "203.0.113.66",
                                "card\(number % 850)@example.com", "1.00")
                            if try await self.admit(books, stolen) == .admitted { admitted += 1 }
                        }
                        return admitted
                    }
                }
                group.addTask {
                    var waits: [Duration] = []
                    for number in 0..<20 {
                        let honest = try self.attempt(
                            Self.token(1_000_000 + number, madeAt: now), from: "198.51.100.\(number)",
                            "honest\(number)@example.org")
                        let clock = ContinuousClock()
                        let began = clock.now
                        let decision = try await donors.transaction {
                            try AdmitAttempt(honest, key: Self.key).perform($0)
                        }
                        #expect(decision == .admitted)
                        waits.append(clock.now - began)
                    }
                    // The middle one: a hiccup of the machine is no queue behind the thieves.
                    #expect(waits.sorted()[10] < .seconds(1))
                    return 0
                }
                return try await group.reduce(0, +)
            }
            #expect(calls == 0)
            // The whole storm is two rows, and neither the address nor an e-mail is among them.
            #expect(try await books.count("fundraising.attempt_count WHERE kind = 'block'") == 2)
            let contents = try await books.contents()
            #expect(!contents.contains("203.0.113") && !contents.contains("card1@example.com"))
            #expect(!contents.contains("198.51.100") && !contents.contains("honest1@example.org"))
        }
    }

    /// With forms of ours and amounts that pass, it is the counts that hold: whoever comes at once, never more than that.
    @Test func noMoreComeFromOneBlockThanItsLimit() async throws {
        try await withBooks { books in
            try await limit(books) { ($0.perBlock, $0.perEmail) = (9, 4) }
            let now = try await books.app.read { try $0.one("SELECT now()") { try $0.next(Timestamp.self) } }
            func admitted(_ count: Int, _ make: @escaping @Sendable (Int) throws -> GivingAttempt) async throws -> Int {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<count {
                        group.addTask { try await self.admit(books, make(number)) == .admitted ? 1 : 0 }
                    }
                    return try await group.reduce(0, +)
                }
            }
            #expect(
                try await admitted(60) { number in
                    try self.attempt(
                        Self.token(number, madeAt: now), from: "203.0.113.\(number)", "a\(number)@example.com")
                } == 9)
            // The same in IPv6: the networks of one customer are one block; the neighbour's isn't in it.
            let ofCustomer = try await admitted(60) { number in
                try self.attempt(
                    Self.token(100 + number, madeAt: now), from: "2001:db8:1:2\(number + 10)::1",
                    "b\(number)@example.com")
            }
            #expect(ofCustomer == 9)
            #expect(
                try await admit(
                    books, attempt(Self.token(190, madeAt: now), from: "2001:db8:1:300::1", "n@example.com"))
                    == .admitted)
            // One e-mail from many addresses.
            #expect(
                try await admitted(30) { number in
                    try self.attempt(Self.token(200 + number, madeAt: now), from: "10.\(number).0.1", "C@example.com")
                } == 4)
            let status = try await books.app.read { try CheckoutStatus.load($0) }
            #expect(status.blocksRefused >= 1 && status.pausedUntil == nil)
        }
    }

    // MARK: Forms

    @Test func aFormIsSentOnceAndInTime() async throws {
        try await withBooks { books in
            let form = try await token(books, 1)
            #expect(try await admit(books, attempt(form)) == .admitted)
            #expect(try await admit(books, attempt(form)) == .refused(.formUsed))
            let old = try await token(books, 2, ageSeconds: 2 * 3_600)
            #expect(try await admit(books, attempt(old)) == .refused(.formExpired))
            let early = try await token(books, 3, ageSeconds: -600)
            #expect(try await admit(books, attempt(early)) == .refused(.formExpired))
            try await limit(books) { $0.tokenMinutes = 1 }
            let slow = try await token(books, 4, ageSeconds: 61)
            #expect(try await admit(books, attempt(slow)) == .refused(.formExpired))
        }
    }

    @Test func aFormThatIsNotOursToTheLetterIsRefused() async throws {
        let (key, made) = (Self.key, Timestamp(seconds: 1_764_590_400))
        let good = FormToken(nonce: Array(0..<16), madeAt: made, key: key).description
        #expect(FormToken(good, key: key)?.madeAt == made)
        #expect(FormToken(good, key: [UInt8](repeating: 8, count: 32)) == nil)
        // Every byte counts, and none may be added or left out.
        let bytes = Array(good.utf8)
        for place in bytes.indices {
            for other in "0afF.x ".utf8 where other != bytes[place] {
                var changed = bytes
                changed[place] = other
                let text = String(decoding: changed, as: UTF8.self)
                // A hexadecimal digit in capitals is the same byte, and still another letter.
                #expect(FormToken(text, key: key).map(\.description) != good || text.lowercased() == good, "\(text)")
            }
        }
        for text in ["", ".", "..", good + "0", "0" + good, "+" + good, String(good.dropLast()), good + "." + good] {
            #expect(FormToken(text, key: key) == nil, "\(text)")
        }
        // The code is HMAC-SHA-256 as an independent program has it:
        // python3 -c "import hmac;print(hmac.new(b'\x07'*32,b'form 1764590400 '+bytes(range(16)),'sha256').hexdigest())"
        #expect(good.hasSuffix("037c985ac574614ebd6d502a47ef864a5fcf9f0a8f0a8063a78a6fb047450860"))
    }

    // MARK: Numbers

    @Test func aCardsNumberInAnyFieldIsRefusedAndKeptNowhere() async throws {
        try await withBooks { books in
            for (place, number) in [
                "4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005",
                "my 6011111111111117!",
            ].enumerated() {
                let form = try await token(books, place)
                for fields in [["name": number], ["note": "pay " + number], ["tribute": "for \(number) you"]] {
                    guard
                        case .refused(.confidential(let field)) = try await admit(
                            books, attempt(form, "ann@example.org", "25.00", fields))
                    else {
                        Issue.record("\(fields.keys) was taken")
                        continue
                    }
                    #expect(fields.keys.contains(field))
                }
                #expect(
                    try await admit(books, attempt(form, "ann@example.org", "25.00", [number: "x"]))
                        == .refused(.confidential(field: "…")))
            }
            let inAddress = try attempt(try await token(books, 50), "4242424242424242@example.org")
            #expect(try await admit(books, inAddress) == .refused(.confidential(field: "email")))
            #expect(
                try await admit(
                    books,
                    attempt(
                        token(books, 51), "ann@example.org", "25.00", ["note": String(repeating: "a", count: 4_001)]))
                    == .refused(.oversized))
            #expect(try await !books.contents().contains("4242"))
            // A phone number and a date are none.
            let honest = ["phone": "+1 212 555 0199", "note": "since 2019-03-01, 4242 4242 4242 4241"]
            #expect(try await admit(books, attempt(token(books, 52), "ann@example.org", "25.00", honest)) == .admitted)
        }
    }

    @Test func lessThanTheLeastIsRefusedByCurrency() async throws {
        try await withBooks { books in
            let usd = try Currency("USD")
            try await limit(books) { $0.least = try Money(parsing: "3.00", currency: usd) }
            #expect(
                try await admit(books, attempt(token(books, 1), "ann@example.org", "2.99"))
                    == .refused(.belowLeast(try Money(parsing: "3.00", currency: usd))))
            #expect(try await admit(books, attempt(token(books, 2), "ann@example.org", "3.00")) == .admitted)
            var yen = try attempt(try await token(books, 3))
            yen.amount = Money(minor: 299, currency: try Currency("JPY"))
            #expect(
                try await admit(books, yen)
                    == .refused(.belowLeast(Money(minor: 300, currency: try Currency("JPY")))))
            yen.amount = Money(minor: 199, currency: try Currency("SEK"))
            guard case .refused(.belowLeast) = try await admit(books, yen) else {
                Issue.record("an unnamed currency has no least")
                return
            }
            for change in [
                { $0.perBlock = 0 }, { $0.failurePercent = 101 }, { $0.pauseMinutes = -1 }, { $0.tokenMinutes = 1_441 },
            ] as [(inout LimitCheckout.Change) -> Void] {
                await #expect(throws: ValueError.self) { try await self.limit(books, change) }
            }
        }
    }

    // MARK: The breaker

    private func outcome(_ books: Books, _ outcome: RecordOutcome.Outcome) async throws -> Timestamp? {
        try await books.app.transaction { try RecordOutcome(outcome).perform($0) }
    }

    @Test func whenTooMuchFailsNobodyIsLetThroughUntilItClosesOrSomebodyResumes() async throws {
        try await withBooks { books in
            try await limit(books) { ($0.fewestOutcomes, $0.failurePercent) = (10, 60) }
            for _ in 0..<4 { _ = try await outcome(books, .succeeded) }
            for number in 0..<5 { #expect(try await outcome(books, .failed) == nil, "\(number)") }
            // Six of ten.
            let until = try #require(try await outcome(books, .failed))
            #expect(try await admit(books, attempt(token(books, 1))) == .refused(.paused(until: until)))
            // What fails meanwhile doesn't make it longer.
            #expect(try await outcome(books, .failed) == nil)
            let status = try await books.app.read { try CheckoutStatus.load($0) }
            #expect(status.pausedUntil == until && status.timesPaused == 1)

            // By itself, when its time is over; what opened it doesn't open it again.
            let passes: SQL =
                "UPDATE fundraising.attempt_breaker SET open_until = now() - interval '1 second'"
            try await books.app.transaction { _ = try $0.run(passes) }
            #expect(try await admit(books, attempt(token(books, 2))) == .admitted)
            #expect(try await outcome(books, .failed) == nil)

            // Or by somebody's word.
            try await books.app.transaction { db in
                _ = try db.run(
                    "UPDATE fundraising.attempt_breaker SET open_until = now() + interval '1 hour'")
            }
            await #expect(throws: AccessError.self) {
                try await books.app.transaction { _ = try ResumeCheckout(by: books.actor($0, .auditor)).perform($0) }
            }
            let resumed = try await books.app.transaction { try ResumeCheckout(by: books.actor($0)).perform($0) }
            #expect(resumed.pausedUntil == nil && resumed.failed == 0)
            #expect(try await admit(books, attempt(token(books, 3))) == .admitted)
        }
    }

    @Test func mostlyGoodOutcomesNeverOpenTheBreaker() async throws {
        try await withBooks { books in
            try await limit(books) { ($0.fewestOutcomes, $0.failurePercent) = (10, 60) }
            for _ in 0..<9 { #expect(try await outcome(books, .failed) == nil) }
            for _ in 0..<31 { #expect(try await outcome(books, .succeeded) == nil) }
            for _ in 0..<30 { #expect(try await outcome(books, .failed) == nil) }
        }
    }

    // MARK: Addresses

    /// PostgreSQL reads the same addresses its own way.
    @Test func blocksAreThoseThatPostgreSQLReads() async throws {
        var random = SeededRandom(seed: 5)
        var texts = [
            "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::", "2001:DB8:0:0:8:800:200C:417A", "fe80::1",
            "64:ff9b::192.0.2.33", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        ]
        for _ in 0..<300 {
            texts.append((0..<4).map { _ in String(UInt8.random(in: 0...255, using: &random)) }.joined(separator: "."))
            let groups = (0..<8).map { _ in String(UInt16.random(in: 0...0xffff, using: &random), radix: 16) }
            texts.append(groups.joined(separator: ":"))
            let (front, back) = (Int.random(in: 0...5, using: &random), Int.random(in: 0...1, using: &random))
            texts.append(
                groups.prefix(front).joined(separator: ":") + "::" + groups.suffix(back).joined(separator: ":"))
        }
        try await withBooks { [texts] books in
            for text in texts {
                let bytes = try await books.app.read { db in
                    try db.one("SELECT substr(inet_send(\(text)::text::inet), 5)") { try $0.next([UInt8].self) }
                }
                #expect(try AddressBlock(text).prefix == Array(bytes.prefix(bytes.count == 4 ? 3 : 7)), "\(text)")
            }
        }
        #expect(try AddressBlock("::ffff:203.0.113.9") == AddressBlock("203.0.113.200"))
        #expect(try AddressBlock("fe80::1%eth0") == AddressBlock("fe80::2"))
        for text in [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4:80", "[::1]", ":", ":::", "1::2::3", "12345::",
            "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1.2.3.4::", "+1.2.3.4", "١.2.3.4", "1:2:3:4:5:6:7:8::",
        ] { #expect(throws: ValueError.self, "\(text)") { try AddressBlock(text) } }
    }
}
