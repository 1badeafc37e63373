/// A quotient that is kept exactly, and rounded once, when it is printed.
public struct Ratio: Hashable, Sendable {
    public let numerator: Int128
    /// Not negative; 0 where there is nothing to compare with.
    public let denominator: Int128

    public init(_ numerator: Int128, of denominator: Int128) {
        precondition(denominator >= 0, "what is compared with is counted, not owed")
        let divisor = Self.greatestDivisor(numerator.magnitude, denominator.magnitude)
        self.numerator = divisor > 1 ? numerator / Int128(divisor) : numerator
        self.denominator = divisor > 1 ? denominator / Int128(divisor) : denominator
    }

    public init(_ numerator: Int, of denominator: Int) { self.init(Int128(numerator), of: Int128(denominator)) }

    public static let zero = Ratio(Int128(0), of: 1)

    /// Percent with one decimal, halves away from zero: `75.0`; nil where there is nothing to compare with.
    public var percentText: String? {
        guard denominator > 0, let tenths = Ratio(times(1_000)).rounded else { return nil }
        let magnitude = tenths.magnitude
        return "\(tenths < 0 ? "-" : "")\(magnitude / 10).\(magnitude % 10)"
    }

    /// `250`, or `1000/3`: nothing is lost; nil where there is nothing to divide by.
    public var fractionText: String? {
        denominator == 0 ? nil : denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
    }

    /// The nearest whole number, halves away from zero; nil where there is nothing to divide by, or it doesn't fit.
    public var rounded: Int64? {
        guard denominator > 0 else { return nil }
        let (whole, rest) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
        let magnitude = Int128(whole) + (rest >= denominator.magnitude - rest ? 1 : 0)
        return Int64(exactly: numerator < 0 ? -magnitude : magnitude)
    }

    /// - Throws: `FundraisingError.totalTooLarge`.
    public func adding(_ other: Ratio) throws(FundraisingError) -> Ratio {
        precondition(denominator > 0 && other.denominator > 0, "a quotient by nothing isn't added to")
        let (left, a) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, b) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (sum, c) = left.addingReportingOverflow(right)
        let (product, d) = denominator.multipliedReportingOverflow(by: other.denominator)
        guard !a, !b, !c, !d else { throw .totalTooLarge }
        return Ratio(sum, of: product)
    }

    private init(_ parts: (Int128, Int128)) { self.init(parts.0, of: parts.1) }

    /// Sums of money in 64 bits leave room for this.
    private func times(_ factor: Int128) -> (Int128, Int128) { (numerator * factor, denominator) }

    private static func greatestDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (a, b) = (a, b)
        while b > 0 { (a, b) = (b, a % b) }
        return a
    }
}
