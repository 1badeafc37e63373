import Access
import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Who the donors are, that two are one, who may be named, and forgetting them.
struct DonorTests {
    private func refusal(_ body: () async throws -> Void) async throws -> FundraisingError? {
        do {
            try await body()
            return nil
        } catch let error as FundraisingError { return error }
    }

    // MARK: What is written down

    @Test func whatIsWrittenDownOfADonorCanBeChangedAndTakenAway() async throws {
        try await withBooks { books in
            let id = try await books.addDonor("Ann Giver", email: "ann@example.org")
            try await books.edit(id) { change in
                change.kind = .household
                change.salutation = "Dear Ann"
                change.notes = "Met at the fair"
                change.flags = [.noPost: true, .deceased: true]
            }
            try await books.edit(id) { change in
                change.notes = ""
                change.flags = [.deceased: false]
            }
            try await books.reach(id, .phone("+1 212 555 0199"))
            var place = ReachDonor.Place(street: "1 Old Road", city: "Springfield", country: "US")
            place.starts = try LocalDate("2020-01-01")
            try await books.reach(id, .address(place))
            place.street = "2 New Road"
            place.starts = try LocalDate("2024-06-01")
            try await books.reach(id, .address(place))
            let (donor, profile) = try await books.show(id)
            #expect(donor.kind == .household)
            #expect(profile.salutation == "Dear Ann")
            #expect(profile.notes == nil)
            #expect(profile.flags == [.noPost])
            #expect(profile.phones == ["+1 212 555 0199"])
            #expect(profile.addresses.map(\.street) == ["2 New Road", "1 Old Road"])
            #expect(try profile.addresses[1].ends == LocalDate("2024-06-01"))

            let other = try await books.addDonor("Bob")
            let email = try EmailAddress("ANN@example.org")
            #expect(try await refusal { try await books.reach(other, .email(email)) } == .addressTaken(by: id))
            #expect(try await refusal { try await books.reach(other, .noEmail(email)) } == .notOfDonor(other))
            #expect(try await refusal { try await books.edit(ID(99)) { $0.name = "X" } } == .unknownDonor(ID(99)))
            for text in ["4242 4242 4242 4242", "078-05-1120"] {
                #expect(try await refusal { try await books.edit(id) { $0.notes = text } } != nil)
                #expect(try await refusal { try await books.edit(id) { $0.spouse = text } } != nil)
                #expect(try await refusal { try await books.reach(id, .phone(text)) } != nil)
                place.street = text
                let again = place
                #expect(try await refusal { try await books.reach(id, .address(again)) } != nil)
            }
        }
    }

    // MARK: Two are one

    /// What an auditor adds up: by year and basis, over all donors.
    private func totals(_ books: Books) async throws -> [String] {
        try await books.report() + books.report(basis: .cash) + books.report(basis: .gross)
    }

