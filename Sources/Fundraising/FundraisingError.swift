internal import Postgres
public import Values

/// What Fundraising refuses, with the facts that say why.
public enum FundraisingError: Error, Equatable {
    case campaignSlugTaken(Slug)
    case unknownCampaign(Slug)
    case appealSlugTaken(Slug, campaign: Slug)
    case unknownAppeal(Slug, campaign: Slug)
    case endsBeforeItStarts(starts: LocalDate, ends: LocalDate)
    /// A goal is more than nothing.
    case goalNotPositive(Money)
    case unknownGift(ID<Gift>)
    case unknownDonor(ID<Donor>)
    /// A file with mistakes in it; nothing of it was taken. `mistakes` are the first by line, `more` counts the rest.
    case badFile(name: String, mistakes: [FileMistake], more: Int)
    case fileTooLarge(name: String, limit: Int)
    /// More would be given back than was received.
    case refundAboveCharge
    /// The month is closed; nothing is posted to it any more.
    case monthClosed
    case unknownEvent(ID<InboxEvent>)
    case eventTooLarge(limit: Int)
    case signatureRefused(StripeSignature.Refusal)
    // Gifts by hand.
    /// A number that is kept nowhere, in a field; the text isn't repeated.
    case confidential(Confidential, field: String)
    case amountNotPositive(Money)
    case appealWithoutCampaign
    case unknownFund(Slug)
    case fundSlugTaken(Slug)
    /// Gifts or promises were made for what it says.
    case fundKeeps(Slug)
    /// What was said isn't how this fund is restricted.
    case fundRestriction(Slug, String)
    case unknownArticle(String)
    /// Fields that don't go together: says which.
    case giftFields(String)
    /// A gift that comes tomorrow.
    case givenLater
    /// It came through a processor, which gives it back.
    case refundAtProcessor(ID<Gift>, String)
    /// Before the gift, or later than now.
    case refundOutOfTime
    case unknownRefund(ID<ManualRefund>)
    /// Who asked for it can't agree to it.
    case ownRefund(ID<ManualRefund>)
    case refundMade(ID<ManualRefund>)
    case monthNotOver(Period)
    case monthAlreadyClosed(Period)
    // Donors.
    /// All that named the donor was removed; nothing new is written down of him.
    case donorErased(ID<Donor>)
    /// An e-mail address is another donor's.
    case addressTaken(by: ID<Donor>)
    /// An address or number that isn't this donor's.
    case notOfDonor(ID<Donor>)
    case mergedWithItself(ID<Donor>)
    case alreadyMerged(ID<Donor>)
    /// The second is part of the first already.
    case mergeInCircle(ID<Donor>, ID<Donor>)
    case unknownMerge(ID<DonorMerge>)
    /// The reason for forgetting somebody says who he was.
    case reasonNames
    case policyTaken(String)
    case unknownPolicy(String)
    case alreadyCredited(ID<Gift>)
    case notCredited(ID<Gift>)
    case alreadyThanked(ID<Gift>)
    /// A total that no longer fits into 64 bits.
    case totalTooLarge
    case receipt(ReceiptRefusal)
    case pledge(PledgeRefusal)
    case batch(BatchRefusal)
    case match(MatchRefusal)
    case adjustment(AdjustmentRefusal)
    case appeal(AppealRefusal)
    case unknownPlan(ID<RecurringPlan>)
    /// It stands so that this can't be said of it.
    case planStands(ID<RecurringPlan>, RecurringPlan.Standing)
    // Payouts, by the processor's id.
    case unknownPayout(String)
    case payoutLocked(String)
    /// It and its lines, or these and the books, don't agree.
    case payoutDiffers(String)
}

/// A mistake in an imported file.
public struct FileMistake: Error, Equatable, Sendable, CustomStringConvertible {
    /// As a text editor counts, from 1.
    public let line: Int
    /// The column's heading; nil when it is about the row or the file as a whole.
    public let column: String?
    /// As it stands in the file, cut when it is long; nil where it must not be repeated or there is none.
    public let value: String?
    public let reason: String

    public init(line: Int, column: String? = nil, value: String? = nil, reason: String) {
        self.line = line
        self.column = column
        self.value = value.map { $0.utf8.count <= Self.longestValue ? $0 : String($0.prefix(Self.longestValue)) + "…" }
        self.reason = reason
    }

    /// `line 7: amount "12,34": write digits and a decimal point, as in 19.99`
    public var description: String {
        guard let column else { return "line \(line): \(reason)" }
        guard let value else { return "line \(line): \(column): \(reason)" }
        return "line \(line): \(column) \"\(value)\": \(reason)"
    }

    /// A megabyte pasted into a cell must not become a megabyte of message.
    private static let longestValue = 100
}

extension PostgresError {
    /// The error that a broken rule of this module means; `self` when it isn't one of those.
    func orFundraisingError(_ meanings: [String: FundraisingError] = [:]) -> any Error {
        // 22003: a sum was cast to bigint and didn't fit.
        if sqlstate == "22003" { return FundraisingError.totalTooLarge }
        guard let name = constraint, let meaning = meanings[name] ?? Self.everywhere[name] else { return self }
        return meaning
    }

    private static let everywhere: [String: FundraisingError] = [
        "entry_refund_within_charge": .refundAboveCharge,
        "entry_open_month": .monthClosed,
    ]
}

/// Runs a query whose sums might not fit.
func withinRange<T>(_ query: () throws -> T) throws -> T {
    do { return try query() } catch let error as PostgresError { throw error.orFundraisingError() }
}
