public import Values

/// How a letter words a change. What would be false as worded is refused.
public struct Wording: Hashable, Sendable {
    public enum Form: String, Sendable, CaseIterable {
        /// The very figure, with two decimals at most: 133 %, 12.5 %.
        case exact
        /// The nearest whole percent, halves away from zero: 133.4 reads "133 %".
        case rounded
        /// Strictly more than a round figure.
        case moreThan = "more-than"
        /// From 95 to under 100 % of a round figure.
        case nearly
        /// At least twice as many.
        case doubled
    }

    public let form: Form
    /// The whole percent that is claimed; nil for the one that follows from the figures.
    public let figure: Int?

    /// Figures that follow from others are multiples of ten percent.
    private static let roundStep = 10
    /// What is claimed of a change has six digits at most.
    private static let largestFigure = 999_999

    /// Reads `rounded`, or with the figure to claim `more-than:130`.
    ///
    /// - Throws: `ValueError` when it is neither.
    public init(_ text: String) throws(ValueError) {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "wording", value: text, reason: reason) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let form = parts.first.flatMap({ Form(rawValue: $0) }) else {
            throw refused("write \(Form.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.form = form
        guard parts.count == 2 else {
            figure = nil
            return
        }
        guard form != .doubled else { throw refused("doubled has no figure") }
        guard let number = Int(parts[1]), (1...Wording.largestFigure).contains(number),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw refused("after the colon stands a whole percent, as in more-than:130") }
        figure = number
    }

    /// The change in words, as far as they are true: "rose by more than 130 %", "fell by 12.5 %", "doubled".
    ///
    /// - Throws: `AudienceError.falseAsWorded` with what is true instead.
    public func phrase(_ growth: Growth) throws(AudienceError) -> String {
        guard let percent = growth.percentExact, growth.state != .estimated || form == .rounded else {
            throw refused("the comparison is \(growth.state.rawValue)")
        }
        let size = percent.hasPrefix("-") ? String(percent.dropFirst()) : percent
        let verb = growth.isFall ? "fell by" : "rose by"
        if growth.magnitude(against: 0) == 0 {
            guard form == .exact || form == .rounded, figure == nil else { throw refused("nothing changed") }
            return "stayed the same"
        }
        switch form {
        case .exact:
            guard let hundredths = Wording.hundredths(size), growth.magnitude(against: hundredths) == 0 else {
                throw refused("\(size) % isn't exact; say it rounded")
            }
            if let figure, growth.magnitude(against: figure * 100) != 0 { throw refused("it is \(size) %") }
            return "\(verb) \(size) %"
        case .rounded:
            let whole = (growth.percent ?? "").filter { $0 != "-" }
            guard whole != "0" else { throw refused("\(size) % rounds to nothing") }
            if let figure, "\(figure)" != whole { throw refused("\(size) % rounds to \(whole) %") }
            return "\(verb) \(growth.state == .estimated ? "an estimated " : "")\(whole) %"
        case .moreThan:
            let claimed = figure ?? Wording.roundBelow(growth)
            guard claimed > 0, growth.magnitude(against: claimed * 100) == 1 else {
                throw refused("\(size) % isn't more than \(max(claimed, Wording.roundStep)) %")
            }
            return "\(verb) more than \(claimed) %"
        case .nearly:
            let claimed = figure ?? Wording.roundBelow(growth, orEqual: true) + Wording.roundStep
            // From 95 % of the figure on, and under it.
            guard growth.magnitude(against: claimed * 95) != -1, growth.magnitude(against: claimed * 100) == -1 else {
                throw refused("\(size) % isn't from 95 to under 100 % of \(claimed) %")
            }
            return "\(verb) nearly \(claimed) %"
        case .doubled:
            guard !growth.isFall, let against = growth.magnitude(against: 10_000), against >= 0 else {
                throw refused(growth.isFall ? "they fell by \(size) %" : "\(size) % isn't 100 %")
            }
            return against == 0 ? "doubled" : "more than doubled"
        }
    }

    private func refused(_ reason: String) -> AudienceError {
        .falseAsWorded(form.rawValue + (figure.map { ":\($0)" } ?? ""), reason: reason)
    }

    /// The largest round figure under the size of the change.
    private static func roundBelow(_ growth: Growth, orEqual: Bool = false) -> Int {
        guard let text = growth.decimal(2), let hundredths = hundredths(text.filter { $0 != "-" }) else { return 0 }
        let figure = hundredths / (roundStep * 100) * roundStep
        // Two decimals may have been rounded up to the figure, or be the very figure.
        let comparison = growth.magnitude(against: figure * 100) ?? 0
        let isUnder = comparison == 1 || (comparison == 0 && orEqual)
        return isUnder ? figure : max(figure - roundStep, 0)
    }

    /// `133.5` as 13,350.
    private static func hundredths(_ text: String) -> Int? {
        let parts = text.split(separator: ".")
        guard let whole = parts.first.flatMap({ Int($0) }), whole <= largestFigure else { return nil }
        let fraction = parts.count > 1 ? (parts[1] + "00").prefix(2) : "00"
        return Int(fraction).map { whole * 100 + $0 }
    }
}

extension GrowthReport.Line {
    /// The sentence for a letter: what changed by how much, in which period against which, counted how.
    ///
    /// - Parameter site: the host the views are of; nil for all.
    /// - Throws: `AudienceError.falseAsWorded` when the words would say what the figures don't.
    public func sentence(_ wording: Wording, site: String?) throws(AudienceError) -> String {
        guard isComplete, isPreviousComplete else {
            throw .falseAsWorded(
                wording.form.rawValue, reason: "\((isComplete ? against : stretch).words) isn't complete")
        }
        let phrase = try wording.phrase(growth)
        let place = site.map { " of \($0)" } ?? ""
        let own = [SiteMeters.log: "our log", SiteMeters.beacon: "our beacon"]
        let counted = "counted by " + meters.map { own[$0] ?? $0 }.joined(separator: " and ")
        let estimate = factor.map { "; one was turned into the other by \($0)" } ?? ""
        return "Page views\(place) \(phrase) in \(name(stretch)) against \(name(against)) (\(counted)\(estimate))."
    }

    private func name(_ stretch: Stretch) -> String {
        measure == .averageMonth && stretch.period?.granularity == .year
            ? "the average month of \(stretch.words)" : stretch.words
    }
}
