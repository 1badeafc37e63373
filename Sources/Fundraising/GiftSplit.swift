internal import Postgres

/// What a report may be taken apart by. Each part is reckoned as though its gifts were all there are.
public enum GiftSplit: String, Sendable, CaseIterable {
    /// card, check, …
    case kind
    /// person, foundation, …; `unknown` where nobody said who gave.
    case donorKind = "donor-kind"
    /// none, purpose or time: what the gift's fund may be spent on.
    case restriction

    /// The part a gift belongs to, of `fundraising.gift g`.
    var part: SQL {
        switch self {
        case .kind: "g.kind"
        case .donorKind: "coalesce((SELECT d.kind FROM fundraising.donor d WHERE d.id = g.donor_id), 'unknown')"
        case .restriction: "coalesce((SELECT f.restriction FROM fundraising.fund f WHERE f.id = g.fund_id), 'none')"
        }
    }
}

extension GiftSplit? {
    var part: SQL { self?.part ?? "NULL::text" }
}
