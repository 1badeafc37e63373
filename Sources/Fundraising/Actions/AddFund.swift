public import Access
internal import Journal
public import Postgres
public import Values

/// Opens a fund. Its slug is in files that name it, so it is taken for good.
public struct AddFund {
    let slug: Slug
    let name: String
    let restriction: Fund.Restriction
    let actor: Actor

    public init(slug: Slug, name: String, restriction: Fund.Restriction, by actor: Actor) {
        self.slug = slug
        self.name = name
        self.restriction = restriction
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `fundSlugTaken`, `confidential`; `ValueError`.
    public func perform(_ db: Connection) throws -> Fund {
        try actor.require(.campaignManage)
        let name = try CampaignName(name)
        let purpose = try TypedText.optional(restriction.purpose, "purpose", longest: TypedText.note)
        let fund: Fund
        do {
            fund = try db.one(
                """
                INSERT INTO fundraising.fund AS f (slug, name, restriction, purpose, until, created_by) \
                VALUES (\(slug), \(name.text), \(restriction.word), \(purpose), \(restriction.until), \
                \(actor.account)) RETURNING \(raw: Fund.columns)
                """
            ) { try Fund(&$0) }
        } catch let error as PostgresError {
            throw error.orFundraisingError(["fund_slug_key": .fundSlugTaken(slug)])
        }
        try Audit.append(
            db, Subject(.fund, fund.id.rawValue), "fund.added", by: actor.origin,
            facts: ["restriction": .string(restriction.word)])
        return fund
    }
}

/// Changes how a fund is called; what it is for and until when only as long as nobody gave for it.
public struct EditFund {
    /// Nil leaves a field as it is.
    public struct Change: Sendable {
        public var name: String?
        public var purpose: String?
        public var until: LocalDate?

        public init(name: String? = nil, purpose: String? = nil, until: LocalDate? = nil) {
            self.name = name
            self.purpose = purpose
            self.until = until
        }
    }

    let slug: Slug
    let change: Change
    let actor: Actor

    public init(_ slug: Slug, _ change: Change, by actor: Actor) {
        self.slug = slug
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownFund`, `fundKeeps`, `fundRestriction`,
    ///   `confidential`; `ValueError`.
    public func perform(_ db: Connection) throws -> Fund {
        try actor.require(.campaignManage)
        let name = try change.name.map { try CampaignName($0).text }
        let purpose = try TypedText.optional(change.purpose, "purpose", longest: TypedText.note)
        let fund = try Fund.find(db, slug)
        do {
            try db.run(
                """
                UPDATE fundraising.fund SET name = coalesce(\(name)::text, name), \
                purpose = coalesce(\(purpose)::text, purpose), until = coalesce(\(change.until)::date, until) \
                WHERE id = \(fund.id)
                """)
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "fund_keeps": .fundKeeps(slug),
                "fund_restricted_how": .fundRestriction(slug, fund.restriction.word),
            ])
        }
        try Audit.append(db, Subject(.fund, fund.id.rawValue), "fund.edited", by: actor.origin)
        return try Fund.find(db, slug)
    }
}
