public import Values

/// What a donor pays who wants the whole of a gift to arrive: the amount and the processor's fee on the sum of both.
public struct FeeCover: Sendable, Hashable {
    /// A hundredth of a percent of what is paid.
    public let basisPoints: Int
    /// Of each payment, in the currency's minor units.
    public let fixedMinor: Int64

    /// - Parameter basisPoints: 0 to 9,999.
    public init(basisPoints: Int, fixedMinor: Int64) {
        precondition((0..<10_000).contains(basisPoints) && fixedMinor >= 0, "a fee leaves something")
        self.basisPoints = basisPoints
        self.fixedMinor = fixedMinor
    }

    /// paid = (amount + fixed) / (1 - rate), rounded once, halves upwards; nil where it doesn't fit.
    public func paid(for amount: Money) -> Money? {
        let ratio = Ratio((Int128(amount.minor) + Int128(fixedMinor)) * 10_000, of: Int128(10_000 - basisPoints))
        return ratio.rounded.map { Money(minor: $0, currency: amount.currency) }
    }
}
