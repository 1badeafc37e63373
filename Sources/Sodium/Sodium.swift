internal import CSodium

/// Randomness, and comparison that takes the same time whatever differs. The only door to libsodium.
public enum Sodium {
    /// Set up once, before the first use; Swift runs a static initialiser exactly once, whatever the threads do.
    static let ready: Void = {
        // -1 means that the system has no random source: nothing here can be trusted then, so nothing runs.
        precondition(sodium_init() >= 0, "libsodium found no source of randomness")
    }()

    /// Bytes nobody can guess, from the system's source.
    public static func randomBytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0, "a count of random bytes is never negative")
        _ = ready
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // Safe: the buffer has room for `count` bytes and libsodium writes exactly as many as it is told.
            if let start = buffer.baseAddress { randombytes_buf(start, count) }
            initialized = count
        }
    }

    /// Whether two secrets are the same, in a time that depends on their length alone: an early answer would tell a
    /// stranger how many leading bytes were right.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        _ = ready
        // Safe: both arrays live through the call and are `left.count` long.
        return sodium_memcmp(left, right, left.count) == 0
    }
}
