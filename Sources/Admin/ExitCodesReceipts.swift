import Fundraising
import Values

extension Failure {
    /// Why there is no such receipt or statement.
    static func receipt(_ refusal: ReceiptRefusal) -> Failure {
        switch refusal {
        case .unknownReceipt(let name):
            return Failure(
                .notFound, "unknown_receipt",
                "There is no receipt '\(Escape.escaped(name))'. See `masthead receipt list`.")
        case .unknownStatement(let id):
            return Failure(
                .notFound, "unknown_statement", "There is no statement \(id). See `masthead statement list`.")
        case .nothingToState(let donor, let year):
            return Failure(
                .refused, "nothing_to_state", "Donor \(donor) gave nothing in \(year) that belongs into a statement.")
        case .settingMissing(let key):
            return Failure(
                .configuration, "setting_missing",
                "Nothing is issued before \(key) is set: write it into masthead.json, or set "
                    + "MASTHEAD_\(key.uppercased().replacing(".", with: "_")).")
        case .hasReceipt(let gift, let number):
            return Failure(
                .refused, "has_receipt", "Gift \(gift) has the receipt \(number). To change it: `receipt replace`.")
        case .ended(let number, let how):
            return Failure(.refused, "receipt_ended", "Receipt \(number) was \(how) already.")
        default: return giftNotReceipted(refusal)
        }
    }

    private static func giftNotReceipted(_ refusal: ReceiptRefusal) -> Failure {
        func refused(_ word: String, _ message: String) -> Failure { Failure(.refused, word, message) }
        switch refusal {
        case .notNeeded(let gift):
            return refused(
                "receipt_not_needed", "Gift \(gift) needs no receipt. To issue one on request: --on-request.")
        case .testGift(let gift): return refused("test_gift", "Gift \(gift) was made in test mode: nothing was given.")
        case .nothingReceived(let gift):
            return refused("nothing_received", "Of gift \(gift) nothing has come, or all of it went back.")
        case .disputed(let gift):
            return refused("gift_disputed", "Gift \(gift) is under dispute. Issue its receipt when that is settled.")
        case .donorUnknown(let gift): return refused("donor_unknown", "Nobody knows who gave gift \(gift).")
        case .donorNameless(let donor):
            return refused("donor_nameless", "Donor \(donor) has no name, and a receipt needs one.")
        case .wrongAddressee(let gift, .daf):
            return refused(
                "wrong_addressee",
                "Gift \(gift) came from a donor-advised fund's sponsor; the thanks go to the advisor: --to DONOR.")
        case .wrongAddressee(let gift, _):
            return refused(
                "wrong_addressee",
                "Gift \(gift) is an employer's match and is receipted to the company, not to a person: --to DONOR.")
        case .otherAddressee(let gift):
            return refused(
                "other_addressee", "Gift \(gift) is receipted to who gave it. --to is for funds and companies.")
        case .benefitUnsaid(let gift):
            return refused(
                "benefit_unsaid",
                "The donor got something for gift \(gift). Say what: --benefit 'two dinner tickets'.")
        case .descriptionUnsaid(let gift):
            return refused(
                "description_unsaid", "Say what gift \(gift) was: --description '10 shares of EXMP'.")
        default: return Failure(.fault, "fault", "Receipt refused for a reason without words: \(refusal).")
        }
    }
}
