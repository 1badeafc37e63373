public import Access
public import Journal

extension Permission {
    public static let budgetManage = Permission("budget.manage")
    public static let campaignRead = Permission("campaign.read")
    public static let campaignManage = Permission("campaign.manage")
    public static let donorRead = Permission("donor.read")
    public static let donorManage = Permission("donor.manage")
    public static let donorErase = Permission("donor.erase")
    public static let giftRead = Permission("gift.read")
    public static let giftRecord = Permission("gift.record")
    public static let donationsImport = Permission("donations.import")
    public static let donationsReport = Permission("donations.report")
    public static let eventRead = Permission("event.read")
    public static let eventHandle = Permission("event.handle")
    public static let periodClose = Permission("period.close")
    public static let pledgeManage = Permission("pledge.manage")
    public static let writeOffApprove = Permission("write-off.approve")
    public static let depositManage = Permission("deposit.manage")
    public static let checkoutRead = Permission("checkout.read")
    public static let checkoutManage = Permission("checkout.manage")
    public static let appealSignOff = Permission("appeal.sign-off")
    public static let appealBar = Permission("appeal.bar")
    public static let refundApprove = Permission("refund.approve")
    public static let receiptRead = Permission("receipt.read")
    public static let receiptIssue = Permission("receipt.issue")
    public static let receiptVoid = Permission("receipt.void")
    public static let payoutRead = Permission("payout.read")
    public static let planManage = Permission("plan.manage")
    public static let payoutLock = Permission("payout.lock")
}

extension Subject.Kind {
    /// One ask inside a campaign.
    public static let appeal = Subject.Kind("appeal")
    /// What is foreseen; the one that holds is number 1.
    public static let budget = Subject.Kind("budget")
    /// A file of gifts or of a processor's.
    public static let donationImport = Subject.Kind("donation_import")
    /// Something offered and not taken.
    public static let declinedGift = Subject.Kind("declined_gift")
    /// What gifts may be spent on.
    public static let fund = Subject.Kind("fund")
    /// What somebody promised to give.
    public static let pledge = Subject.Kind("pledge")
    /// Gifts that went to the bank together.
    public static let depositBatch = Subject.Kind("deposit_batch")
    /// A sponsor's word to give as others give.
    public static let match = Subject.Kind("match")
    /// The donation form, of which there is one.
    public static let checkout = Subject.Kind("checkout")
    /// A month of the books, as 202512.
    public static let period = Subject.Kind("period")
    /// A promise to give again and again.
    public static let plan = Subject.Kind("plan")
    /// Money on its way from a processor to the bank.
    public static let payout = Subject.Kind("payout")
    /// Something a payment processor told us.
    public static let processorEvent = Subject.Kind("processor_event")
    /// What we told a donor about a gift.
    public static let receipt = Subject.Kind("receipt")
    /// What we told a donor about a year.
    public static let statement = Subject.Kind("statement")
}
