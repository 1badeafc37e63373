internal import CSodium

/// Passwords as argon2id strings (RFC 9106), which carry their own salt and cost.
public enum Argon2id {
    /// What one guess costs. More memory and passes make it dearer, for the guesser and for us alike.
    public struct Cost: Sendable {
        public let passes: Int
        public let memoryBytes: Int

        public init(passes: Int, memoryBytes: Int) {
            self.passes = passes
            self.memoryBytes = memoryBytes
        }

        /// libsodium's for someone waiting at a login form: 2 passes over 64 MiB.
        public static let interactive = Cost(passes: 2, memoryBytes: 64 << 20)
    }

    public enum Failure: Error {
        /// The memory that the cost asks for isn't to be had, or the cost is below what argon2id allows.
        case cannotHash(Cost)
    }

    /// Room for the string form with its closing zero (`crypto_pwhash_STRBYTES`).
    private static let stringCapacity = 128

    /// The string to store: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`. Takes a noticeable fraction of a second by design.
    public static func hash(_ password: String, cost: Cost = .interactive) throws(Failure) -> String {
        _ = Sodium.ready
        let secret = Array(password.utf8CString)
        var text = [CChar](repeating: 0, count: stringCapacity)
        // Safe: `text` has the 128 bytes libsodium may write, `secret` lives through the call and its count leaves out
        // the closing zero.
        let result = crypto_pwhash_str_alg(
            &text, secret, UInt64(secret.count - 1), UInt64(cost.passes), cost.memoryBytes,
            crypto_pwhash_ALG_ARGON2ID13)
        guard result == 0 else { throw .cannotHash(cost) }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether this is the password that was hashed. A string that isn't a hash matches nothing.
    public static func verify(_ password: String, against hash: String) -> Bool {
        // libsodium looks for the closing zero within its 128 bytes.
        guard hash.utf8.count < stringCapacity else { return false }
        _ = Sodium.ready
        let secret = Array(password.utf8CString)
        // Safe: Swift passes `hash` with a closing zero, and `secret` lives through the call.
        return crypto_pwhash_str_verify(hash, secret, UInt64(secret.count - 1)) == 0
    }
}
