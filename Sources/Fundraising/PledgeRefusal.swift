public import Values

/// Why a promise can't be written down, settled or written off so.
public enum PledgeRefusal: Error, Equatable {
    case unknownPledge(ID<Pledge>)
    case unknownInstalment(ID<PledgeInstalment>)
    case unknownReport(ID<PledgeReport>)
    case unknownWriteOff(ID<PledgeWriteOff>)
    /// What the instalments come to, and what was promised.
    case instalmentsDiffer(sum: Money, promised: Money)
    case twoInstalmentsOnOneDay(LocalDate)
    /// More than this many, or none.
    case instalmentCount(limit: Int)
    /// More than is open of the instalment.
    case aboveOpen(ID<PledgeInstalment>, open: Money)
    /// More than is left of the gift besides what it settles already.
    case aboveGift(ID<Gift>, left: Money)
    /// In another currency, or in test mode.
    case notForPledge(ID<Gift>, ID<Pledge>)
    /// Another donor's gift, without a word that it is meant so.
    case ofOtherDonor(ID<Gift>, ID<Pledge>)
    case hasNoCondition(ID<Pledge>)
    case conditionMet(ID<Pledge>)
    case reportDone(ID<PledgeReport>)
    /// Who asked for it can't agree to it.
    case ownWriteOff(ID<PledgeWriteOff>)
    case writeOffDecided(ID<PledgeWriteOff>)
    /// A day that is still to come.
    case later(LocalDate)
}
