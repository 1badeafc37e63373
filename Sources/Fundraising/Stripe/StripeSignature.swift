internal import Sodium
public import Values

/// Whether a body comes from Stripe, and lately: the header `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX…]`, where each `v1`
/// is HMAC-SHA256 under an endpoint's secret over the time, a dot and the body's bytes as they came.
///
/// Source: Stripe's documentation, "Verify webhook signatures manually".
public enum StripeSignature {
    /// How far its clock and ours may be apart, in seconds, either way.
    public static let toleranceSeconds: Int64 = 300

    /// Why a body isn't believed. None of it says which secrets there are.
    public enum Refusal: Error, Equatable, Sendable {
        /// No `t`, no `v1`, or not of that form.
        case malformed
        /// No secret fits any of the signatures.
        case wrong
        /// Signed too long ago, or in the future: seconds from our clock to its.
        case outOfTime(seconds: Int64)
    }

    /// - Parameters:
    ///   - header: the header's value.
    ///   - body: as received, not decoded and encoded again.
    ///   - secrets: one, or two while they are being changed; `whsec_…` as Stripe shows it.
    ///   - now: our clock.
    public static func verify(
        _ header: String, body: [UInt8], secrets: [String], now: Timestamp
    ) throws(Refusal) {
        var time: Substring?
        var signatures: [[UInt8]] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw .malformed }
            let value = pair[1]
            switch pair[0].drop(while: { $0 == " " }) {
            case "t":
                guard time == nil else { throw .malformed }
                time = value
            case "v1":
                // In capitals it isn't the signature that was sent, only one that means the same.
                guard value.utf8.allSatisfy({ !(65...70).contains($0) }), let bytes = Hex.bytes(value),
                    bytes.count == SHA256.length
                else { continue }
                signatures.append(bytes)
            default: break
            }
        }
        guard let time, let seconds = Int64(time), time.utf8.allSatisfy({ (48...57).contains($0) }),
            !signatures.isEmpty
        else { throw .malformed }
        let message = Array(time.utf8) + [UInt8(ascii: ".")] + body
        var matches = false
        for secret in secrets where !secret.isEmpty {
            let code = HMACSHA256.code(for: message, key: Array(secret.utf8))
            // Every one is compared: how long it takes says nothing of which fitted.
            for signature in signatures where Sodium.equal(signature, code) { matches = true }
        }
        guard matches else { throw .wrong }
        let (difference, overflow) = seconds.subtractingReportingOverflow(now.microseconds / 1_000_000)
        guard !overflow, difference.magnitude <= UInt64(toleranceSeconds) else {
            throw .outOfTime(seconds: overflow ? .max : difference)
        }
    }
}
