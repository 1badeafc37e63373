public import Access
internal import Journal
public import Postgres
public import Values

/// Opens a batch with what its slip says.
public struct OpenBatch {
    let total: Money
    let count: Int
    let depositedOn: LocalDate
    let actor: Actor

    public init(total: Money, count: Int, depositedOn: LocalDate, by actor: Actor) {
        self.total = total
        self.count = count
        self.depositedOn = depositedOn
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `amountNotPositive`, `batch` with `count`.
    public func perform(_ db: Connection) throws -> DepositBatch {
        try actor.require(.depositManage)
        guard total.minor > 0 else { throw FundraisingError.amountNotPositive(total) }
        guard (1...DepositBatch.mostGifts).contains(count) else {
            throw FundraisingError.batch(.count(limit: DepositBatch.mostGifts))
        }
        let id = try db.one(
            """
            INSERT INTO fundraising.deposit_batch (currency, total_minor, gifts, deposited_on, opened_by) \
            VALUES (\(total.currency.code), \(total.minor), \(count)::integer, \(depositedOn), \(actor.account)) \
            RETURNING id
            """
        ) { try $0.next(ID<DepositBatch>.self) }
        try Audit.append(
            db, Subject(.depositBatch, id.rawValue), "batch.opened", by: actor.origin,
            facts: ["total_minor": .integer(total.minor), "gifts": .integer(Int64(count))])
        return try DepositBatch.find(db, id)
    }
}

/// Puts gifts into an open batch, or takes them out: all of them or none.
public struct DepositGifts {
    public enum Way: Sendable, Hashable { case into, outOf }

    let gifts: [ID<Gift>]
    let way: Way
    let batch: ID<DepositBatch>
    let actor: Actor

    public init(_ gifts: [ID<Gift>], _ way: Way = .into, _ batch: ID<DepositBatch>, by actor: Actor) {
        self.gifts = gifts
        self.way = way
        self.batch = batch
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, `batch` with `unknownBatch`,
    ///   `closed`, `deposited`, `notDeposited`, `notInBatch`, `count`.
    public func perform(_ db: Connection) throws -> DepositBatch {
        try actor.require(.depositManage)
        guard (1...DepositBatch.mostGifts).contains(gifts.count) else {
            throw FundraisingError.batch(.count(limit: DepositBatch.mostGifts))
        }
        // The batch first, as the database's own rule does.
        try db.run("SELECT FROM fundraising.deposit_batch WHERE id = \(batch) FOR NO KEY UPDATE")
        guard try DepositBatch.find(db, batch).closedAt == nil else { throw FundraisingError.batch(.closed(batch)) }
        for gift in gifts {
            switch way {
            case .into: try put(db, gift)
            case .outOf: try take(db, gift)
            }
        }
        try Audit.append(
            db, Subject(.depositBatch, batch.rawValue), way == .into ? "batch.added" : "batch.removed",
            by: actor.origin, facts: ["gifts": .array(gifts.map { .integer($0.rawValue) })])
        return try DepositBatch.find(db, batch)
    }

    private func put(_ db: Connection, _ gift: ID<Gift>) throws {
        guard try db.value("SELECT id FROM fundraising.gift WHERE id = \(gift)", as: ID<Gift>.self) != nil else {
            throw FundraisingError.unknownGift(gift)
        }
        let other = try db.value(
            "SELECT batch_id FROM fundraising.deposit_item WHERE gift_id = \(gift)", as: ID<DepositBatch>.self)
        if let other { throw FundraisingError.batch(.deposited(gift, in: other)) }
        do {
            try db.run(
                """
                INSERT INTO fundraising.deposit_item (gift_id, batch_id, added_by) \
                VALUES (\(gift), \(batch), \(actor.account))
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                // Somebody else put it into a batch of his meanwhile.
                "deposit_item_pkey": .batch(.deposited(gift, in: batch)),
                "deposit_item_deposited": .batch(.notDeposited(gift)),
            ])
        }
    }

    private func take(_ db: Connection, _ gift: ID<Gift>) throws {
        let taken = try db.run(
            "DELETE FROM fundraising.deposit_item WHERE gift_id = \(gift) AND batch_id = \(batch)")
        guard taken == 1 else { throw FundraisingError.batch(.notInBatch(gift, batch)) }
    }
}

/// Closes a batch whose gifts come to what its slip says; what still lay undeposited is at the bank then.
public struct CloseBatch {
    let batch: ID<DepositBatch>
    let actor: Actor

    public init(_ batch: ID<DepositBatch>, by actor: Actor) {
        self.batch = batch
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``BatchRefusal``: `unknownBatch`, `closed`, `differs`, `changed`.
    public func perform(_ db: Connection) throws -> DepositBatch {
        try actor.require(.depositManage)
        try db.run("SELECT FROM fundraising.deposit_batch WHERE id = \(batch) FOR NO KEY UPDATE")
        let known = try DepositBatch.find(db, batch)
        guard known.closedAt == nil else { throw FundraisingError.batch(.closed(batch)) }
        guard known.isEqual else {
            throw FundraisingError.batch(
                .differs(
                    batch, slip: known.total, count: known.count, added: known.addedTotal,
                    addedCount: known.addedCount))
        }
        try db.run(
            """
            SELECT FROM fundraising.gift g JOIN fundraising.deposit_item i ON i.gift_id = g.id \
            WHERE i.batch_id = \(batch) ORDER BY g.id FOR NO KEY UPDATE OF g
            """)
        let changed = try db.one(
            "SELECT min(gift_id) FROM fundraising.deposit_changed WHERE batch_id = \(batch)"
        ) { try $0.next(ID<Gift>?.self) }
        if let changed { throw FundraisingError.batch(.changed(changed, in: batch)) }
        try db.run(
            """
            UPDATE fundraising.deposit_batch SET closed_at = now(), closed_by = \(actor.account) WHERE id = \(batch)
            """)
        try Audit.append(
            db, Subject(.depositBatch, batch.rawValue), "batch.closed", by: actor.origin,
            facts: ["total_minor": .integer(known.total.minor), "gifts": .integer(Int64(known.count))])
        return try DepositBatch.find(db, batch)
    }
}
