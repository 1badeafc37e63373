import Fundraising
import Values

extension Failure {
    /// Why a promise can't be written down, settled or written off so.
    static func pledge(_ refusal: PledgeRefusal) -> Failure {
        func refused(_ word: String, _ message: String) -> Failure { Failure(.refused, word, message) }
        switch refusal {
        case .unknownPledge(let id):
            return Failure(.notFound, "unknown_pledge", "There is no pledge \(id). See `masthead pledge list`.")
        case .unknownInstalment(let id):
            return Failure(
                .notFound, "unknown_instalment",
                "There is no instalment \(id) of a pledge. `masthead pledge show` lists a pledge's.")
        case .unknownReport(let id):
            return Failure(
                .notFound, "unknown_report", "No funder wants a report \(id). `masthead pledge show` lists them.")
        case .unknownWriteOff(let id):
            return Failure(
                .notFound, "unknown_write_off", "There is no write-off \(id). See `masthead pledge write-offs`.")
        case .aboveOpen(let id, let open):
            return refused(
                "above_open", "Of instalment \(id) only \(open) is open. Name an amount up to that with --amount.")
        case .aboveGift(let gift, let left):
            return refused("above_gift", "Of gift \(gift) only \(left) is left to settle something with.")
        case .notForPledge(let gift, let pledge):
            return refused(
                "not_for_pledge",
                "Gift \(gift) can't settle pledge \(pledge): it is in another currency, or in test mode.")
        case .ofOtherDonor(let gift, let pledge):
            return refused(
                "of_other_donor",
                "Gift \(gift) is of another donor than pledge \(pledge). If it is meant so: --from-anyone.")
        case .hasNoCondition(let id):
            return refused("no_condition", "Pledge \(id) hangs on no condition.")
        case .conditionMet(let id):
            return refused("condition_met", "The condition of pledge \(id) is met already.")
        case .reportDone(let id): return refused("report_done", "Report \(id) is done already.")
        case .ownWriteOff(let id):
            return refused(
                "own_write_off",
                "Write-off \(id) takes a second person: somebody other than who asked for it.")
        case .writeOffDecided(let id): return refused("write_off_decided", "Write-off \(id) holds already.")
        default: return badPledge(refusal)
        }
    }

    private static func badPledge(_ refusal: PledgeRefusal) -> Failure {
        switch refusal {
        case .instalmentsDiffer(let sum, let promised):
            return Failure(
                .badData, "instalments_differ", "The instalments come to \(sum), and \(promised) was promised.")
        case .twoInstalmentsOnOneDay(let day):
            return Failure(.badData, "bad_dates", "Two instalments are due on \(day): make them one.")
        case .instalmentCount(let limit):
            return Failure(.badData, "bad_value", "A promise has 1 to \(limit) instalments, and as many reports.")
        case .later(let day):
            return Failure(.badData, "bad_dates", "\(day) is still to come: name a day up to today.")
        default: return Failure(.fault, "fault", "Promise refused for a reason without words: \(refusal).")
        }
    }
}

extension Failure {
    /// Why a deposit can't be changed or closed so.
    static func batch(_ refusal: BatchRefusal) -> Failure {
        switch refusal {
        case .unknownBatch(let id):
            return Failure(.notFound, "unknown_batch", "There is no batch \(id). See `masthead batch list`.")
        case .closed(let id): return Failure(.refused, "batch_closed", "Batch \(id) is closed, and stays as it is.")
        case .differs(let id, let slip, let count, let added, let addedCount):
            return Failure(
                .refused, "batch_differs",
                "Batch \(id) isn't closed: its slip says \(slip) in \(count) gifts, and \(added) in \(addedCount) were "
                    + "added.")
        case .deposited(let gift, let batch):
            return Failure(.refused, "deposited", "Gift \(gift) is in batch \(batch) already.")
        case .notDeposited(let gift):
            return Failure(
                .refused, "not_deposited",
                "Gift \(gift) isn't deposited there: only checks, cash, wires and such of the batch's currency are.")
        case .changed(let gift, let batch):
            return Failure(
                .refused, "gift_changed",
                "Gift \(gift) was corrected after it was put into batch \(batch): take it out (`masthead batch remove "
                    + "\(batch) \(gift)`), and put it in again if it went to the bank.")
        case .notInBatch(let gift, let batch):
            return Failure(.notFound, "not_in_batch", "Gift \(gift) isn't in batch \(batch).")
        case .count(let limit): return Failure(.badData, "bad_value", "A batch has 1 to \(limit) gifts.")
        }
    }
}

