public import Access
internal import Journal
public import Postgres
public import Values

/// Saves an appeal's text as its next revision. Whatever was signed off before isn't any more: nobody said yes to this.
public struct SaveAppeal {
    let appeal: Appeal
    let text: String?
    let amounts: [Money]?
    let base: Int?
    let actor: Actor

    /// - Parameters:
    ///   - text: Markdown; nil for the latest revision's.
    ///   - amounts: what is offered, in this order; nil for the latest revision's.
    ///   - base: the revision that was read; nil for whichever is the latest.
    public init(_ appeal: Appeal, text: String?, amounts: [Money]?, base: Int?, by actor: Actor) {
        self.appeal = appeal
        self.text = text
        self.amounts = amounts
        self.base = base
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `confidential`, `appeal` with `noText`, `unchanged`,
    ///   `changedMeanwhile`; `ValueError`.
    public func perform(_ db: Connection) throws -> AppealRevision {
        try actor.require(.campaignManage)
        let text = try TypedText.optional(text, "text", longest: AppealRevision.longest)
        try db.run("SELECT FROM fundraising.appeal WHERE id = \(appeal.id) FOR NO KEY UPDATE")
        let latest = try appeal.revision(db)
        if let base, base != latest?.number ?? 0 {
            throw FundraisingError.appeal(
                .changedMeanwhile(appeal.slug, latest: latest?.number ?? 0, by: latest?.savedBy ?? ""))
        }
        let currency = try CampaignProgress.find(db, appeal.campaign).campaign.goal.currency
        let amounts = try checked(amounts ?? latest?.amounts ?? [], currency)
        guard let text = text ?? latest?.text else { throw FundraisingError.appeal(.noText(appeal.slug)) }
        if let latest, latest.text == text, latest.amounts == amounts {
            throw FundraisingError.appeal(.unchanged(appeal.slug, number: latest.number))
        }
        try db.run(
            """
            INSERT INTO fundraising.appeal_revision (appeal_id, text, amounts, saved_by) \
            VALUES (\(appeal.id), \(text), \(amounts.map(\.minor)), \(actor.account))
            """)
        guard let saved = try appeal.revision(db) else { throw FundraisingError.appeal(.noText(appeal.slug)) }
        try Audit.append(
            db, Subject(.appeal, appeal.id.rawValue), "appeal.saved", by: actor.origin,
            facts: ["revision": .integer(Int64(saved.number)), "hash": .string(saved.hash)])
        return saved
    }

    private func checked(_ amounts: [Money], _ currency: Currency) throws -> [Money] {
        func refused(_ value: String, _ reason: String) -> ValueError {
            ValueError(kind: "amount", value: value, reason: reason)
        }
        guard amounts.count <= AppealRevision.mostAmounts else {
            throw refused("\(amounts.count) amounts", "offer at most \(AppealRevision.mostAmounts)")
        }
        guard Set(amounts).count == amounts.count else { throw refused("the same twice", "offer each amount once") }
        for amount in amounts {
            guard amount.currency == currency else {
                throw refused(amount.description, "the campaign is in \(currency.code)")
            }
            guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }
        }
        return amounts
    }
}

/// Says yes to an appeal's latest text, to the letter. Who saved it can't.
public struct SignOffAppeal {
    let appeal: Appeal
    let number: Int?
    let actor: Actor

    /// - Parameter revision: the one that was read; refused when it isn't the latest any more.
    public init(_ appeal: Appeal, revision number: Int?, by actor: Actor) {
        self.appeal = appeal
        self.number = number
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``AppealRefusal``: `noText`, `changedMeanwhile`, `ownText`,
    ///   `signedAlready`.
    public func perform(_ db: Connection) throws -> AppealRevision {
        try actor.require(.appealSignOff)
        guard let latest = try appeal.revision(db) else { throw FundraisingError.appeal(.noText(appeal.slug)) }
        guard number == nil || number == latest.number else {
            throw FundraisingError.appeal(
                .changedMeanwhile(appeal.slug, latest: latest.number, by: latest.savedBy))
        }
        do {
            try db.run(
                """
                INSERT INTO fundraising.appeal_sign_off (appeal_id, number, hash, signed_by) \
                VALUES (\(appeal.id), \(latest.number)::integer, decode(\(latest.hash), 'hex'), \(actor.account))
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "appeal_sign_off_second_person": .appeal(.ownText(appeal.slug, number: latest.number)),
                "appeal_sign_off_pkey": .appeal(.signedAlready(appeal.slug, number: latest.number)),
                "appeal_sign_off_latest": .appeal(
                    .changedMeanwhile(appeal.slug, latest: latest.number + 1, by: "somebody")),
            ])
        }
        try Audit.append(
            db, Subject(.appeal, appeal.id.rawValue), "appeal.signed_off", by: actor.origin,
            facts: ["revision": .integer(Int64(latest.number)), "hash": .string(latest.hash)])
        return try appeal.revision(db) ?? latest
    }
}
