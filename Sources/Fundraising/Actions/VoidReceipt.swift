public import Access
internal import Journal
public import Postgres
internal import Values

/// Takes a receipt back. Its number stays taken, and the gift may get another. One of more than a person decides alone is
/// asked to be taken back first, and taken back when another person says so too.
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

    /// - Returns: the receipt, still issued when another person has to say so too.
    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/receipt(_:)``: `unknownReceipt`, `ended`;
    ///   ``AdjustmentRefusal/ownVoid(number:)``; `ValueError` for an empty reason.
    public func perform(_ db: Connection) throws -> Receipt {
        try actor.require(.receiptVoid)
        let reason = try ReceiptText.reason(reason)
        let known = try Receipts.find(db, name)
        try db.run("SELECT FROM fundraising.gift WHERE id = \(known.gift) FOR NO KEY UPDATE")
        let receipt = try Receipts.find(db, name)
        guard receipt.state == .issued else {
            throw FundraisingError.receipt(.ended(number: receipt.number, how: receipt.state.rawValue))
        }
        if try isAskedFirst(db, receipt, reason) { return try Receipts.find(db, name) }
        do {
            try db.run("SELECT fundraising.void_receipt(\(receipt.id), \(reason), \(actor.account))")
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "receipt_void_second_person": .adjustment(.ownVoid(number: receipt.number))
            ])
        }
        try Audit.append(db, Subject(.receipt, receipt.id.rawValue), "receipt.voided", by: actor.origin)
        return try Receipts.find(db, name)
    }

    /// Whether it is of much and nobody asked for it yet: then it is asked for now.
    private func isAskedFirst(_ db: Connection, _ receipt: Receipt, _ reason: String) throws -> Bool {
        let asks =
            try db.run(
                """
                INSERT INTO fundraising.receipt_void (receipt_id, reason, asked_by) \
                SELECT r.id, \(reason), \(actor.account) FROM fundraising.receipt r \
                WHERE r.id = \(receipt.id) AND r.amount_minor > fundraising.limit_of_one(r.currency) \
                ON CONFLICT ON CONSTRAINT receipt_void_pkey DO NOTHING
                """) == 1
        if asks { try Audit.append(db, Subject(.receipt, receipt.id.rawValue), "receipt.void_asked", by: actor.origin) }
        return asks
    }
}
