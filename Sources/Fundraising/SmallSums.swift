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

    /// Which parts of a sum that is told are kept from somebody: those of too few gifts, and with them the next in size
    /// until together they are of enough gifts, because the sum less the other parts tells what they come to.
    ///
    /// - Returns: their positions.
    public static func kept(from actor: Actor, _ parts: [(gifts: Int, isNothing: Bool)]) -> Set<Int> {
        var kept = Set(
            parts.indices.filter { areKept(from: actor, gifts: parts[$0].gifts, isNothing: parts[$0].isNothing) })
        guard !kept.isEmpty else { return [] }
        var others = parts.indices.filter { !kept.contains($0) && !parts[$0].isNothing }
            .sorted { parts[$0].gifts < parts[$1].gifts }[...]
        while kept.reduce(0, { $0 + parts[$1].gifts }) < fewest, let next = others.popFirst() { kept.insert(next) }
        return kept
    }
}
