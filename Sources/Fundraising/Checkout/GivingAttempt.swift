public import Values

/// What a donation form sent, before anything of it is believed.
public struct GivingAttempt: Sendable {
    /// The form's hidden field.
    public var token: String
    /// The address it came from, as the server's own proxy says.
    public var address: String
    public var email: EmailAddress
    public var amount: Money
    /// Everything else somebody typed, by the field's name: all of it is looked through.
    public var fields: [String: String] = [:]

    public init(token: String, address: String, email: EmailAddress, amount: Money) {
        self.token = token
        self.address = address
        self.email = email
        self.amount = amount
    }

    /// More than a form of ours ever has; the rest is nobody's honest form.
    static let mostFields = 50
    static let longestField = 4_000
}

/// Why an attempt is not passed on to the processor. None of it says how near somebody was to a limit.
public enum AttemptRefusal: Error, Hashable, Sendable {
    /// A field holds a card's or a tax number; the text isn't repeated, and is kept nowhere.
    case confidential(field: String)
    /// Too many fields, or one that is too long.
    case oversized
    /// No address that can be counted.
    case addressUnknown
    /// Not a form of ours, or changed on the way.
    case formUnknown
    /// Open too long: let the donor load it again.
    case formExpired
    /// Sent before.
    case formUsed
    case belowLeast(Money)
    case tooManyFromBlock
    case tooManyWithEmail
    /// Too much failed at the processor lately.
    case paused(until: Timestamp)
}
