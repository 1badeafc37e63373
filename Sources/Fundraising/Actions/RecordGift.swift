public import Access
internal import Journal
public import Postgres
public import Values

/// Records a gift that came by hand: a check in the mail, cash at an event, a wire, stock, a thing.
///
/// Its money is one charge, posted to the day it was given or to the first day the books are still open for.
public struct RecordGift {
    /// What is written on the slip.
    public struct Slip: Sendable {
        public var kind: Gift.Kind
        /// More than nothing; nothing only for stock and things, whose value may not be ours to state.
        public var amount: Money
        public var giver = Giver.nobody
        /// When it came; now, or the start of the postmark's day, when nobody says.
        public var givenAt: Timestamp?
        /// The day a check was mailed: the one it counts for (26 CFR 1.170A-1(b)).
        public var postmark: LocalDate?
        public var campaign: Slug?
        public var appeal: Slug?
        public var fund: Slug?
        /// The number or a slug of a story that was ever public.
        public var article: String?
        public var tribute: String?
        public var isAnonymous = false
        /// What the donor got in return, in good faith.
        public var benefit: Money?
        public var note: String?
        /// An exact decimal: "12.5".
        public var shares: String?
        public var symbol: String?
        public var description: String?
        /// The version of the naming policy that came with it, accepted.
        public var namingPolicy: String?

        public init(kind: Gift.Kind, amount: Money) {
            self.kind = kind
            self.amount = amount
        }
    }

    let slip: Slip
    let actor: Actor

