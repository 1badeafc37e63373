public import Access
internal import Journal
public import Postgres
public import Values

/// Says that a gift, or a part of one, is an instalment of a promise. Nothing about the gift's money changes.
public struct SettleInstalment {
    /// Whose gift may settle it.
    public enum From: Sendable, Hashable {
        case thePromiser
        /// A promise of one that another keeps: a spouse, an own fund.
        case anyone
    }

    let instalment: ID<PledgeInstalment>
    let gift: ID<Gift>
    let amount: Money?
    let from: From
    let actor: Actor

    /// - Parameter amount: nil for all that is left of the gift.
    public init(
        _ instalment: ID<PledgeInstalment>, by gift: ID<Gift>, amount: Money? = nil, from: From = .thePromiser,
        as actor: Actor
    ) {
        self.instalment = instalment
        self.gift = gift
        self.amount = amount
        self.from = from
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `amountNotPositive`, `pledge` with
    ///   `unknownInstalment`, `notForPledge`, `ofOtherDonor`, `aboveOpen`, `aboveGift`.
    public func perform(_ db: Connection) throws -> PledgeInstalment {
        try actor.require(.pledgeManage)
        let part = try PledgeInstalment.lock(db, instalment)
        try db.run("SELECT FROM fundraising.gift WHERE id = \(gift) FOR NO KEY UPDATE")
        let given = try Gift.find(db, gift)
        guard given.gross.currency == part.open.currency, given.isLive else {
            throw FundraisingError.pledge(.notForPledge(gift, part.pledge))
        }
        if from == .thePromiser { try requireSameGiver(db, given, part) }
        let left = try left(db, given)
        let amount = amount ?? left
        guard amount.currency == part.open.currency else {
            throw FundraisingError.pledge(.notForPledge(gift, part.pledge))
        }
        guard left.minor > 0, amount.minor <= left.minor else {
            throw FundraisingError.pledge(.aboveGift(gift, left: left))
        }
        guard part.open.minor > 0, amount.minor <= part.open.minor else {
            throw FundraisingError.pledge(.aboveOpen(instalment, open: part.open))
        }
        guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }

        try db.run(
            """
            INSERT INTO fundraising.pledge_settlement (instalment_id, gift_id, amount_minor, settled_by) \
            VALUES (\(instalment), \(gift), \(amount.minor), \(actor.account))
            """)
        try Audit.append(
            db, Subject(.pledge, part.pledge.rawValue), "pledge.settled", by: actor.origin,
            facts: [
                "instalment": .integer(instalment.rawValue), "gift": .integer(gift.rawValue),
                "amount_minor": .integer(amount.minor),
            ])
        return try PledgeInstalment.find(db, instalment)
    }

    private func requireSameGiver(_ db: Connection, _ gift: Gift, _ part: PledgeInstalment) throws {
        let isSame = try db.one(
            """
            SELECT EXISTS (SELECT FROM fundraising.giver a JOIN fundraising.giver b ON b.survivor_id = a.survivor_id \
            WHERE a.donor_id = \(gift.donor) AND b.donor_id = \(part.donor))
            """
        ) { try $0.next(Bool.self) }
        guard isSame else { throw FundraisingError.pledge(.ofOtherDonor(gift.id, part.pledge)) }
    }

    /// What of the gift is still there and settles nothing yet.
    private func left(_ db: Connection, _ gift: Gift) throws -> Money {
        let used = try db.one(
            """
            SELECT coalesce(sum(s.amount_minor), 0)::bigint FROM fundraising.pledge_settlement s \
            WHERE s.gift_id = \(gift.id)
            """
        ) { try $0.next(Int64.self) }
        let net = try gift.gross.subtracting(gift.refunds)
        return Money(minor: max(0, net.minor - used), currency: net.currency)
    }
}

/// Gives up a part of a promise; above a limit it waits for a second person.
public struct WriteOffInstalment {
    let instalment: ID<PledgeInstalment>
    let amount: Money?
    let reason: String
    let actor: Actor

    /// - Parameter amount: nil for all that is open.
    public init(_ instalment: ID<PledgeInstalment>, amount: Money? = nil, reason: String, by actor: Actor) {
        self.instalment = instalment
        self.amount = amount
        self.reason = reason
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `amountNotPositive`, `confidential`, `pledge` with
    ///   `unknownInstalment`, `aboveOpen`; `ValueError`.
    public func perform(_ db: Connection) throws -> PledgeWriteOff {
        try actor.require(.pledgeManage)
        let reason = try TypedText(reason, "reason", longest: TypedText.note).text
        let part = try PledgeInstalment.lock(db, instalment)
        let amount = amount ?? part.open
        guard part.open.minor > 0, amount.currency == part.open.currency, amount.minor <= part.open.minor else {
            throw FundraisingError.pledge(.aboveOpen(instalment, open: part.open))
        }
        guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }
        let id = try db.one(
            """
            INSERT INTO fundraising.pledge_write_off (instalment_id, amount_minor, reason, asked_by) \
            VALUES (\(instalment), \(amount.minor), \(reason), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<PledgeWriteOff>.self) }
        let asked = try PledgeWriteOff.find(db, id)
        try Audit.append(
            db, Subject(.pledge, part.pledge.rawValue),
            asked.takesTwo ? "pledge.write_off_asked" : "pledge.written_off", by: actor.origin,
            facts: ["write_off": .integer(id.rawValue), "amount_minor": .integer(amount.minor)])
        return asked
    }
}

/// Agrees to giving up what another person asked to give up.
public struct ApproveWriteOff {
    let writeOff: ID<PledgeWriteOff>
    let actor: Actor

    public init(_ writeOff: ID<PledgeWriteOff>, by actor: Actor) {
        self.writeOff = writeOff
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``PledgeRefusal``: `unknownWriteOff`, `ownWriteOff`, `writeOffDecided`,
    ///   `aboveOpen`.
    public func perform(_ db: Connection) throws -> PledgeWriteOff {
        try actor.require(.writeOffApprove)
        let part = try PledgeInstalment.lock(db, PledgeWriteOff.find(db, writeOff).instalment)
        guard try !PledgeWriteOff.find(db, writeOff).counts else {
            throw FundraisingError.pledge(.writeOffDecided(writeOff))
        }
        do {
            try db.run(
                """
                UPDATE fundraising.pledge_write_off SET approved_by = \(actor.account), approved_at = now() \
                WHERE id = \(writeOff)
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "pledge_write_off_second_person": .pledge(.ownWriteOff(writeOff)),
                "pledge_write_off_within_open": .pledge(.aboveOpen(part.id, open: part.open)),
            ])
        }
        try Audit.append(
            db, Subject(.pledge, part.pledge.rawValue), "pledge.written_off", by: actor.origin,
            facts: ["write_off": .integer(writeOff.rawValue)])
        return try PledgeWriteOff.find(db, writeOff)
    }
}
