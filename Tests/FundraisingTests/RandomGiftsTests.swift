import Fundraising
import Postgres
import TestDatabase
import Testing
import Values

/// Random gifts and refunds, imported in several overlapping files, against sums made here.
struct RandomGiftsTests {
    private struct RandomGift {
        let id: Int
        let donor: Int
        let given: Timestamp
        let minor: Int64
        let currency: String
        var refunds: [(minor: Int64, at: Timestamp)] = []

        func row(refunds count: Int) throws -> String {
            let currency = try Currency(currency)
            let amount = Money(minor: minor, currency: currency).amountText
            let back = refunds.prefix(count)
            let total = Money(minor: back.reduce(0) { $0 + $1.minor }, currency: currency).amountText
            let refund = back.isEmpty ? "," : "\(total),\(back[back.count - 1].at)"
            return "g\(id),d\(donor)@example.org,Donor \(donor),\(given),\(amount),\(currency),card,,,,\(refund)\n"
        }
    }

    private func gifts(_ random: inout SeededRandom) -> [RandomGift] {
        (1...400).map { id in
            // Around the turns of years more often than elsewhere.
            let turn = Timestamp(iso8601Literal: "202\(Int.random(in: 3...7, using: &random))-01-01T05:00:00Z")
            let reach: Int64 = Bool.random(using: &random) ? 20_000 : 15_000_000
            let given = turn.adding(seconds: Int64.random(in: -reach...reach, using: &random))
            let currency = ["USD", "USD", "JPY", "KWD"].randomElement(using: &random) ?? "USD"
            let minor = Int64.random(in: 1...1_000_000, using: &random)
            var gift = RandomGift(
                id: id, donor: Int.random(in: 1...50, using: &random), given: given, minor: minor, currency: currency)
            var left = minor
            var at = given
            for _ in 0..<Int.random(in: 0...2, using: &random) where left > 0 {
                at = at.adding(seconds: Int64.random(in: 86_400...40_000_000, using: &random))
                let back = Int64.random(in: 1...left, using: &random)
                left -= back
                gift.refunds.append((back, at))
            }
            return gift
        }
    }

    @Test func reportsEqualAnIndependentSum() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random gifts: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let gifts = gifts(&random)
        try await withBooks { books in
            // Each file has the refunds up to a stage. The files overlap, and none skips a refund: two refunds that
            // are first seen together are one movement, on the day of the second.
            for stage in 0...2 {
                let part = gifts.filter { stage == 2 || $0.refunds.count > stage || Bool.random(using: &random) }
                var text = ""
                for gift in part { text += try gift.row(refunds: stage) }
                try await books.importing(text)
            }
            for basis in DonationReport.Basis.allCases {
                let expected = expected(gifts, basis, books.zone)
                let actual = try await books.app.read { db in
                    try DonationReport(by: .year, basis: basis).lines(db)
                }
                var sums: [String: Int64] = [:]
                for line in actual where line.gross.minor != 0 || line.refunds.minor != 0 {
                    guard case .period(let period) = line.key else { continue }
                    sums["\(period) \(line.currency) gross"] = line.gross.minor
                    sums["\(period) \(line.currency) refunds"] = line.refunds.minor
                    #expect(line.net.minor == line.gross.minor - line.refunds.minor)
                }
                #expect(sums == expected, "seed \(seed), \(basis)")
            }
            #expect(try await books.expectSoundLedger() == [], "seed \(seed)")
        }
    }

    private func expected(_ gifts: [RandomGift], _ basis: DonationReport.Basis, _ zone: Zone) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        func add(_ at: Timestamp, _ currency: String, gross: Int64, refunds: Int64) {
            let year = zone.date(at: at).year
            sums["\(year) \(currency) gross", default: 0] += gross
            sums["\(year) \(currency) refunds", default: 0] += refunds
        }
        for gift in gifts {
            add(gift.given, gift.currency, gross: gift.minor, refunds: 0)
            for refund in gift.refunds where basis != .gross {
                add(basis == .cash ? refund.at : gift.given, gift.currency, gross: 0, refunds: refund.minor)
            }
        }
        return sums
    }
}

extension Timestamp {
    /// A time that the test itself wrote.
    fileprivate init(iso8601Literal text: String) {
        do { self = try Timestamp(iso8601: text) } catch { preconditionFailure("\(error)") }
    }
}
