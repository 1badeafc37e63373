/// A currency of ISO 4217 and how many decimal places its minor unit has.
///
/// A code that isn't in the table is refused, never guessed: a wrong exponent is a wrong amount by a factor of 100.
/// Units of account without a minor unit (gold, SDR, the test code) are not money anyone gives, and are not here.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    /// Three capital letters, "USD".
    public let code: String
    /// Decimal places of the minor unit: USD 2, JPY 0, KWD 3.
    public let exponent: Int

    /// Accepts either case ("usd" is how Stripe writes it).
    public init(_ code: String) throws(ValueError) {
        if let exponent = Self.exponents[code] {
            self.code = code
            self.exponent = exponent
            return
        }
        let upper = code.uppercased()
        guard let exponent = Self.exponents[upper] else {
            throw ValueError(kind: "currency", value: code, reason: "not a currency code of ISO 4217 such as USD")
        }
        self.code = upper
        self.exponent = exponent
    }

    public var description: String { code }

    /// Every code in the table, in alphabetical order.
    public static let allCodes: [String] = exponents.keys.sorted()

    /// ISO 4217 list one (amendment 179), and those of list three that books of the last years still hold.
    private static let exponents: [String: Int] = {
        let table: [(Int, String)] = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (
                2,
                """
                AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
                CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
                HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK \
                MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
                RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH \
                USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
                """
            ),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
            // Withdrawn since 2010, still in the books.
            (0, "BYR"),
            (2, "ANG BGN CUC EEK HRK LTL LVL MRO SLL STD VEF ZWL"),
        ]
        var exponents: [String: Int] = [:]
        for (exponent, codes) in table {
            for code in codes.split(separator: " ") { exponents[String(code)] = exponent }
        }
        return exponents
    }()
}