    public init(_ slip: Slip, by actor: Actor) {
        self.slip = slip
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `confidential`, `unknownDonor`, `unknownCampaign`,
    ///   `unknownAppeal`, `appealWithoutCampaign`, `unknownFund`, `unknownArticle`, `giftFields`, `givenLater`,
    ///   `amountNotPositive`; `ValueError`.
    public func perform(_ db: Connection) throws -> ID<Gift> {
        try actor.require(.giftRecord)
        let texts = try checkedTexts()
        try checkFields()
        let time = try times(db)
        let origin = try origin(db)
        if let policy = slip.namingPolicy {
            let found = try db.value(
                "SELECT version FROM fundraising.naming_policy WHERE version = \(policy)", as: String.self)
            guard found != nil else { throw FundraisingError.unknownPolicy(policy) }
        }
        let donor = try slip.giver.donor(db)
        let id = try db.one("SELECT nextval('fundraising.gift_id_seq')") { try $0.next(Int64.self) }
        let amount = slip.amount
        try db.run(
            """
            INSERT INTO fundraising.gift (id, kind, donor_id, currency, intended_minor, benefit_minor, given_at, \
            tax_date, campaign_id, appeal_id, fund_id, article_id, tribute, anonymous, source, external_id, \
            recorded_by, note, shares, symbol, description, naming_policy) VALUES (\(id), \(slip.kind), \(donor), \
            \(amount.currency.code), \(amount.minor), \(slip.benefit?.minor ?? 0), \(time.givenAt), \(time.taxDate), \
            \(origin.campaign), \(origin.appeal), \(origin.fund), \(origin.article), \(texts.tribute), \
            \(slip.isAnonymous), \(ManualEntry.processor), \(String(id)), \(actor.account), \(texts.note), \
            \(slip.shares)::text::numeric, \(slip.symbol), \(texts.description), \(slip.namingPolicy))
            """)
        var facts: [String: JSON] = [
            "kind": .string(slip.kind.rawValue), "amount_minor": .integer(amount.minor),
            "currency": .string(amount.currency.code),
        ]
        if amount.minor > 0 {
            let entry = try ManualEntry(
                kind: .charge, gift: id, amount: amount, occurredAt: time.givenAt,
                externalID: String(id), actor: actor
            ).make(db)
            facts["entry"] = .integer(entry)
        }
        try Audit.append(db, Subject(.gift, id), "gift.recorded", by: actor.origin, facts: facts)
        return ID(id)
    }

    // MARK: What is written

    private func checkedTexts() throws -> (tribute: String?, note: String?, description: String?) {
        try slip.giver.checkTexts()
        for (field, text) in [
            ("symbol", slip.symbol), ("shares", slip.shares), ("article", slip.article),
            ("policy", slip.namingPolicy),
        ] {
            _ = try TypedText.optional(text, field, longest: TypedText.name)
        }
        return (
            try TypedText.optional(slip.tribute, "tribute", longest: TypedText.name),
            try TypedText.optional(slip.note, "note", longest: TypedText.note),
            try TypedText.optional(slip.description, "description", longest: TypedText.name)
        )
    }

    private func checkFields() throws {
        let amount = slip.amount
        let isThing = slip.kind == .stock || slip.kind == .inKind
        guard amount.minor > 0 || (amount.minor == 0 && isThing) else {
            throw FundraisingError.amountNotPositive(amount)
        }
        if let benefit = slip.benefit {
            guard benefit.currency == amount.currency, benefit.minor >= 0 else {
                throw ValueError(
                    kind: "benefit", value: benefit.description, reason: "it is an amount in \(amount.currency.code)")
            }
        }
        func require(_ isGiven: Bool, _ isRight: Bool, _ text: String) throws {
            guard !isGiven || isRight else { throw FundraisingError.giftFields(text) }
        }
        try require(slip.postmark != nil, slip.kind == .check, "only a check has a postmark")
        try require(slip.shares != nil || slip.symbol != nil, slip.kind == .stock, "only stock has shares and a symbol")
        try require(slip.description != nil, slip.kind == .inKind, "only a thing (in_kind) has a description")
        try require(
            slip.kind == .stock, slip.shares != nil && slip.symbol != nil, "stock takes its number of shares and symbol"
        )
        try require(slip.kind == .inKind, slip.description != nil, "a thing (in_kind) takes a description")
        if let shares = slip.shares { try Self.checkShares(shares) }
        if let symbol = slip.symbol {
            guard symbol.wholeMatch(of: /[A-Z0-9][A-Z0-9.\-]{0,19}/) != nil else {
                throw ValueError(kind: "symbol", value: symbol, reason: "write it as the exchange does, as in ACME")
            }
        }
    }

    /// Twelve digits and six decimals hold every number of shares, fractions too.
    private static func checkShares(_ text: String) throws {
        guard text.wholeMatch(of: /[0-9]{1,12}(\.[0-9]{1,6})?/) != nil,
            text.contains(where: { ("1"..."9").contains($0) })
        else {
            throw ValueError(kind: "number of shares", value: text, reason: "write it as in 12 or 12.5")
        }
    }

    // MARK: When, and what for

    private func times(_ db: Connection) throws -> (givenAt: Timestamp, taxDate: LocalDate) {
        try db.one(
            """
            SELECT t.at, coalesce(\(slip.postmark)::date, t.day), t.at > now(), \(slip.postmark)::date > t.day FROM (\
            SELECT g.at, (g.at AT TIME ZONE access.publication_zone())::date AS day FROM (SELECT coalesce(\
            \(slip.givenAt)::timestamptz, \(slip.postmark)::date::timestamp AT TIME ZONE access.publication_zone(), \
            now()) AS at) g) t
            """
        ) { row in
            let (at, day) = (try row.next(Timestamp.self), try row.next(LocalDate.self))
            let (isLater, isMailedLater) = (try row.next(Bool.self), try row.next(Bool?.self))
            guard !isLater else { throw FundraisingError.givenLater }
            guard isMailedLater != true else {
                throw FundraisingError.giftFields("a check is mailed before it comes; its postmark is later")
            }
            return (at, day)
        }
    }

    private func origin(_ db: Connection) throws -> (campaign: Int64?, appeal: Int64?, fund: Int64?, article: Int64?) {
        var (campaign, appeal, fund, article): (Int64?, Int64?, Int64?, Int64?)
        if let slug = slip.campaign {
            campaign = try db.value("SELECT id FROM fundraising.campaign WHERE slug = \(slug)", as: Int64.self)
            guard campaign != nil else { throw FundraisingError.unknownCampaign(slug) }
        }
        if let slug = slip.appeal {
            guard let named = slip.campaign, let campaign else { throw FundraisingError.appealWithoutCampaign }
            appeal = try db.value(
                "SELECT id FROM fundraising.appeal WHERE campaign_id = \(campaign) AND slug = \(slug)", as: Int64.self)
            guard appeal != nil else { throw FundraisingError.unknownAppeal(slug, campaign: named) }
        }
        if let slug = slip.fund {
            fund = try db.value("SELECT id FROM fundraising.fund WHERE slug = \(slug)", as: Int64.self)
            guard fund != nil else { throw FundraisingError.unknownFund(slug) }
        }
        if let name = slip.article { article = try PublicStory.id(db, name) }
        return (campaign, appeal, fund, article)
    }
}
