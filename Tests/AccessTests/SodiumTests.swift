import Sodium
import Testing

struct SodiumTests {
    /// FIPS 180-4, examples published with it by NIST.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256GivesThePublishedHashes(text: String, expected: String) {
        #expect(Hex.text(SHA256.hash(text.utf8)) == expected)
    }

    @Test func sha256OfAStreamIsThatOfTheWhole() {
        // FIPS 180-4: a million times the letter a, in pieces that never meet a block's border twice alike.
        var hasher = SHA256()
        var left = 1_000_000
        var piece = 1
        while left > 0 {
            let count = min(piece, left)
            hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
            left -= count
            piece = piece % 997 + 1
        }
        #expect(
            Hex.text(hasher.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func bytesThatLieApartAreHashedLikeAnyOther() {
        let apart = (0..<300).lazy.map { UInt8($0 % 251) }
        #expect(SHA256.hash(apart) == SHA256.hash(Array(apart)))
    }

    /// RFC 4231, test cases 1, 2, 6 and 7.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            String(repeating: "aa", count: 131),
            "This is a test using a larger than block-size key and a larger than block-size data. "
                + "The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ])
    func hmacGivesThePublishedCodes(key: String, message: String, expected: String) throws {
        let key = try #require(Hex.bytes(key))
        #expect(Hex.text(HMACSHA256.code(for: Array(message.utf8), key: key)) == expected)
    }

    /// The reference implementation's own test (phc-winner-argon2, src/test.c): argon2id, t=2, m=65536, p=1.
    @Test func argon2idKnowsThePublishedHash() {
        let hash =
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        #expect(Argon2id.verify("password", against: hash))
        #expect(!Argon2id.verify("Password", against: hash))
    }

    @Test func aPasswordMatchesItsOwnHashOnly() throws {
        let cheap = Argon2id.Cost(passes: 1, memoryBytes: 8 << 10)
        let hash = try Argon2id.hash("korrekt Pferd 🐎 Batterie", cost: cheap)
        #expect(hash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(Argon2id.verify("korrekt Pferd 🐎 Batterie", against: hash))
        #expect(!Argon2id.verify("korrekt Pferd 🐎 Batterie ", against: hash))
        #expect(!Argon2id.verify("", against: hash))
        #expect(try Argon2id.hash("korrekt Pferd 🐎 Batterie", cost: cheap) != hash, "every hash has its own salt")
    }

    @Test(arguments: ["", "password", "$argon2id$", String(repeating: "$argon2id$v=19$m=65536,t=2,p=1$", count: 40)])
    func whatIsNoHashMatchesNothing(text: String) {
        #expect(!Argon2id.verify("password", against: text))
        #expect(!Argon2id.verify("", against: text))
    }

    @Test func aCostBelowWhatArgon2idAllowsIsRefused() {
        #expect(throws: Argon2id.Failure.self) {
            try Argon2id.hash("password", cost: Argon2id.Cost(passes: 0, memoryBytes: 1))
        }
    }

    @Test func randomBytesDiffer() {
        let drawn = Set((0..<100).map { _ in Sodium.randomBytes(16) })
        #expect(drawn.count == 100)
        #expect(drawn.allSatisfy { $0.count == 16 })
        #expect(Sodium.randomBytes(0).isEmpty)
    }

    @Test func equalComparesEveryByte() {
        let secret = Sodium.randomBytes(32)
        #expect(Sodium.equal(secret, secret))
        #expect(Sodium.equal([], []))
        #expect(!Sodium.equal(secret, Array(secret.dropLast())))
        for index in secret.indices {
            var other = secret
            other[index] ^= 1
            #expect(!Sodium.equal(secret, other))
        }
    }

    @Test func hexadecimalReadsBackWhatItWrites() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Hex.bytes(Hex.text(bytes)) == bytes)
        #expect(Hex.bytes("0AfF") == [10, 255])
        for text in ["0", "0g", "é0", " 00"] { #expect(Hex.bytes(text) == nil) }
    }
}
