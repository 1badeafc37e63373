public import Access
internal import Journal
public import Postgres
public import Values

/// Corrects a gift's money by a further entry; above a limit it waits for a second person.
///
/// What came through a processor is as the processor says: corrected by hand, the two would never agree again.
public struct AdjustGift {
    public enum Change: Sendable, Hashable {
        /// More came than was written down.
        case raise(Money)
        /// Less came.
        case lower(Money)
        /// It won't come: a check bounced, a wire was called back.
        case writeOff(Money)

        var amount: Money {
            switch self {
            case .raise(let amount), .lower(let amount), .writeOff(let amount): amount
            }
        }

        fileprivate var kind: ManualAdjustment.Kind {
            if case .writeOff = self { .writeOff } else { .adjustment }
        }

        fileprivate var signed: Int64 {
            if case .raise = self { amount.minor } else { -amount.minor }
        }
    }

    let gift: ID<Gift>
    let change: Change
    let reason: String
    let actor: Actor

    public init(_ gift: ID<Gift>, _ change: Change, reason: String, by actor: Actor) {
        self.gift = gift
        self.change = change
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `refundAtProcessor`,
    ///   `amountNotPositive`, `confidential`, `adjustment` with `aboveLeft`, `noMoney`; `ValueError`.
    public func perform(_ db: Connection) throws -> ManualAdjustment {
        try actor.require(.giftRecord)
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        guard change.amount.minor > 0 else { throw FundraisingError.amountNotPositive(change.amount) }
        let gift = try AdjustedGift.lock(db, gift)
        try gift.check(change.amount.currency, change.signed)
        let id = try db.one(
            """
            INSERT INTO fundraising.manual_adjustment (gift_id, kind, amount_minor, reason, asked_by) \
            VALUES (\(self.gift), \(change.kind), \(change.signed), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<ManualAdjustment>.self) }
        let asked = try ManualAdjustment.find(db, id)
        try Audit.append(
            db, Subject(.gift, self.gift.rawValue), asked.takesTwo ? "adjustment.asked" : "adjustment.recorded",
            by: actor.origin, facts: ["adjustment": .integer(id.rawValue), "amount_minor": .integer(change.signed)])
        return asked.takesTwo ? asked : try gift.adjust(db, asked, by: actor)
    }
}

/// Agrees to a correction that another person asked for, and makes it.
public struct ApproveAdjustment {
    let adjustment: ID<ManualAdjustment>
    let actor: Actor

    public init(_ adjustment: ID<ManualAdjustment>, by actor: Actor) {
        self.adjustment = adjustment
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``AdjustmentRefusal``: `unknownAdjustment`, `ownAdjustment`,
    ///   `adjustmentMade`, `aboveLeft`.
    public func perform(_ db: Connection) throws -> ManualAdjustment {
        try actor.require(.writeOffApprove)
        // The gift first, as who asks does: nobody waits for somebody who waits for him.
        let gift = try AdjustedGift.lock(db, ManualAdjustment.find(db, adjustment).gift)
        let asked = try ManualAdjustment.find(db, adjustment)
        guard asked.entry == nil else { throw FundraisingError.adjustment(.adjustmentMade(adjustment)) }
        do {
            try db.run(
                """
                UPDATE fundraising.manual_adjustment SET approved_by = \(actor.account), approved_at = now() \
                WHERE id = \(adjustment)
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "manual_adjustment_second_person": .adjustment(.ownAdjustment(adjustment))
            ])
        }
        try gift.check(asked.amount.currency, asked.amount.minor)
        try Audit.append(
            db, Subject(.gift, asked.gift.rawValue), "adjustment.approved", by: actor.origin,
            facts: ["adjustment": .integer(adjustment.rawValue)])
        return try gift.adjust(db, asked, by: actor)
    }
}

/// A gift whose money is corrected, locked.
private struct AdjustedGift {
    let gift: Gift
    let left: Money

    static func lock(_ db: Connection, _ id: ID<Gift>) throws -> AdjustedGift {
        guard try db.row("SELECT id FROM fundraising.gift WHERE id = \(id) FOR NO KEY UPDATE", { _ in true }) != nil
        else { throw FundraisingError.unknownGift(id) }
        let gift = try Gift.find(db, id)
        return AdjustedGift(gift: gift, left: try gift.gross.subtracting(gift.refunds))
    }

    func check(_ currency: Currency, _ signed: Int64) throws {
        guard !Booking.processors.contains(gift.source) else {
            throw FundraisingError.refundAtProcessor(gift.id, gift.source)
        }
        guard currency == left.currency else {
            throw ValueError(kind: "amount", value: currency.code, reason: "the gift is in \(left.currency.code)")
        }
        guard gift.isLive, gift.gross.minor > 0 else { throw FundraisingError.adjustment(.noMoney(gift.id)) }
        guard signed > 0 || -signed <= left.minor else {
            throw FundraisingError.adjustment(.aboveLeft(gift.id, left: left))
        }
    }

    func adjust(_ db: Connection, _ asked: ManualAdjustment, by actor: Actor) throws -> ManualAdjustment {
        let kind: ManualEntry.Kind =
            asked.kind == .writeOff ? .writeOff : asked.amount.minor > 0 ? .raise : .lower
        let now = try db.one("SELECT now()") { try $0.next(Timestamp.self) }
        let entry = try ManualEntry(
            kind: kind, gift: gift.id.rawValue,
            amount: Money(minor: abs(asked.amount.minor), currency: asked.amount.currency), occurredAt: now,
            externalID: "adjustment-\(asked.id)", actor: actor
        ).make(db)
        try db.run("UPDATE fundraising.manual_adjustment SET entry_id = \(entry) WHERE id = \(asked.id)")
        return try ManualAdjustment.find(db, asked.id)
    }
}
