public import Access
internal import Journal
public import Postgres
public import Values

/// Writes down that a sponsor gives as others give, out of what he promised.
public struct AddMatch {
    public struct Terms: Sendable {
        public var sponsor: ID<Donor>
        public var pledge: ID<Pledge>
        public var ratio: Match.Ratio
        public var cap: Money
        public var perDonor: Money?
        /// First and last day, in the publication's zone.
        public var starts: LocalDate
        public var ends: LocalDate
        /// Only its gifts; nil for all.
        public var campaign: Slug?

        public init(
            sponsor: ID<Donor>, pledge: ID<Pledge>, ratio: Match.Ratio, cap: Money, starts: LocalDate,
            ends: LocalDate
        ) {
            self.sponsor = sponsor
            self.pledge = pledge
            self.ratio = ratio
            self.cap = cap
            self.starts = starts
            self.ends = ends
        }
    }

    let terms: Terms
    let actor: Actor

    public init(_ terms: Terms, by actor: Actor) {
        self.terms = terms
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `endsBeforeItStarts`, `amountNotPositive`,
    ///   `unknownCampaign`, `pledge` with `unknownPledge`, `match`; `ValueError` for another currency.
    public func perform(_ db: Connection) throws -> Match {
        try actor.require(.pledgeManage)
        try requireOrder(terms.starts, terms.ends)
        let pledge = try Pledge.find(db, terms.pledge)
        for amount in [terms.cap] + (terms.perDonor.map { [$0] } ?? []) {
            guard amount.minor > 0 else { throw FundraisingError.amountNotPositive(amount) }
            guard amount.currency == pledge.promised.currency else {
                throw ValueError(
                    kind: "amount", value: amount.description,
                    reason: "the pledge is in \(pledge.promised.currency.code)")
            }
        }
        let isTheirs = try db.one(
            """
            SELECT EXISTS (SELECT FROM fundraising.giver a JOIN fundraising.giver b ON b.survivor_id = a.survivor_id \
            WHERE a.donor_id = \(terms.sponsor) AND b.donor_id = \(pledge.donor))
            """
        ) { try $0.next(Bool.self) }
        guard isTheirs else { throw FundraisingError.match(.notTheSponsors(terms.pledge, terms.sponsor)) }
        let campaign = try terms.campaign.map { try CampaignProgress.find(db, $0).campaign.id }

        let id: ID<Match>
        do {
            id = try db.one(
                """
                INSERT INTO fundraising.match (pledge_id, added, given, cap_minor, per_donor_minor, starts, ends, \
                campaign_id, created_by) VALUES (\(terms.pledge), \(terms.ratio.added)::integer, \
                \(terms.ratio.given)::integer, \(terms.cap.minor), \(terms.perDonor?.minor), \(terms.starts), \
                \(terms.ends), \(campaign), \(actor.account)) RETURNING id
                """
            ) { try $0.next(ID<Match>.self) }
        } catch let error as PostgresError {
            throw error.orFundraisingError([
                "match_within_pledge": .match(.abovePledge(terms.pledge, promised: pledge.promised))
            ])
        }
        try Audit.append(
            db, Subject(.match, id.rawValue), "match.added", by: actor.origin,
            facts: ["pledge": .integer(terms.pledge.rawValue), "cap_minor": .integer(terms.cap.minor)])
        return try Match.find(db, id)
    }
}
