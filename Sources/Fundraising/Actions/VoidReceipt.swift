public import Access
internal import Journal
public import Postgres
internal import Values

/// Takes a receipt back. Its number stays taken, and the gift may get another.
public struct VoidReceipt {
    let name: String
    let reason: String
    let actor: Actor

    /// - Parameter name: the receipt's number or id.
    public init(_ name: String, reason: String, by actor: Actor) {
        self.name = name
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/receipt(_:)``: `unknownReceipt`, `ended`;
    ///   `ValueError` for an empty reason.
    public func perform(_ db: Connection) throws -> Receipt {
        try actor.require(.receiptVoid)
        let reason = try ReceiptText.reason(reason)
        let known = try Receipts.find(db, name)
        try db.run("SELECT FROM fundraising.gift WHERE id = \(known.gift) FOR NO KEY UPDATE")
        let receipt = try Receipts.find(db, name)
        guard receipt.state == .issued else {
            throw FundraisingError.receipt(.ended(number: receipt.number, how: receipt.state.rawValue))
        }
        try db.run("SELECT fundraising.void_receipt(\(receipt.id), \(reason), \(actor.account))")
        try Audit.append(db, Subject(.receipt, receipt.id.rawValue), "receipt.voided", by: actor.origin)
        return try Receipts.find(db, name)
    }
}
