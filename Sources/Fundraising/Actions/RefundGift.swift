public import Access
internal import Journal
public import Postgres
public import Values

/// Gives money of a gift back by hand; above a limit it waits for a second person.
///
/// What came through a processor is given back there, and its event brings the entry: typed in as well, it would count
/// twice.
public struct RefundGift {
    let gift: ID<Gift>
    let amount: Money
    let at: Timestamp?
    let reason: String
    let actor: Actor

    /// - Parameter at: when it went back; now when nobody says.
    public init(_ gift: ID<Gift>, _ amount: Money, at: Timestamp?, reason: String, by actor: Actor) {
        self.gift = gift
        self.amount = amount
        self.at = at
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `refundAtProcessor`,
    ///   `refundAboveCharge`, `refundOutOfTime`, `amountNotPositive`, `confidential`; `ValueError`.
    public func perform(_ db: Connection) throws -> ManualRefund {
        try actor.require(.giftRecord)
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }
        let gift = try RefundedGift.lock(db, gift)
        try gift.check(amount)
        let at = try db.one("SELECT coalesce(\(at)::timestamptz, now())") { try $0.next(Timestamp.self) }
        try gift.check(db, at)

        let id = try db.one(
            """
            INSERT INTO fundraising.manual_refund (gift_id, amount_minor, occurred_at, reason, asked_by) \
            VALUES (\(self.gift), \(amount.minor), \(at), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<ManualRefund>.self) }
        let asked = try ManualRefund.find(db, id)
        try Audit.append(
            db, Subject(.gift, self.gift.rawValue), asked.takesTwo ? "refund.asked" : "refund.recorded",
            by: actor.origin, facts: ["refund": .integer(id.rawValue), "amount_minor": .integer(amount.minor)])
        if asked.takesTwo { return asked }
        return try gift.giveBack(db, asked, by: actor)
    }
}

/// Agrees to a refund that another person asked for, and makes it.
public struct ApproveRefund {
    let refund: ID<ManualRefund>
    let actor: Actor

    public init(_ refund: ID<ManualRefund>, by actor: Actor) {
        self.refund = refund
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownRefund`, `ownRefund`, `refundMade`,
    ///   `refundAboveCharge`.
    public func perform(_ db: Connection) throws -> ManualRefund {
        try actor.require(.refundApprove)
        // The gift first, as who asks does: nobody waits for somebody who waits for him.
        let asked = try ManualRefund.find(db, refund)
        let gift = try RefundedGift.lock(db, asked.gift)
        let known = try ManualRefund.find(db, refund)
        guard known.entry == nil else { throw FundraisingError.refundMade(refund) }
        do {
            try db.run(
                """
                UPDATE fundraising.manual_refund SET approved_by = \(actor.account), approved_at = now() \
                WHERE id = \(refund)
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError(["manual_refund_second_person": .ownRefund(refund)])
        }
        try gift.check(asked.amount)
        try Audit.append(
            db, Subject(.gift, asked.gift.rawValue), "refund.approved", by: actor.origin,
            facts: ["refund": .integer(refund.rawValue)])
        return try gift.giveBack(db, asked, by: actor)
    }
}

/// A gift of which money goes back, locked.
private struct RefundedGift {
    let id: ID<Gift>
    let kind: Gift.Kind
    let source: String
    let left: Money
    let givenAt: Timestamp

    static func lock(_ db: Connection, _ id: ID<Gift>) throws -> RefundedGift {
        guard try db.row("SELECT id FROM fundraising.gift WHERE id = \(id) FOR NO KEY UPDATE", { _ in true }) != nil
        else { throw FundraisingError.unknownGift(id) }
        let gift = try Gift.find(db, id)
        return RefundedGift(
            id: id, kind: gift.kind, source: gift.source, left: try gift.gross.subtracting(gift.refunds),
            givenAt: gift.givenAt)
    }

    func check(_ amount: Money) throws {
        guard !Booking.processors.contains(source) else { throw FundraisingError.refundAtProcessor(id, source) }
        guard amount.currency == left.currency else {
            throw ValueError(
                kind: "amount", value: amount.description, reason: "the gift is in \(left.currency.code)")
        }
        guard amount.minor <= left.minor else { throw FundraisingError.refundAboveCharge }
    }

    func check(_ db: Connection, _ at: Timestamp) throws {
        let isInTime = try db.one(
            """
            SELECT \(at)::timestamptz <= now() AND (\(at)::timestamptz AT TIME ZONE access.publication_zone())::date \
            >= (\(givenAt)::timestamptz AT TIME ZONE access.publication_zone())::date
            """
        ) { try $0.next(Bool.self) }
        guard isInTime else { throw FundraisingError.refundOutOfTime }
    }

    func giveBack(_ db: Connection, _ refund: ManualRefund, by actor: Actor) throws -> ManualRefund {
        let entry = try ManualEntry(
            kind: .refund, gift: id.rawValue, amount: refund.amount, occurredAt: refund.occurredAt,
            externalID: "refund-\(refund.id)", actor: actor
        ).make(db)
        try db.run("UPDATE fundraising.manual_refund SET entry_id = \(entry) WHERE id = \(refund.id)")
        return try ManualRefund.find(db, refund.id)
    }
}
