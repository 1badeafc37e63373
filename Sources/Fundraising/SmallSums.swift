public import Access

/// Sums for those who may not see gifts: of fewer than five gifts a sum says nearly what a donor gave, so they aren't
/// told it.
public enum SmallSums {
    /// The fewest gifts whose sum is told to everybody who may see sums.
    public static let fewest = 5

    /// Whether a sum is kept from somebody: because it is of some gifts, of too few, and single gifts aren't for him.
    ///
    /// - Parameter isNothing: that there is no money in the sum at all, neither come nor gone.
    public static func areKept(from actor: Actor, gifts: Int, isNothing: Bool) -> Bool {
        gifts < fewest && !(gifts == 0 && isNothing) && !actor.may(.giftRead)
    }
}