extension Failure {
    /// Why there is no such match.
    static func match(_ refusal: MatchRefusal) -> Failure {
        switch refusal {
        case .unknownMatch(let id):
            return Failure(.notFound, "unknown_match", "There is no match \(id). See `masthead match list`.")
        case .notTheSponsors(let pledge, let sponsor):
            return Failure(
                .refused, "not_the_sponsors",
                "Pledge \(pledge) isn't donor \(sponsor)'s. `masthead pledge list --donor \(sponsor)` lists his.")
        case .abovePledge(let pledge, let promised):
            return Failure(
                .refused, "above_pledge",
                "Pledge \(pledge) promises \(promised), and the caps of its matches would come to more.")
        }
    }
}

extension Failure {
    /// Why a gift's money can't be corrected so.
    static func adjustment(_ refusal: AdjustmentRefusal) -> Failure {
        switch refusal {
        case .unknownAdjustment(let id):
            return Failure(
                .notFound, "unknown_adjustment", "There is no correction \(id). See `masthead gift adjustments`.")
        case .aboveLeft(let gift, let left):
            return Failure(.refused, "above_left", "Of gift \(gift) only \(left) is left.")
        case .noMoney(let gift):
            return Failure(.refused, "no_money", "Gift \(gift) brought no money that could be corrected.")
        case .ownAdjustment(let id):
            return Failure(
                .refused, "own_adjustment",
                "Correction \(id) takes a second person: somebody other than who asked for it.")
        case .adjustmentMade(let id):
            return Failure(.refused, "adjustment_made", "Correction \(id) was made already.")
        case .ownVoid(let number):
            return Failure(
                .refused, "own_void",
                "Receipt \(number) takes a second person to void: somebody other than who asked for it.")
        }
    }
}

extension Failure {
    /// Why an appeal's text, place or time can't be so.
    static func appeal(_ refusal: AppealRefusal) -> Failure {
        func refused(_ word: String, _ message: String) -> Failure { Failure(.refused, word, message) }
        switch refusal {
        case .noText(let slug):
            return refused("no_text", "The appeal '\(slug)' has no text yet: `masthead appeal save --text FILE`.")
        case .unchanged(let slug, let number):
            return refused("unchanged", "Revision \(number) of the appeal '\(slug)' says exactly that.")
        case .changedMeanwhile(let slug, let latest, let who):
            return Failure(
                .tryAgain, "changed_meanwhile",
                "The appeal '\(slug)' is at revision \(latest) by now, saved by \(Escape.escaped(who)). Read it first.")
        case .ownText(let slug, let number):
            return refused(
                "own_text", "Revision \(number) of the appeal '\(slug)' takes a second person: not who saved it.")
        case .signedAlready(let slug, let number):
            return refused("signed_already", "You signed revision \(number) of the appeal '\(slug)' off already.")
        case .notPlaced(let slug, let place):
            return Failure(.notFound, "not_placed", "The appeal '\(slug)' doesn't stand on \(place).")
        case .windowBackwards: return Failure(.badData, "bad_dates", "It would end before it begins to run.")
        case .barred(let name):
            return refused("barred", "Appeals are kept away from '\(Escape.escaped(name))' already.")
        case .notBarred(let name):
            return Failure(.notFound, "not_barred", "Nobody keeps appeals away from '\(Escape.escaped(name))'.")
        }
    }
}