    private func givers(_ books: Books) async throws -> [Int64: Int64] {
        try await books.app.read { db in
            let rows = try db.rows("SELECT donor_id, survivor_id FROM fundraising.giver") { row in
                (try row.next(Int64.self), try row.next(Int64.self))
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    @Test func mergingAndUnmergingChangesNoTotalAndLosesNobody() async throws {
        try await withBooks { books in
            let seed = UInt64.random(in: 0...9_999)
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            let rows = (1...120).map { number in
                let day = Int.random(in: 1...28, using: &random)
                let (cents, donor) = (
                    Int.random(in: 1...99_999, using: &random), Int.random(in: 1...12, using: &random)
                )
                let amount = "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
                return "g\(number),d\(donor)@example.org,D,2025-0\(day % 9 + 1)-\(day < 10 ? "0" : "")\(day),\(amount),"
                    + (number % 3 == 0 ? "EUR" : "USD") + ",card,,,,,"
            }
            try await books.importing(rows.joined(separator: "\n") + "\n")
            let before = try await totals(books)
            let alone = try await givers(books)
            let contents = try await books.app.read { db in
                try db.rows("SELECT g.id || ' ' || g.donor_id FROM fundraising.gift g ORDER BY g.id") {
                    try $0.next(String.self)
                }
            }
            // Reckoned by hand: parents followed to the end.
            var parent: [Int64: Int64] = [:]
            func root(_ id: Int64) -> Int64 { parent[id].map(root) ?? id }
            let ids = alone.keys.sorted()
            var merges: [ID<DonorMerge>] = []
            for _ in 0..<40 {
                let (from, into) = (ids.randomElement(using: &random) ?? 1, ids.randomElement(using: &random) ?? 1)
                let refused = try await refusal {
                    merges.append(try await books.merge(ID(from), into: ID(into)))
                }
                if from == into {
                    #expect(refused == .mergedWithItself(ID(from)))
                } else if parent[from] != nil {
                    #expect(refused == .alreadyMerged(ID(from)) || refused == .mergeInCircle(ID(from), ID(into)))
                } else if root(into) == from {
                    #expect(refused == .mergeInCircle(ID(from), ID(into)))
                } else {
                    #expect(refused == nil)
                    parent[from] = into
                }
                let followed = Dictionary(uniqueKeysWithValues: ids.map { ($0, root($0)) })
                #expect(try await givers(books) == followed)
            }
            #expect(!merges.isEmpty)
            #expect(try await totals(books) == before)
            // What all survivors gave is what was given, each currency for itself.
            let sums = try await books.app.read { db in
                try Donor.list(db, limit: 99).flatMap { try $0.given(db) }.reduce(into: [String: Int64]()) {
                    $0[$1.currency.code, default: 0] += $1.minor
                }
            }
            let counted = try await books.app.read { try Donor.list($0, limit: 99).map(\.gifts).reduce(0, +) }
            #expect(counted == 120)
            for line in before where line.hasPrefix("2025 ") {
                let fields = line.split(separator: " ")
                #expect(sums[String(fields[1])] == Int64(fields[5]))
            }
            for merge in merges.shuffled(using: &random) { try await books.unmerge(merge) }
            #expect(try await givers(books) == alone)
            #expect(try await totals(books) == before)
            let after = try await books.app.read { db in
                try db.rows("SELECT g.id || ' ' || g.donor_id FROM fundraising.gift g ORDER BY g.id") {
                    try $0.next(String.self)
                }
            }
            #expect(after == contents)
            #expect(try await refusal { try await books.unmerge(merges[0]) } == .unknownMerge(merges[0]))
        }
    }

    @Test func plansAndCustomersFollowAMergeAndComeBack() async throws {
        try await withBooks { books in
            let desk = StripeDesk(books: books)
            var payment = StripePaymentEvents(number: 1)
            payment.email = "old@example.org"
            try await desk.deliver(payment.chargeSucceeded)
            let old = try #require(try await books.app.read { try Donor.list($0, limit: 9).first })
            let new = try await books.addDonor("Ann", email: "new@example.org")
            let merge = try await books.merge(old.id, into: new)
            let found = try await books.app.read {
                try Donor.list($0, email: EmailAddress("old@example.org"), limit: 9)
            }
            #expect(found.map(\.id) == [new])
            #expect(found.first?.emails == ["old@example.org", "new@example.org"])
            #expect(try await books.show(old.id).donor.id == new)
            #expect(try await books.app.read { try Gift.list($0, donor: new, limit: 9).count } == 1)
            // What comes later to the old address is his too, and stays where it was once they are two again.
            var later = StripePaymentEvents(number: 2)
            later.email = "old@example.org"
            try await desk.deliver(later.chargeSucceeded)
            #expect(try await books.show(new).donor.gifts == 2)
            try await books.unmerge(merge)
            #expect(try await books.show(old.id).donor.gifts == 2)
            #expect(try await books.show(new).donor.gifts == 0)
        }
    }

    @Test func aCircleIsRefusedByTheDatabaseToo() async throws {
        try await withBooks { books in
            let (a, b) = (try await books.addDonor("A"), try await books.addDonor("B"))
            _ = try await books.merge(a, into: b)
            var refused: String?
            do {
                _ = try await books.app.transaction { db in
                    try db.run(
                        """
                        INSERT INTO fundraising.donor_merge (absorbed_id, survivor_id, reason, merged_by) \
                        SELECT \(b), \(a), 'x', min(id) FROM access.account
                        """)
                }
            } catch let error as PostgresError { refused = error.constraint }
            #expect(refused == "donor_merge_no_circle")
        }
    }

    @Test func aHouseholdsAddressAloneIsNoReasonToMerge() async throws {
        try await withBooks { books in
            func adding(_ name: String, _ postcode: String?, email: String? = nil) async throws -> ID<Donor> {
                let id = try await books.addDonor(name, email: email)
                if let postcode {
                    var place = ReachDonor.Place(street: "1 Example Road", city: "Springfield", country: "US")
                    place.postcode = postcode
                    try await books.reach(id, .address(place))
                }
                return id
            }
            let ann = try await adding("Ann Giver", "62701", email: "ann@example.org")
            _ = try await adding("Bob Giver", "62701", email: "bob@example.org")
            _ = try await adding("Ann Giver", "90210")
            let again = try await adding("ann  giver", "627 01")
            let tagged = try await adding("Somebody", nil, email: "Ann+news@example.org")
            func matches() async throws -> [String] {
                try await books.app.read { db in
                    try DonorMatch.list(db, limit: 99).map { "\($0.first) \($0.second) \($0.reason.rawValue)" }
                }
            }
            #expect(try await matches() == ["\(ann) \(again) name_and_postcode", "\(ann) \(tagged) email"])
            // Nothing was merged by itself; what was merged is no longer suggested.
            #expect(try await books.count("fundraising.donor_merge") == 0)
            _ = try await books.merge(again, into: ann)
            #expect(try await matches() == ["\(ann) \(tagged) email"])
        }
    }

    // MARK: Names in public

    @Test func aNameIsPublicByConsentOrByTheAcceptedPolicyAndNeverAnonymously() async throws {
        try await withBooks { books in
            try await books.app.transaction { db in
                try AdoptNamingPolicy(
                    "2026-1", text: "We name whoever gives much.",
                    threshold: Money(parsing: "500.00", currency: Currency("USD")), by: books.actor(db)
                ).perform(db)
            }
            @discardableResult
            func giving(
                _ name: String, _ amount: String, policy: String? = nil, isAnonymous: Bool = false,
                currency: String = "USD"
            ) async throws -> ID<Donor> {
                let id = try await books.addDonor(name)
                var slip = RecordGift.Slip(
                    kind: .cash, amount: try Money(parsing: amount, currency: Currency(currency)))
                slip.giver = .known(id)
                slip.namingPolicy = policy
                slip.isAnonymous = isAnonymous
                _ = try await books.record(slip)
                return id
            }
            func say(_ id: ID<Donor>, _ word: RecordConsent.Word, policy: String = "2026-1") async throws {
                try await books.app.transaction { db in
                    try RecordConsent(id, word, policy: policy, by: books.actor(db)).perform(db)
                }
            }
            func wall() async throws -> [String] {
                try await books.app.read { try PublicName.wall($0).map { "\($0.name) \($0.basis.rawValue)" } }
            }
            try await giving("Silent", "9000.00")
            try await giving("Below", "499.99", policy: "2026-1")
            try await giving("Foreign", "900.00", policy: "2026-1", currency: "EUR")
            try await giving("Hidden", "900.00", policy: "2026-1", isAnonymous: true)
            let accepted = try await giving("Accepted", "500.00", policy: "2026-1")
            let small = try await giving("Small", "1.00")
            let shy = try await giving("Shy", "1.00", isAnonymous: true)
            #expect(try await wall() == ["Accepted policy"])
            try await say(small, .named("S. Mall"))
            try await say(shy, .named("S. Hy"))
            #expect(try await wall() == ["Accepted policy", "S. Mall consent"])
            try await say(accepted, .withdrawn)
            try await say(small, .withdrawn)
            #expect(try await wall() == [])
            try await say(small, .named("Small again"))
            #expect(try await wall() == ["Small again consent"])
            #expect(try await refusal { try await say(small, .withdrawn, policy: "2020") } == .unknownPolicy("2020"))
            #expect(try await refusal { try await say(ID(99), .withdrawn) } == .unknownDonor(ID(99)))
            // Every word is on record.
            #expect(try await books.count("fundraising.donor_consent") == 5)
            var refused: String?
            do {
                _ = try await books.app.transaction {
                    try $0.run("UPDATE fundraising.donor_consent SET public_name = 'X'")
                }
            } catch let error as PostgresError { refused = error.sqlstate }
            #expect(refused == "42501")
        }
    }

    // MARK: Parts and thanks

    @Test func aPartInAGiftCountsForDonorsAndNeverInMoney() async throws {
        try await withBooks { books in
            let (fund, advisor) = (try await books.addDonor("Fund"), try await books.addDonor("Advisor"))
            var slip = RecordGift.Slip(kind: .daf, amount: try Money(parsing: "300.00", currency: Currency("USD")))
            slip.giver = .known(fund)
            let gift = try await books.record(slip)
            let before = try await totals(books)
            func credit(isTakenBack: Bool = false) async throws {
                try await books.app.transaction { db in
                    try CreditGift(gift, to: advisor, as: .advisor, isTakenBack: isTakenBack, by: books.actor(db))
                        .perform(db)
                }
            }
            try await credit()
            #expect(try await refusal { try await credit() } == .alreadyCredited(gift))
            let (donor, profile) = try await books.show(advisor)
            #expect(profile.credited == 1)
            #expect(donor.gifts == 0)
            #expect(try await books.app.read { try donor.given($0) } == [])
            #expect(try await totals(books) == before)
            try await credit(isTakenBack: true)
            #expect(try await refusal { try await credit(isTakenBack: true) } == .notCredited(gift))

            func open(_ over: String) async throws -> [ID<Gift>] {
                let least = try Money(parsing: over, currency: Currency("USD"))
                return try await books.app.read {
                    try Thanks.list($0, least: least, isOpen: true, limit: 9).map(\.gift)
                }
            }
            func thank() async throws {
                try await books.app.transaction { try ThankForGift(gift, by: books.actor($0)).perform($0) }
            }
            #expect(try await open("300.01") == [])
            #expect(try await open("300.00") == [gift])
            try await thank()
            #expect(try await open("250.00") == [])
            #expect(try await refusal { try await thank() } == .alreadyThanked(gift))
        }
    }
}

extension Books {
    func addDonor(_ name: String, email: String? = nil) async throws -> ID<Donor> {
        let email = try email.map { try EmailAddress($0) }
        return try await app.transaction { db in
            var change = EditDonor.Change()
            change.name = name
            let id = try EditDonor(nil, change, by: actor(db)).perform(db)
            if let email { try ReachDonor(id, .email(email), by: actor(db)).perform(db) }
            return id
        }
    }

    func edit(_ id: ID<Donor>, _ body: (inout EditDonor.Change) -> Void) async throws {
        var change = EditDonor.Change()
        body(&change)
        try await app.transaction { [change] db in _ = try EditDonor(id, change, by: actor(db)).perform(db) }
    }

    func reach(_ id: ID<Donor>, _ way: ReachDonor.Way) async throws {
        try await app.transaction { db in try ReachDonor(id, way, by: actor(db)).perform(db) }
    }

    func merge(_ from: ID<Donor>, into: ID<Donor>) async throws -> ID<DonorMerge> {
        try await app.transaction { db in
            try MergeDonors(from, into: into, reason: "One person", by: actor(db)).perform(db)
        }
    }

    func unmerge(_ merge: ID<DonorMerge>) async throws {
        try await app.transaction { db in try UnmergeDonors(merge, by: actor(db)).perform(db) }
    }

    func show(_ id: ID<Donor>) async throws -> (donor: Donor, profile: DonorProfile) {
        try await app.read { db in
            let donor = try Donor.find(db, id)
            return (donor, try donor.profile(db))
        }
    }
}
