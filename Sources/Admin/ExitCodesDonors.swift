import Fundraising
import Values

extension Failure {
    /// What was refused of gifts by hand and of donors.
    static func giftByHand(_ error: FundraisingError) -> Failure {
        switch error {
        case .confidential(let number, let field): return confidential(number, in: field)
        case .amountNotPositive(let amount):
            return Failure(.badData, "bad_value", "\(amount) is no gift: name an amount above zero.")
        case .appealWithoutCampaign:
            return Failure(.badData, "bad_value", "An appeal is part of a campaign: name the campaign too.")
        case .unknownFund(let slug):
            return Failure(.notFound, "unknown_fund", "There is no fund '\(slug)'.")
        case .unknownArticle(let name):
            return Failure(
                .notFound, "unknown_article",
                "No article of that number or slug was ever public: '\(Escape.escaped(name))'.")
        case .giftFields(let text):
            return Failure(.badData, "bad_gift", "The gift can't be recorded so: \(text).")
        case .givenLater:
            return Failure(.badData, "bad_dates", "A gift that is still to come is a promise; name a time up to now.")
        case .refundAtProcessor(let gift, let source):
            return Failure(
                .refused, "refund_at_processor",
                "Gift \(gift) came through \(source): give it back there, and its event brings the refund.")
        case .refundOutOfTime:
            return Failure(
                .badData, "bad_dates", "Money goes back after it came and not later than now: name such a time.")
        case .unknownRefund(let id):
            return Failure(.notFound, "unknown_refund", "There is no refund \(id). See `masthead gift refunds`.")
        case .ownRefund(let id):
            return Failure(
                .refused, "own_refund", "Refund \(id) takes a second person: somebody other than who asked for it.")
        case .refundMade(let id):
            return Failure(.refused, "refund_made", "Refund \(id) was made already.")
        case .monthNotOver(let month):
            return Failure(.refused, "month_not_over", "\(month) isn't over; a month is closed when it is.")
        case .monthAlreadyClosed(let month):
            return Failure(.refused, "month_closed", "\(month) is closed already, and stays so.")
        default: return Failure(.fault, "fault", "Fundraising refused it for a reason without words: \(error).")
        }
    }

    /// Never repeats what it found.
    static func confidential(_ number: Confidential, in field: String) -> Failure {
        switch number {
        case .cardNumber:
            Failure(
                .badData, "card_number",
                "\(field): this looks like a card number (not repeated here), which is kept nowhere. Leave it out.")
        case .taxNumber:
            Failure(
                .badData, "tax_number",
                "\(field): this looks like a tax number (not repeated here), which is kept nowhere. Leave it out.")
        }
    }
}
