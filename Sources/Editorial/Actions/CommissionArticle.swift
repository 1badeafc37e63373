public import Access
internal import Journal
public import Postgres
public import Values

/// Agrees with a contributor on an article.
public struct CommissionArticle {
    let article: ID<Article>
    let contributor: Slug
    let terms: Commission.Terms
    let actor: Actor

    public init(_ article: ID<Article>, from contributor: Slug, _ terms: Commission.Terms, by actor: Actor) {
        self.article = article
        self.contributor = contributor
        self.terms = terms
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `contributorUnknown`, `taxNumber`,
    ///   `contentRefused`, `dueNonexistent`, `dueAmbiguous`.
    public func perform(_ db: Connection) throws -> Commission {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.commissionManage, section: article.section)
        let contributor = try Contributor.find(db, contributor)
        let id = try db.one(
            """
            INSERT INTO editorial.commission (article_id, contributor_id, created_by) \
            VALUES (\(article.id), \(contributor.id), \(actor.account)) RETURNING id
            """
        ) { try $0.next(ID<Commission>.self) }
        try terms.insert(db, id, version: 1, by: actor)
        try Audit.append(
            db, Subject(.commission, id.rawValue), "commission.added", by: actor.origin,
            facts: [
                "article": .integer(article.id.rawValue), "contributor": .integer(contributor.id.rawValue),
                "version": 1,
            ])
        return try Commissions.find(db, id, for: actor)
    }
}

/// Changes the terms: a new version; the older ones stay. Not once what is payable was approved.
public struct ChangeCommission {
    /// What to change; nil leaves it.
    public struct Change: Sendable {
        public var price: Commission.Price?
        public var words: Int?
        public var due: Due?
        public var killPercent: Int?
        public var firstWeb: Bool?
        public var archive: Bool?
        public var republication: Bool?
        public var exclusiveUntil: LocalDate?
        public var agreement: String?
        public var note: String?

        public init() {}
    }

    let commission: ID<Commission>
    let change: Change
    let actor: Actor

    public init(_ commission: ID<Commission>, _ change: Change, by actor: Actor) {
        self.commission = commission
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `commissionUnknown`, `commissionSettled`,
    ///   `taxNumber`, `contentRefused`, `dueNonexistent`, `dueAmbiguous`.
    public func perform(_ db: Connection) throws -> Commission {
        let commission = try Commission.lock(db, commission, for: actor)
        let steps: [Commission.Step] = [.approved, .exported, .paid]
        if let step = commission.step, steps.contains(step) { throw EditorialError.commissionSettled(commission.id) }
        var terms = try Commission.Terms.current(db, commission.id)
        terms.price = change.price ?? terms.price
        terms.words = change.words ?? terms.words
        terms.due = change.due ?? terms.due
        terms.killPercent = change.killPercent ?? terms.killPercent
        terms.rights.firstWeb = change.firstWeb ?? terms.rights.firstWeb
        terms.rights.archive = change.archive ?? terms.rights.archive
        terms.rights.republication = change.republication ?? terms.rights.republication
        terms.rights.exclusiveUntil = change.exclusiveUntil ?? terms.rights.exclusiveUntil
        terms.agreement = change.agreement ?? terms.agreement
        terms.note = change.note ?? terms.note
        if case .rate(let money, _) = terms.price, let words = change.words, change.price == nil {
            terms.price = .rate(money, words: words)
        }
        try terms.insert(db, commission.id, version: commission.version + 1, by: actor)
        try Audit.append(
            db, Subject(.commission, commission.id.rawValue), "commission.changed", by: actor.origin,
            facts: ["version": .integer(Int64(commission.version + 1))])
        return try Commissions.find(db, commission.id, for: actor)
    }
}

extension Commission {
    /// Its article locked, so that steps and changes come one after the other.
    ///
    /// - Throws: `AccessError.notPermitted`, ``EditorialError/commissionUnknown(_:)``.
    static func lock(
        _ db: Connection, _ id: ID<Commission>, for actor: Actor, permission: Permission = .commissionManage
    ) throws -> Commission {
        let seen = try Commissions.find(db, id, for: actor)
        let section = try db.one(
            """
            SELECT (SELECT s.slug FROM editorial.section s WHERE s.id = a.section_id) \
            FROM editorial.article a WHERE a.id = \(seen.article) FOR UPDATE OF a
            """
        ) { try $0.next(Slug?.self) }
        try actor.require(permission, section: section)
        return try Commissions.find(db, id, for: actor)
    }
}

extension Commission.Terms {
    fileprivate func insert(_ db: Connection, _ id: ID<Commission>, version: Int, by actor: Actor) throws {
        try PlainField.checkPersonal([("agreement", agreement), ("note", note)])
        let (fee, rate): (Money?, Money?) =
            switch price {
            case .fee(let money): (money, nil)
            case .rate(let money, _): (nil, money)
            }
        var words = words
        if case .rate(_, let agreed) = price { words = agreed }
        let instant = try due?.instant()
        func refused(_ field: String, _ reason: String) -> EditorialError {
            .contentRefused(field: field, reason: reason)
        }
        _ = try naming([
            "commission_fee_range": refused("fee", "it is negative, or larger than any fee"),
            "commission_rate_range": refused("rate", "it is negative, or larger than any rate"),
            "commission_words_range": refused("number of words", "it is from 1 to 1000000"),
            "commission_kill_range": refused("kill fee", "it is from 0 to 100 per cent"),
            "commission_agreement_clean": .taxNumber(field: "agreement"),
            "commission_note_clean": .taxNumber(field: "note"), "commission_priced": .commissionUnpriced,
        ]) {
            try db.run(
                """
                INSERT INTO editorial.commission_version (commission_id, number, currency, fee_minor, rate_minor, \
                words, due_at, due_local, due_zone, kill_percent, first_web, archive, republication, \
                exclusive_until, agreement, note, account_id) VALUES (\(id), \(version), \
                \((fee ?? rate)?.currency), \(fee?.minor), \(rate?.minor), \(words), \(instant), \
                \(due?.wall.description), \(due?.zone.name), \(killPercent), \(rights.firstWeb), \(rights.archive), \
                \(rights.republication), \(rights.exclusiveUntil), \(agreement), \(note), \(actor.account))
                """)
        }
    }

    /// The last version.
    fileprivate static func current(_ db: Connection, _ id: ID<Commission>) throws -> Commission.Terms {
        try db.one(
            """
            SELECT currency, fee_minor, rate_minor, words, due_local, due_zone, kill_percent, first_web, archive, \
            republication, exclusive_until, agreement, note FROM editorial.commission_version \
            WHERE commission_id = \(id) ORDER BY number DESC LIMIT 1
            """
        ) { row in
            let currency = try row.next(Currency.self)
            let (fee, rate) = (try row.next(Int64?.self), try row.next(Int64?.self))
            let words = try row.next(Int?.self)
            let price: Commission.Price =
                if let rate {
                    .rate(Money(minor: rate, currency: currency), words: words ?? 0)
                } else { .fee(Money(minor: fee ?? 0, currency: currency)) }
            let (wall, zone) = (try row.next(String?.self), try row.next(String?.self))
            var terms = Commission.Terms(price: price, words: words, killPercent: try row.next())
            if let wall, let zone { terms.due = .init(try LocalDateTime(wall), in: try Zone.named(zone)) }
            terms.rights = Commission.Rights(
                firstWeb: try row.next(), archive: try row.next(), republication: try row.next(),
                exclusiveUntil: try row.next())
            terms.agreement = try row.next()
            terms.note = try row.next()
            return terms
        }
    }
}
