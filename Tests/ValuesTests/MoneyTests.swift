import FoundationEssentials
import TestDatabase
import Testing
import Values

@Suite struct MoneyTests {
    static func money(_ text: String, _ code: String) throws -> Money {
        try Money(parsing: text, currency: Currency(code))
    }

    @Test(arguments: [
        ("19.99", "USD", 1999), ("0.29", "USD", 29), ("1.15", "EUR", 115), ("20", "USD", 2000), ("5.5", "USD", 550),
        ("-5.50", "USD", -550), ("0", "USD", 0), ("-0.01", "USD", -1), ("500", "JPY", 500), ("1.234", "KWD", 1234),
        ("100", "ISK", 100), ("2.50", "MGA", 250), ("0.0001", "CLF", 1),
        ("92233720368547758.07", "USD", Int64.max), ("-92233720368547758.08", "USD", Int64.min),
        ("21474836.48", "USD", 1 << 31),
    ])
    func anAmountIsReadToTheLastCent(_ text: String, _ code: String, _ minor: Int64) throws {
        #expect(try Self.money(text, code).minor == minor)
    }

    @Test(arguments: [
        "1e3", "12,34", "١٢", "$5", "", " 5", "5 ", "+5", "5.", ".5", "-", "--5", "5.5.5", "1 000", "0x10", "5.999",
        "nan", "inf", "５", "92233720368547758.08", "-92233720368547758.09", "999999999999999999999999", "5\u{0}",
    ])
    func whatCouldBeReadInTwoWaysIsRefused(_ text: String) {
        #expect(throws: ValueError.self) { try Self.money(text, "USD") }
    }

    @Test func yenHaveNoDecimals() {
        #expect(throws: ValueError.self) { try Self.money("100.0", "JPY") }
        #expect(throws: ValueError.self) { try Self.money("1.2345", "KWD") }
    }

    @Test(arguments: [
        (1999, "USD", "19.99 USD"), (-1, "USD", "-0.01 USD"), (0, "EUR", "0.00 EUR"), (500, "JPY", "500 JPY"),
        (-1050, "KWD", "-1.050 KWD"), (7, "CLF", "0.0007 CLF"), (Int64.min, "USD", "-92233720368547758.08 USD"),
    ])
    func anAmountPrintsWithItsCurrencysDecimalsAndReadsBack(_ minor: Int64, _ code: String, _ text: String) throws {
        let money = Money(minor: minor, currency: try Currency(code))
        #expect(money.description == text)
        #expect(try Self.money(money.amountText, code) == money)
    }

    @Test(arguments: ["", "us", "USDX", "xxx", "XAU", "ABC", "US1"])
    func anUnknownCurrencyIsRefusedAndNeverGuessed(_ code: String) {
        #expect(throws: ValueError.self) { try Currency(code) }
    }

    @Test func currenciesHaveTheirExponents() throws {
        let exponents = [
            "USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "ISK": 0, "MGA": 2, "UGX": 0, "CLF": 4,
            "UYW": 4,
        ]
        for (code, exponent) in exponents { #expect(try Currency(code).exponent == exponent, "\(code)") }
        #expect(try Currency("usd") == (try Currency("USD")))
        #expect(Currency.allCodes.count > 160)
    }

    @Test func twoCurrenciesAreNeverAddedUp() throws {
        #expect(try Self.money("1", "USD").adding(Self.money("2.50", "USD")) == (try Self.money("3.50", "USD")))
        #expect(try Self.money("1", "USD").subtracting(Self.money("2.50", "USD")).minor == -150)
        #expect(throws: ValueError.self) { try Self.money("1", "USD").adding(Self.money("1", "EUR")) }
        let most = Money(minor: .max, currency: try Currency("USD"))
        #expect(throws: ValueError.self) { try most.adding(Self.money("0.01", "USD")) }
        #expect(throws: ValueError.self) {
            try Money(minor: .min, currency: Currency("USD")).subtracting(Self.money("0.01", "USD"))
        }
    }

    @Test(.enabled(if: sharedData != nil, "../shared/data is not there"))
    func sharesFallAsTheVectorsSay() throws {
        let path = try #require(sharedData) + "/fundraising-vectors.json"
        let bytes = try #require(FileManager.default.contents(atPath: path))
        let cases = try #require(try JSON(parsing: [UInt8](bytes))["alloc"]?.array)
        #expect(!cases.isEmpty)
        for item in cases {
            let parts = try #require(item.array)
            let minor = try #require(parts[0].integer)
            let weights = try #require(parts[1].array).compactMap(\.integer)
            let expected = try #require(parts[2].array).compactMap(\.integer)
            let money = Money(minor: minor, currency: try Currency("USD"))
            #expect(try money.shares(by: weights).map(\.minor) == expected)
        }
    }

    @Test func equalRemaindersGoToTheEarlierShare() throws {
        let shares = try Self.money("0.05", "USD").shares(by: [1, 1, 1, 0])
        #expect(shares.map(\.minor) == [2, 2, 1, 0])
    }

    @Test func tenThousandRandomSplitsAddUpAndARefundMirrorsItsGift() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let dollars = try Currency("USD")
        for _ in 0..<10_000 {
            let weights = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                Int64.random(in: 0...(Bool.random(using: &random) ? 10 : 1 << 59), using: &random)
            }
            guard weights.contains(where: { $0 > 0 }) else { continue }
            let minor = Int64.random(in: 0...(Bool.random(using: &random) ? 1_000 : .max), using: &random)
            let shares = try Money(minor: minor, currency: dollars).shares(by: weights).map(\.minor)
            let mirrored = try Money(minor: -minor, currency: dollars).shares(by: weights).map(\.minor)
            guard shares.reduce(0, +) == minor, mirrored == shares.map({ -$0 }) else {
                Issue.record("seed \(seed): \(minor) by \(weights) gave \(shares) and \(mirrored)")
                return
            }
            // No share is further than one cent from its exact part.
            let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
            for (share, weight) in zip(shares, weights) {
                let distance = Int128(share) * total - Int128(minor) * Int128(weight)
                #expect(distance.magnitude < total.magnitude, "seed \(seed)")
            }
        }
    }

    @Test(arguments: [[], [0, 0], [1, -1], [Int64.max, 1]] as [[Int64]])
    func weightsThatSayNothingAreRefused(_ weights: [Int64]) throws {
        let money = try Self.money("1", "USD")
        #expect(throws: ValueError.self) { try money.shares(by: weights) }
    }

    @Test func theLeastAmountCanBeSplitToo() throws {
        let least = Money(minor: .min, currency: try Currency("USD"))
        #expect(try least.shares(by: [5]).map(\.minor) == [.min])
        #expect(try least.shares(by: [1, 1]).map(\.minor) == [.min / 2, .min / 2])
    }
}
