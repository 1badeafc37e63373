public import Values

/// Why there is no such receipt or statement, or none may be made.
public enum ReceiptRefusal: Error, Equatable, Sendable {
    case unknownReceipt(String)
    /// Nothing that this donor gave in the year belongs into a statement.
    case nothingToState(ID<Donor>, year: Int)
    case unknownStatement(ID<Statement>)
    /// A setting without which nothing is issued.
    case settingMissing(String)
    /// Too small for the tax office to want one; one is issued on request.
    case notNeeded(ID<Gift>)
    case testGift(ID<Gift>)
    /// Nothing came, or all of it went back.
    case nothingReceived(ID<Gift>)
    case disputed(ID<Gift>)
    case donorUnknown(ID<Gift>)
    /// The donor's identity was erased, or never known.
    case donorNameless(ID<Donor>)
    /// The donor on the books is not the one to whom this kind of gift is receipted: a fund's sponsor instead of its
    /// advisor, an employee instead of his company.
    case wrongAddressee(ID<Gift>, Gift.Kind)
    /// Only gifts by way of a fund or a company go to somebody else than who is on the books.
    case otherAddressee(ID<Gift>)
    /// What the donor got for the gift has a value and no words.
    case benefitUnsaid(ID<Gift>)
    /// Which shares, or which things.
    case descriptionUnsaid(ID<Gift>)
    case hasReceipt(ID<Gift>, number: String)
    case ended(number: String, how: String)
}
