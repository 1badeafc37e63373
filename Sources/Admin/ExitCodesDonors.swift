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
            return Failure(.notFound, "unknown_fund", "There is no fund '\(slug)'. See `masthead fund list`.")
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
        default: return fund(error)
        }
    }

    private static func fund(_ error: FundraisingError) -> Failure {
        switch error {
        case .fundSlugTaken(let slug):
            return Failure(.refused, "slug_taken", "There is a fund '\(slug)' already. Choose another slug.")
        case .fundKeeps(let slug):
            return Failure(
                .refused, "fund_keeps",
                "Something was given or promised for fund '\(slug)' as it is. Open another: `masthead fund add`.")
        case .fundRestriction(let slug, let word):
            return Failure(
                .badData, "bad_value",
                "Fund '\(slug)' has the restriction '\(word)', and keeps it: open another for something else.")
        default: return donor(error)
        }
    }

    private static func donor(_ error: FundraisingError) -> Failure {
        switch error {
        case .donorErased(let id):
            return Failure(
                .refused, "donor_erased", "Donor \(id) was erased; nothing is written down of him any more.")
        case .addressTaken(let owner):
            return Failure(
                .refused, "address_taken",
                "Donor \(owner) has that address. If they are one person, merge them: `masthead donor merge`.")
        case .notOfDonor(let id):
            return Failure(.notFound, "not_of_donor", "Donor \(id) has no such address or number.")
        case .mergedWithItself(let id):
            return Failure(.badData, "bad_merge", "Donor \(id) can't be merged with himself.")
        case .alreadyMerged(let id):
            return Failure(
                .refused, "already_merged",
                "Donor \(id) is part of another already. Take that back first: `masthead donor merges`.")
        case .mergeInCircle(let absorbed, let survivor):
            return Failure(
                .refused, "merge_in_circle", "Donor \(survivor) is part of donor \(absorbed): it would be a circle.")
        case .unknownMerge(let id):
            return Failure(
                .notFound, "unknown_merge", "There is no merge \(id) that still holds. See `masthead donor merges`.")
        case .reasonNames:
            return Failure(
                .badData, "reason_names", "The reason stays on record, and it names the donor. Say it without him.")
        case .policyTaken(let version):
            return Failure(.refused, "policy_taken", "There is a policy '\(version)' already. A version never changes.")
        case .unknownPolicy(let version):
            return Failure(
                .notFound, "unknown_policy",
                "There is no policy '\(Escape.escaped(version))'. Adopt it first: `masthead donor policy`.")
        case .alreadyCredited(let gift):
            return Failure(.refused, "already_credited", "That is said of gift \(gift) already.")
        case .notCredited(let gift):
            return Failure(.notFound, "not_credited", "That isn't said of gift \(gift).")
        case .alreadyThanked(let gift):
            return Failure(.refused, "already_thanked", "Somebody has thanked for gift \(gift) already.")
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
