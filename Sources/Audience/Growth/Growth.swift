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
        /// Both there, one of them turned from one meter into the other by how the two counted side by side.
        case estimated
        /// Counted by meters that didn't run side by side for long enough: a number would compare the meters.
        case incomparable
    }

    public let state: State
    /// Hundredths of a percent and the like would lose what makes 133 % exact: the quotient is kept as it is.
    private let numerator: Int128
    private let denominator: Int128

    /// - Parameters:
    ///   - current: a count, nil when the period isn't complete.
    ///   - previous: the count it is held against, nil when that period isn't complete.
    ///   - currentMonths: so many months the count is the sum of, where average months are compared.
    ///   - previousMonths: of the other.
    public init(current: Int?, previous: Int?, currentMonths: Int = 1, previousMonths: Int = 1) {
        guard let current, let previous else {
            self.init(.notAvailable)
            return
        }
        precondition(current >= 0 && previous >= 0, "views are counted, not owed")
        precondition((1...12).contains(currentMonths) && (1...12).contains(previousMonths), "a year has 12 months")
        let state: State = previous == 0 ? (current == 0 ? .flat : .new) : current == 0 ? .gone : .ok
        // 1,200 times the difference of two 64-bit counts fits 128 bits.
        self.init(
            state,
            numerator: (Int128(current) * Int128(previousMonths) - Int128(previous) * Int128(currentMonths)) * 100,
            denominator: previous == 0 ? 1 : Int128(previous) * Int128(currentMonths))
    }

    private init(_ state: State, numerator: Int128 = 0, denominator: Int128 = 1) {
        self.state = state
        self.numerator = numerator
        self.denominator = denominator
    }

    /// What is said of counts by meters that can't be compared.
    static let incomparable = Growth(.incomparable)

    /// The same number, said to be an estimate.
    var asEstimate: Growth {
        state == .ok || state == .gone
            ? Growth(.estimated, numerator: numerator, denominator: denominator) : self
    }

    private var hasPercent: Bool { state == .ok || state == .gone || state == .flat || state == .estimated }

    /// Whether it is a fall; nothing is neither.
    public var isFall: Bool { numerator < 0 }

    /// How the size of the change compares with so many hundredths of a percent: by the exact quotient.
    ///
    /// - Returns: negative when it is smaller, 0 when equal, positive when larger; nil without a number.
    public func magnitude(against hundredths: Int) -> Int? {
        guard hasPercent else { return nil }
        let (left, right) = (numerator.magnitude * 100, UInt128(hundredths) * denominator.magnitude)
        return left < right ? -1 : left == right ? 0 : 1
    }

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
        let numerator = Int128(current) * Int128(previousSeconds) - Int128(previous) * Int128(seconds)
        let denominator = Int128(previous) * Int128(seconds)
        guard denominator > 0 else { return Growth(.notAvailable) }
        return Growth(current == 0 ? .gone : .ok, numerator: numerator * 100, denominator: denominator)
    }
}
