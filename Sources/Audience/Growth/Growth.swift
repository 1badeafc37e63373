/// How a figure stands against the one before, in exact integers.
public struct Growth: Hashable, Sendable {
    public enum State: String, Sendable {
        /// Both there.
        case ok
        /// From nothing to something: no number says how much that is.
        case new
        /// Nothing then, nothing now.
        case flat
        /// Something then, nothing now.
        case gone
        /// One of the two isn't complete, or there is none.
        case notAvailable = "n/a"
    }

    public let state: State
    /// Hundredths of a percent and the like would lose what makes 133 % exact: the quotient is kept as it is.
    private let numerator: Int128
    private let denominator: Int128

    /// - Parameters:
    ///   - current: a count, nil when the period isn't complete.
    ///   - previous: the count it is held against, nil when that period isn't complete.
    public init(current: Int?, previous: Int?) {
        guard let current, let previous else {
            state = .notAvailable
            numerator = 0
            denominator = 1
            return
        }
        precondition(current >= 0 && previous >= 0, "views are counted, not owed")
        // 100 times the difference of two 64-bit counts fits 128 bits.
        numerator = (Int128(current) - Int128(previous)) * 100
        denominator = Int128(previous == 0 ? 1 : previous)
        if previous == 0 {
            state = current == 0 ? .flat : .new
        } else {
            state = current == 0 ? .gone : .ok
        }
    }

    private var hasPercent: Bool { state == .ok || state == .gone || state == .flat }

    /// Whole percent, halves away from zero: `133`, `-13`; nil when there is no number.
    public var percent: String? { decimal(0) }

    /// Percent with two decimals when it isn't whole: `133`, `10.71`, `-12.5`.
    public var percentExact: String? {
        guard hasPercent else { return nil }
        if numerator % denominator == 0 { return decimal(0) }
        return decimal(numerator * 10 % denominator == 0 ? 1 : 2)
    }

    /// Percent with so many decimals, halves away from zero.
    public func decimal(_ places: Int) -> String? {
        guard hasPercent else { return nil }
        var scale: Int128 = 1
        for _ in 0..<places { scale *= 10 }
        let magnitude = numerator.magnitude
        let divisor = denominator.magnitude
        let (whole, rest) = (magnitude / divisor, magnitude % divisor)
        let fraction = (rest * UInt128(scale) * 2 + divisor) / (divisor * 2)
        let carried = whole + fraction / UInt128(scale)
        let digits = fraction % UInt128(scale)
        let isNegative = numerator < 0 && (carried > 0 || digits > 0)
        let sign = isNegative ? "-" : ""
        if places == 0 { return sign + "\(carried)" }
        let text = "\(digits)"
        return sign + "\(carried)." + String(repeating: "0", count: max(0, places - text.count)) + text
    }

    /// Growth of the mean per hour: months differ in length, and one with a change of the clock by an hour.
    public static func perHour(
        current: Int, seconds: Int, previous: Int, previousSeconds: Int
    ) -> Growth {
        Growth(
            numerator: Int128(current) * Int128(previousSeconds) - Int128(previous) * Int128(seconds),
            denominator: Int128(previous) * Int128(seconds))
    }

    private init(numerator: Int128, denominator: Int128) {
        let isKnown = denominator > 0
        state = isKnown ? .ok : .notAvailable
        self.numerator = isKnown ? numerator * 100 : 0
        self.denominator = isKnown ? denominator : 1
    }
}
