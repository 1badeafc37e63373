public import Access
internal import Journal
public import Postgres
public import Values

/// Writes down what somebody promised: a pledge, or a foundation's grant.
public struct AddPledge {
    public struct Promise: Sendable {
        public var kind: Pledge.Kind
        public var donor: ID<Donor>
        public var amount: Money
        public var schedule: PledgeSchedule
        /// Today when nobody says.
        public var promisedOn: LocalDate?
        /// What has to come about first; nil for a promise without a condition.
        public var condition: String?
        public var fund: Slug?
        public var campaign: Slug?
        /// When the funder wants a report.
        public var reportsDue: [LocalDate] = []

        public init(_ kind: Pledge.Kind, of donor: ID<Donor>, _ amount: Money, _ schedule: PledgeSchedule) {
            self.kind = kind
            self.donor = donor
            self.amount = amount
            self.schedule = schedule
        }
    }

    let promise: Promise
    let actor: Actor

    public init(_ promise: Promise, by actor: Actor) {
        self.promise = promise
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownDonor`, `donorErased`, `unknownFund`,
    ///   `unknownCampaign`, `amountNotPositive`, `confidential`, `pledge`; `ValueError`.
    public func perform(_ db: Connection) throws -> Pledge {
        try actor.require(.pledgeManage)
        let condition = try TypedText.optional(promise.condition, "condition", longest: TypedText.note)
        guard promise.amount.minor > 0 else { throw FundraisingError.amountNotPositive(promise.amount) }
        guard promise.reportsDue.count <= PledgeSchedule.longest else {
            throw FundraisingError.pledge(.instalmentCount(limit: PledgeSchedule.longest))
        }
        try DonorRecord.require(db, promise.donor)
        let fund = try promise.fund.map { try Fund.find(db, $0).id }
        let campaign = try promise.campaign.map { try CampaignProgress.find(db, $0).campaign.id }

        let amount = promise.amount
        let id = try db.one(
            """
            INSERT INTO fundraising.pledge (kind, donor_id, currency, amount_minor, promised_on, is_conditional, \
            condition, fund_id, campaign_id, created_by) SELECT \(promise.kind), \(promise.donor), \
            \(amount.currency.code), \(amount.minor), coalesce(\(promise.promisedOn)::date, \
            (now() AT TIME ZONE access.publication_zone())::date), \(condition != nil), \(condition), \(fund), \
            \(campaign), \(actor.account) RETURNING id
            """
        ) { try $0.next(ID<Pledge>.self) }
        try writeParts(db, id)
        try Audit.append(
            db, Subject(.pledge, id.rawValue), "pledge.added", by: actor.origin,
            facts: [
                "kind": .string(promise.kind.rawValue), "amount_minor": .integer(amount.minor),
                "currency": .string(amount.currency.code), "donor": .integer(promise.donor.rawValue),
            ])
        return try Pledge.find(db, id)
    }

    private func writeParts(_ db: Connection, _ id: ID<Pledge>) throws {
        let parts = promise.schedule.parts
        try db.run(
            """
            INSERT INTO fundraising.pledge_instalment (pledge_id, due_on, amount_minor) \
            SELECT \(id), p.due::date, p.minor \
            FROM unnest(\(parts.map(\.dueOn.description)), \(parts.map(\.amount.minor))) AS p (due, minor)
            """)
        try db.run(
            """
            INSERT INTO fundraising.pledge_report (pledge_id, due_on) \
            SELECT DISTINCT \(id), r.due::date FROM unnest(\(promise.reportsDue.map(\.description))) AS r (due)
            """)
    }
}

/// Says that what a promise hung on has come about: from then on it can be counted on.
public struct MeetCondition {
    let pledge: ID<Pledge>
    let day: LocalDate?
    let actor: Actor

    /// - Parameter on: today when nobody says.
    public init(_ pledge: ID<Pledge>, on day: LocalDate?, by actor: Actor) {
        self.pledge = pledge
        self.day = day
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``PledgeRefusal``: `unknownPledge`, `hasNoCondition`, `conditionMet`,
    ///   `later`.
    public func perform(_ db: Connection) throws -> Pledge {
        try actor.require(.pledgeManage)
        let known = try Pledge.find(db, pledge)
        guard known.isConditional else { throw FundraisingError.pledge(.hasNoCondition(pledge)) }
        let day = try Days.upToToday(db, day)
        let changed = try db.run(
            """
            UPDATE fundraising.pledge SET met_on = \(day), met_by = \(actor.account) \
            WHERE id = \(pledge) AND met_on IS NULL
            """)
        guard changed == 1 else { throw FundraisingError.pledge(.conditionMet(pledge)) }
        try Audit.append(db, Subject(.pledge, pledge.rawValue), "pledge.condition_met", by: actor.origin)
        return try Pledge.find(db, pledge)
    }
}

/// Says that a funder has had a report.
public struct ReportToFunder {
    let report: ID<PledgeReport>
    let day: LocalDate?
    let actor: Actor

    /// - Parameter on: today when nobody says.
    public init(_ report: ID<PledgeReport>, on day: LocalDate?, by actor: Actor) {
        self.report = report
        self.day = day
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``PledgeRefusal``: `unknownReport`, `reportDone`, `later`.
    public func perform(_ db: Connection) throws -> PledgeReport {
        try actor.require(.pledgeManage)
        let known = try PledgeReport.find(db, report)
        let day = try Days.upToToday(db, day)
        let changed = try db.run(
            """
            UPDATE fundraising.pledge_report SET done_on = \(day), done_by = \(actor.account) \
            WHERE id = \(report) AND done_on IS NULL
            """)
        guard changed == 1 else { throw FundraisingError.pledge(.reportDone(report)) }
        try Audit.append(
            db, Subject(.pledge, known.pledge.rawValue), "pledge.reported", by: actor.origin,
            facts: ["report": .integer(report.rawValue)])
        return try PledgeReport.find(db, report)
    }
}

/// Days on the publication's calendar.
enum Days {
    /// The day somebody named, or today.
    ///
    /// - Throws: ``PledgeRefusal/later(_:)``.
    static func upToToday(_ db: Connection, _ day: LocalDate?) throws -> LocalDate {
        let today = try db.one("SELECT (now() AT TIME ZONE access.publication_zone())::date") {
            try $0.next(LocalDate.self)
        }
        guard let day else { return today }
        guard day <= today else { throw FundraisingError.pledge(.later(day)) }
        return day
    }
}
