/// Who asked, as far as anybody may know: address, agent and site under the lasting key. It becomes a visitor of a day or
/// a month under that period's salt.
///
/// A log's line and a beacon of the same reader have the same, whichever meter counts them.
enum VisitorIdentity {
    /// - Parameters:
    ///   - agent: the agent's hash under the same key; 0 where a log doesn't name agents.
    ///   - site: the hash of the site's host under the same key.
    @inline(__always)
    static func hash(_ address: Address, agent: UInt64, site: UInt64, key: HashKey) -> UInt64 {
        SipHash.hash(address.family, address.value, agent, site, key: key)
    }
}
