/// An amount in the minor unit of its currency. There is no floating point in it anywhere: 19.99 is 1999 cents, and a
/// float would make it 1998 sooner or later.
public struct Money: Hashable, Sendable, CustomStringConvertible {
    /// Cents, yen, fils: the smallest unit the currency has. May be negative (a refund, a balance).
    public let minor: Int64
    public let currency: Currency

    public init(minor: Int64, currency: Currency) {
        self.minor = minor
        self.currency = currency
    }

    /// Reads "19.99", "20", "-5.5": ASCII digits, a dot, at most as many decimals as the currency has. Anything else
    /// is refused rather than interpreted: "12,34" is twelve euros to one reader and a thousand to another.
    public init(parsing text: String, currency: Currency) throws(ValueError) {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "amount", value: text, reason: reason) }
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits.removeFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }) else {
            throw refused("write digits and a decimal point, as in \(Self.example(of: currency))")
        }
        let decimals = parts.count == 2 ? parts[1].count : 0
        guard decimals <= currency.exponent else {
            throw refused("\(currency) has \(currency.exponent) decimal places")
        }
        var minor: Int64 = 0
        // Built downwards when negative, because the most negative number has no positive counterpart.
        func append(_ digit: UInt8) throws(ValueError) {
            let (shifted, overflowA) = minor.multipliedReportingOverflow(by: 10)
            let value = Int64(digit - 0x30)
            let (sum, overflowB) =
                isNegative ? shifted.subtractingReportingOverflow(value) : shifted.addingReportingOverflow(value)
            guard !overflowA, !overflowB else { throw refused("it is more than can be stored") }
            minor = sum
        }
        for part in parts {
            for digit in part { try append(digit) }
        }
        for _ in decimals..<currency.exponent { try append(0x30) }
        self.init(minor: minor, currency: currency)
    }

    /// Throws when the currencies differ or the sum doesn't fit.
    public func adding(_ other: Money) throws(ValueError) -> Money {
        try combined(with: other) { $0.addingReportingOverflow($1) }
    }

    /// Throws when the currencies differ or the difference doesn't fit.
    public func subtracting(_ other: Money) throws(ValueError) -> Money {
        try combined(with: other) { $0.subtractingReportingOverflow($1) }
    }

    /// Splits the amount in proportion to `weights`, to the last cent: the shares add up to the amount.
    ///
    /// Largest remainder; of equal remainders the earlier one wins, so the same split always falls the same way. A
    /// negative amount is split as its positive twin is, so that a refund takes back exactly what the gift brought.
    /// Throws when there are no weights, one is negative, all are zero, or their sum doesn't fit.
    public func shares(by weights: [Int64]) throws(ValueError) -> [Money] {
        func refused(_ reason: String) -> ValueError {
            ValueError(
                kind: "weights", value: weights.prefix(8).map(String.init).joined(separator: ","), reason: reason)
        }
        guard weights.allSatisfy({ $0 >= 0 }) else { throw refused("a share can't be negative") }
        var total: Int64 = 0
        for weight in weights {
            let (sum, overflow) = total.addingReportingOverflow(weight)
            guard !overflow else { throw refused("their sum is more than can be reckoned with") }
            total = sum
        }
        guard total > 0 else { throw refused("they add up to nothing") }

        let amount = UInt128(minor.magnitude)
        let divisor = UInt128(total)
        var parts = weights.map { amount * UInt128($0) / divisor }
        let remainders = weights.map { amount * UInt128($0) % divisor }
        let missing = Int(amount - parts.reduce(0, +))
        let order = weights.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
        for index in order.prefix(missing) { parts[index] += 1 }
        return parts.map { part in
            // A share is never larger in magnitude than the amount, so it fits with the amount's sign.
            let magnitude = UInt64(part)
            let signed = minor < 0 ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
            return Money(minor: signed, currency: currency)
        }
    }

    /// "19.99 USD"
    public var description: String { "\(amountText) \(currency.code)" }

    /// "19.99", with exactly the currency's decimals; `init(parsing:currency:)` reads it back.
    public var amountText: String {
        let digits = String(minor.magnitude)
        let sign = minor < 0 ? "-" : ""
        guard currency.exponent > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(currency.exponent)).\(padded.suffix(currency.exponent))"
    }

    private func combined(
        with other: Money, _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(ValueError) -> Money {
        guard currency == other.currency else {
            throw ValueError(
                kind: "amount", value: other.description, reason: "it can't be added up with \(currency.code)")
        }
        let (result, overflow) = operation(minor, other.minor)
        guard !overflow else {
            throw ValueError(kind: "amount", value: other.description, reason: "the sum is more than can be stored")
        }
        return Money(minor: result, currency: currency)
    }

    private static func example(of currency: Currency) -> String {
        Money(minor: 1999, currency: currency).amountText
    }
}
