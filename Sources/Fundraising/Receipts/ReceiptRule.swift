public import Values

/// What a gift's receipt has to say, by the gift's kind, its amount and what the donor got for it.
///
/// From IRS Publication 1771 (Charitable Contributions: Substantiation and Disclosure Requirements): a contribution of
/// $250 or more needs a written acknowledgment, and a payment of more than $75 that is partly for goods or services
/// needs a disclosure of their value. Each gift is looked at alone; gifts are not added up to reach 250.
public struct ReceiptRule: Sendable, Hashable {
    /// What kind of letter it is.
    public enum Form: String, Sendable, CaseIterable {
        /// Amount, and that nothing was given in return.
        case acknowledgment
        /// Quid pro quo: amount, what the donor got, its value, and the rest that is deductible.
        case disclosure
        /// A grant from somewhere that had its deduction already (a donor-advised fund), or isn't deducted: thanks
        /// alone, without a word of tax.
        case thanks
        /// From the custodian of a retirement account: not income, and so not deductible.
        case custodian
        /// Which shares and when; their value is for the donor to find out.
        case stock
        /// What was given and when; its value is for the donor to find out.
        case inKind = "in_kind"
        /// An employer's match: to the company.
        case company
    }

    public let form: Form
    /// Whether the gift needs a receipt; without need one may be issued on request.
    public let isNeeded: Bool
    /// The contribution: the amount less what the donor got. Nil where we mustn't say one.
    public let deductible: Money?

    /// From this contribution on an acknowledgment is needed.
    static let acknowledgedFrom: Int64 = 250_00
    /// Above this payment the value of what was got in return is disclosed.
    static let disclosedAbove: Int64 = 75_00
    /// The currency of both.
    static let currency = "USD"

    /// - Parameters:
    ///   - amount: what came and stayed: net of refunds.
    ///   - benefit: what the donor got in return, in good faith; in the same currency.
    public init(kind: Gift.Kind, amount: Money, benefit: Money) throws(ValueError) {
        let contribution = try amount.subtracting(benefit)
        let rest = Money(minor: max(contribution.minor, 0), currency: amount.currency)
        // The law's limits are in its own currency. In another no rate is guessed: then every gift counts as large.
        let isOurs = amount.currency.code == Self.currency
        let isLarge = !isOurs || rest.minor >= Self.acknowledgedFrom
        switch kind {
        case .daf, .grantPayment: (form, isNeeded, deductible) = (.thanks, false, nil)
        case .ira: (form, isNeeded, deductible) = (.custodian, isLarge, nil)
        // We state no value, so we can't say that it is below the limit.
        case .stock: (form, isNeeded, deductible) = (.stock, true, nil)
        case .inKind: (form, isNeeded, deductible) = (.inKind, true, nil)
        case .employerMatch: (form, isNeeded, deductible) = (.company, isLarge, rest)
        case .card, .check, .cash, .wire, .bequest:
            let isQuidProQuo = benefit.minor > 0
            let isDisclosed = isQuidProQuo && (!isOurs || amount.minor > Self.disclosedAbove)
            form = isQuidProQuo ? .disclosure : .acknowledgment
            isNeeded = isDisclosed || isLarge
            deductible = rest
        }
    }

    /// Whether the letter names an amount.
    var statesAmount: Bool { form != .stock && form != .inKind }
}

/// The sentences of receipts. Once issued they stand in the snapshot; whoever changes one here raises the version.
enum ReceiptSentences {
    static let version: Int64 = 1

    /// - Parameter value: what the donor got, with its worth: nil when nothing.
    static func of(_ rule: ReceiptRule, organisation: Organisation, value: (what: String, worth: Money)?) -> [String] {
        let name = organisation.publishedName
        let inReturn =
            value.map {
                "In return you received \($0.what). Our good-faith estimate of its value is \($0.worth)."
            } ?? "No goods or services were provided in exchange for this gift."
        let tax = organisation.taxSentence.isEmpty ? [] : [organisation.taxSentence]
        switch rule.form {
        case .acknowledgment: return [inReturn] + tax
        case .disclosure:
            let limit =
                "The amount of your contribution that is deductible for federal income tax purposes is limited to "
                + "the excess of what you paid over the value of what you received."
            return [inReturn, limit] + tax
        // Advised by somebody, or granted by a foundation: deducted where it came from, so nothing is said of tax.
        case .thanks: return ["\(name) received this gift with thanks to you, who recommended it."]
        case .custodian:
            return [
                "We received this gift from the custodian of your retirement account, paid directly to us at your "
                    + "direction.", inReturn,
                "If it was a qualified charitable distribution, it is not also deductible as a contribution.",
            ] + tax
        case .stock, .inKind:
            return [inReturn, "We state no value: finding out what it was worth on that day is up to the donor."] + tax
        case .company:
            return ["This gift was made by the company, matching what its people gave.", inReturn] + tax
        }
    }
}
