public import Postgres
public import Values

/// What the plans bring a month, and why that changed. Each currency for itself.
public struct MonthlyReport: Sendable {
    public let from: LocalDate
    public let to: LocalDate

    /// - Parameters:
    ///   - from: the plans are compared as they stood at the end of this day,
    ///   - to: and at the end of this one.
    public init(from: LocalDate, to: LocalDate) {
        self.from = from
        self.to = to
    }

    public static let formula = """
        a plan's month = amount / months between two gifts; a year has 12 months, 52 weeks and 365 days; exact, and only \
        the sums are rounded, once. Plans that are active or overdue count; pending, paused, cancelled and ended ones \
        don't. new: never counted before; reactivated: counted once before, but not at the beginning; expansion and \
        contraction: more or less than at the beginning; churn: counted at the beginning and no longer, by the donor's \
        wish (voluntary), because payment failed (involuntary), or for another reason. Beginning and changes add up to \
        the end.
        """

    public enum Change: String, Sendable, CaseIterable, PostgresCodable {
        case new, reactivated, expansion, contraction, unchanged
        case churnVoluntary = "churn_voluntary"
        case churnInvoluntary = "churn_involuntary"
        case churnOther = "churn_other"
    }

    /// Plans of one kind of change.
    public struct Line: Sendable, Hashable {
        public let change: Change
        public let plans: Int
        public let before: Ratio
        public let now: Ratio
    }

    /// A plan in the report. What it brings a month is exact: rows add up to the lines.
    public struct Row: Sendable, Hashable {
        public let plan: Int64
        public let externalID: String
        public let donor: ID<Donor>?
        public let currency: Currency
        public let change: Change
        public let before: Ratio
        public let now: Ratio
    }

    public struct Total: Sendable, Hashable {
        public let currency: Currency
        public let lines: [Line]
        public let plansBefore: Int
        public let plansNow: Int
        public let before: Ratio
        public let now: Ratio
    }
}

/// What the plans will bring if they go on as they stand.
public struct ForecastReport: Sendable {
    public let from: LocalDate
    public let to: LocalDate

    public init(from: LocalDate, to: LocalDate) {
        self.from = from
        self.to = to
    }

    public static let formula = """
        the dates of every active plan from the first day to the last, reckoned from its anchor, times its amount; \
        nothing is taken off for plans that will end.
        """

    public struct Line: Sendable, Hashable {
        public let month: Period
        public let currency: Currency
        public let plans: Int
        public let instalments: Int
        public let amount: Money
    }

    /// An instalment that is expected.
    public struct Row: Sendable, Hashable {
        public let plan: Int64
        public let externalID: String
        public let due: LocalDate
        public let amount: Money
    }
}

/// Renewals that should have come and of which nothing is known: neither a payment nor a failure.
public struct GapReport: Sendable {
    public let from: LocalDate
    public let to: LocalDate

    public init(from: LocalDate, to: LocalDate) {
        self.from = from
        self.to = to
    }

    /// A processor asks a little early or late, and by its own clock.
    public static let graceDays = 3

    public static let formula = """
        the dates of every plan, reckoned from its anchor, on which it was active or overdue, and within \
        \(graceDays) days of which no instalment of it was due that was paid or has failed. The last \(graceDays) days \
        aren't looked at yet.
        """

    public struct Row: Sendable, Hashable {
        public let plan: Int64
        public let externalID: String
        public let donor: ID<Donor>?
        public let due: LocalDate
        public let amount: Money
    }
}
