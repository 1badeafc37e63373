public import Access
internal import Journal
public import Postgres
internal import Values

/// Prints a receipt from its snapshot. The first print is the original; each further one is the same letter with the
/// word DUPLICATE, so that nobody deducts a gift twice on two originals.
public struct PrintReceipt {
    let name: String
    let actor: Actor

    /// - Parameter name: the receipt's number or id.
    public init(_ name: String, by actor: Actor) {
        self.name = name
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/receipt(_:)``: `unknownReceipt`; `ended` for one that
    ///   doesn't hold any more.
    public func perform(_ db: Connection) throws -> (receipt: Receipt, letter: Letter) {
        try actor.require(.receiptIssue)
        let known = try Receipts.find(db, name)
        // Two who print at once: one of them gets the duplicate.
        try db.run("SELECT FROM fundraising.gift WHERE id = \(known.gift) FOR NO KEY UPDATE")
        let receipt = try Receipts.find(db, name)
        guard receipt.state == .issued else {
            throw FundraisingError.receipt(.ended(number: receipt.number, how: receipt.state.rawValue))
        }
        try db.run(
            """
            INSERT INTO fundraising.receipt_print (receipt_id, copy, printed_by) \
            VALUES (\(receipt.id), \(receipt.prints + 1), \(actor.account))
            """)
        try Audit.append(
            db, Subject(.receipt, receipt.id.rawValue), "receipt.printed", by: actor.origin,
            facts: ["copy": .integer(Int64(receipt.prints + 1))])
        return (try Receipts.find(db, name), receipt.letter(isDuplicate: receipt.prints > 0))
    }
}
