import Fundraising
import Values

extension Failure {
    /// What Fundraising refused.
    static func fundraising(_ error: FundraisingError) -> Failure {
        switch error {
        case .badFile(let name, let mistakes, let more): return badFile(name, mistakes, more: more)
        case .fileTooLarge(let name, let limit):
            return Failure(
                .badData, "file_too_large",
                "'\(Escape.escaped(name))' is larger than \(limit >> 20) MiB. Import it in parts.")
        case .campaignSlugTaken(let slug):
            return Failure(.refused, "slug_taken", "There is a campaign '\(slug)' already. Choose another slug.")
        case .unknownCampaign(let slug):
            return Failure(
                .notFound, "unknown_campaign", "There is no campaign '\(slug)'. See `masthead campaign list`.")
        case .appealSlugTaken(let slug, let campaign):
            return Failure(
                .refused, "slug_taken", "The campaign '\(campaign)' has an appeal '\(slug)' already. Choose another.")
        case .unknownAppeal(let slug, let campaign):
            return Failure(.notFound, "unknown_appeal", "The campaign '\(campaign)' has no appeal '\(slug)'.")
        case .endsBeforeItStarts(let starts, let ends):
            return Failure(.badData, "bad_dates", "It would end on \(ends), before it starts on \(starts).")
        case .goalNotPositive(let goal):
            return Failure(.badData, "bad_value", "A goal of \(goal) is no goal: name an amount above zero.")
        case .unknownGift(let id): return Failure(.notFound, "unknown_gift", "There is no gift \(id).")
        case .unknownDonor(let id): return Failure(.notFound, "unknown_donor", "There is no donor \(id).")
        case .refundAboveCharge:
            return Failure(.refused, "refund_above_charge", "More would be given back on a gift than was received.")
        case .monthClosed:
            return Failure(.refused, "month_closed", "That month of the books is closed; nothing is posted to it.")
        case .unknownEvent(let id): return Failure(.notFound, "unknown_event", "There is no event \(id).")
        case .eventTooLarge(let limit):
            return Failure(.badData, "event_too_large", "An event has at most \(limit >> 20) MiB.")
        case .signatureRefused(let refusal): return signature(refusal)
        case .receipt(let refusal): return receipt(refusal)
        case .pledge(let refusal): return pledge(refusal)
        case .batch(let refusal): return batch(refusal)
        case .match(let refusal): return match(refusal)
        case .adjustment(let refusal): return adjustment(refusal)
        case .appeal(let refusal): return appeal(refusal)
        case .unknownPlan(let id):
            return Failure(.notFound, "unknown_plan", "There is no plan \(id). See `masthead recurring list`.")
        case .planStands(let id, let standing):
            return Failure(
                .refused, "plan_stands",
                "Plan \(id) is \(standing.rawValue): only an active or overdue one is paused, "
                    + "and only a paused one resumed.")
        case .unknownPayout(let id):
            return Failure(
                .notFound, "unknown_payout", "There is no payout '\(Escape.escaped(id))'. See `masthead payout list`.")
        case .payoutLocked(let id):
            return Failure(.refused, "payout_locked", "The payout \(Escape.escaped(id)) is locked, and stays so.")
        case .payoutDiffers(let id):
            return Failure(
                .refused, "payout_differs",
                "The payout \(Escape.escaped(id)) doesn't agree with its lines. See `masthead payout reconcile`.")
        case .totalTooLarge:
            return Failure(
                .badData, "total_too_large", "A total is larger than 64 bits hold. Report a shorter time, or by day.")
        default: return giftByHand(error)
        }
    }

    private static func signature(_ refusal: StripeSignature.Refusal) -> Failure {
        let reason =
            switch refusal {
            case .malformed: "it isn't of the form t=SECONDS,v1=HEX"
            case .wrong: "it fits neither this body nor this secret"
            case .outOfTime(let seconds):
                "it was signed \(seconds.magnitude) seconds \(seconds < 0 ? "ago" : "from now"), and is believed for "
                    + "\(StripeSignature.toleranceSeconds)"
            }
        return Failure(.refused, "bad_signature", "The signature was refused: \(reason). Nothing was stored.")
    }

    /// The first mistake is the message; all of them follow, one a line.
    private static func badFile(_ name: String, _ mistakes: [FileMistake], more: Int) -> Failure {
        let lines = mistakes.map { Escape.escaped($0.description) }
        let others = mistakes.count - 1 + more
        let count = others > 0 ? " (and \(others) more)" : ""
        let details = others > 0 ? lines + (more > 0 ? ["… and \(more) more"] : []) : []
        return Failure(
            .badData, "bad_file",
            "'\(Escape.escaped(name))' was not imported, nothing of it: \(lines.first ?? "it is wrong")\(count).",
            details: details.joined(separator: "\n"))
    }
}
