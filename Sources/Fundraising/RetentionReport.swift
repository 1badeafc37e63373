public import Postgres
public import Values

/// How many of last year's donors gave again this year.
public struct RetentionReport: Sendable {
    public let year: ReportYear
    public let split: GiftSplit?

    public init(year: ReportYear, split: GiftSplit? = nil) {
        self.year = year
        self.split = split
    }

    public static let formula = """
        retained = donors of both years / donors of the year before. A donor of a year is one whose gifts of that year, \
        by tax date and less all given back of them, come to more than nothing in some currency. first-time: donors of \
        the year before who hadn't given earlier; repeat: those who had. new: donors of this year who never gave before; \
        recaptured: donors of this year who gave earlier, and not in the year before.
        """

    /// The counts of one part, or of all.
    public struct Line: Sendable, Hashable {
        /// Nil unless the report is split.
        public let part: String?
        public let firstTimeBefore: Int
        public let firstTimeRetained: Int
        public let repeatBefore: Int
        public let repeatRetained: Int
        public let new: Int
        public let recaptured: Int

        public var before: Int { firstTimeBefore + repeatBefore }
        public var retained: Int { firstTimeRetained + repeatRetained }
        public var lapsed: Int { before - retained }
        /// Donors of this year.
        public var now: Int { retained + new + recaptured }

        public var retention: Ratio { Ratio(retained, of: before) }
        public var firstTimeRetention: Ratio { Ratio(firstTimeRetained, of: firstTimeBefore) }
        public var repeatRetention: Ratio { Ratio(repeatRetained, of: repeatBefore) }
    }

    /// What a donor is in this report.
    public enum Standing: String, Sendable, CaseIterable, PostgresCodable {
        case retainedFirstTime = "retained_first_time"
        case retainedRepeat = "retained_repeat"
        case lapsedFirstTime = "lapsed_first_time"
        case lapsedRepeat = "lapsed_repeat"
        case new, recaptured
    }

    /// A donor who is counted, once.
    public struct Row: Sendable, Hashable {
        public let donor: ID<Donor>
        public let part: String?
        public let standing: Standing
    }
}
