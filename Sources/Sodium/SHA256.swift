internal import CSodium

/// SHA-256 (FIPS 180-4), all at once or as the bytes come.
public struct SHA256 {
    /// Length of a hash in bytes.
    public static let length = 32

    private var state = crypto_hash_sha256_state()

    public init() {
        // Safe: the state is ours alone and initialised before anything reads it; this call can't fail.
        crypto_hash_sha256_init(&state)
    }

    public mutating func update(_ bytes: some Collection<UInt8>) {
        // Safe: the buffer is valid for its own count through the closure, and libsodium only reads it.
        let hashed: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            _ = crypto_hash_sha256_update(&state, buffer.baseAddress, UInt64(buffer.count))
        }
        guard hashed == nil else { return }
        let copy = Array(bytes)
        // Safe: the array lives through the call and is `copy.count` long.
        _ = crypto_hash_sha256_update(&state, copy, UInt64(copy.count))
    }

    /// The hash of everything so far, 32 bytes. The value can go on being updated: a copy is finished.
    public func finish() -> [UInt8] {
        var final = state
        var hash = [UInt8](repeating: 0, count: Self.length)
        // Safe: `hash` has room for the 32 bytes that libsodium writes.
        crypto_hash_sha256_final(&final, &hash)
        return hash
    }

    /// The hash of these bytes, 32 bytes.
    public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finish()
    }
}

/// HMAC-SHA-256 (RFC 2104, RFC 4231), with a key of any length: what webhooks are signed with.
public enum HMACSHA256 {
    /// The code of `message` under `key`, 32 bytes. Compare it with ``Sodium/equal(_:_:)`` only.
    public static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        // Safe: the state is ours alone, both arrays live through their call with the count given.
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        var code = [UInt8](repeating: 0, count: SHA256.length)
        // Safe: `code` has room for the 32 bytes that libsodium writes.
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }
}
