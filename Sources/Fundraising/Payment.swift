internal import Values

/// A payment that succeeded, however it is told of.
struct Payment {
    /// Names its money: the same whichever event or file comes first.
    let identity: String
    /// Every name of this payment, its identity among them.
    let names: [String?]
    let amount: Money
    let at: Timestamp
    /// When its money is counted where that isn't `at`: a debit that cleared days after it was given.
    var bookedAt: Timestamp?
    /// `at` is when somebody told of it: whoever names the instant itself corrects the gift's date.
    var isTimeGuessed = false
    var kind: Gift.Kind = .card
    /// The day it counts for where that isn't the day of `at`: a check's postmark.
    var taxDate: LocalDate?
    let method: String
    let giver: PaymentGiver
}

/// Who gave, and what for, as far as it is said.
struct PaymentGiver {
    var customer: String?
    var email: EmailAddress?
    var name: String?
    /// Whether somebody is a donor by a name alone, each time a new one: of checks, which bring no address.
    var nameIsEnough = false
    var campaign: String?
    var appeal: String?
    /// By number or by slug.
    var article: String?
    var isAnonymous = false
    var feeCover: Int64?
}
