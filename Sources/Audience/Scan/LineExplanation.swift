public import Values

/// How one line of a log was read, and why it counts or doesn't.
public struct LineExplanation: Sendable, Equatable {
    /// What a line comes to.
    public enum Result: Sendable, Equatable {
        /// It can't be read.
        case rejected(RejectReason)
        /// It can, and is no page view; the route that kept it out, where one did.
        case excluded(ExclusionRule, route: String?)
        /// It is a page view of somebody of this class; only `human` is shown as readership.
        case counted(ViewClass, pattern: String?)
    }

    /// What was read of the request.
    public struct Request: Sendable, Equatable {
        public let method: String
        public let target: String
        public let status: Int
        /// The form under which views of this address are counted.
        public let key: String
    }

    /// Where the request says that it came from. All is as it is counted: in lower case, without `www.`.
    public struct Origin: Sendable, Equatable {
        public enum Kind: String, Sendable {
            case direct, campaign, tag, click, referrer
        }

        /// Which of them decided, and its name; a direct visit has none.
        public let kind: Kind
        public let name: String?
        /// The parameters beginning with `utm_`, as they are written.
        public let utm: [String: String]
        /// The first known click id, by the name of its parameter.
        public let clickId: String?
        /// The host that referred, be it the site itself.
        public let referrer: String?
    }

    public let result: Result
    public let site: String
    /// The instant that the line names; nil where it can't be read.
    public let time: Timestamp?
    /// The local hour it is counted in, by the instant at which the hour began, and the local day.
    public let bucket: Timestamp?
    public let day: LocalDate?
    /// Nil when the line was rejected before its request was understood.
    public let request: Request?
    public let origin: Origin?
    /// What the list of bots says of the agent, whether or not it came to be asked; nil in the common format.
    public let agent: BotList.Verdict?
    /// What the agent says that it runs on; nil in the common format.
    public let device: DeviceClass?
    /// Who counts as having asked. The address itself is shown to nobody.
    public let addressRule: AddressRule?

    /// Whether the line is shown as a page view.
    public var counts: Bool { result == .counted(.human, pattern: nil) }
}

/// Explains lines by scanning them: the same `Tally` that counts a log is given one line and asked what it did.
struct LineExplainer: ~Copyable {
    private var tally: Tally
    private var keys = ContentKey()
    private var landing = Landing()
    private let automaton: AgentAutomaton

    init(_ plan: ScanPlan) {
        tally = Tally(plan)
        automaton = AgentAutomaton(plan.bots)
    }

    mutating func explain(_ line: [UInt8]) -> LineExplanation {
        line.withUnsafeBufferPointer { explain(ByteRange($0)) }
    }

    /// The line must hold no newline.
    private mutating func explain(_ text: ByteRange) -> LineExplanation {
        tally.forgetCounts()
        // A block of no bytes has no line; an empty line is the newline that ends it.
        if text.count == 0 { [0x0a].withUnsafeBufferPointer { tally.scan(ByteRange($0)) } } else { tally.scan(text) }
        guard let index = (0..<tally.outcomes.count).first(where: { tally.outcomes[$0] > 0 }) else {
            preconditionFailure("every line has an outcome")
        }
        let bucket = tally.buckets[index / Outcome.count]
        let outcome = Outcome(code: UInt8(index % Outcome.count))
        let isTimed = bucket.start != 0
        let wasRead = outcome.rejection == nil || outcome.rejection == .future
        return LineExplanation(
            result: result(outcome), site: tally.siteHosts[Int(bucket.site)], time: isTimed || wasRead ? time() : nil,
            bucket: isTimed ? Timestamp(seconds: bucket.start) : nil,
            day: isTimed ? LocalDate(daysSince1970: Int(bucket.day)) : nil, request: wasRead ? request() : nil,
            origin: wasRead ? origin(tally.siteHosts[Int(bucket.site)]) : nil,
            agent: wasRead && tally.line.hasAgent ? agent() : nil,
            device: wasRead && tally.line.hasAgent ? DeviceClass(agent: tally.line.agent) : nil,
            addressRule: wasRead ? tally.addressRule : nil)
    }

    private func time() -> Timestamp {
        var clock = LogTime()
        return Timestamp(seconds: clock.seconds(tally.line.time))
    }

    private func agent() -> BotList.Verdict {
        let (kind, pattern) = automaton.judgement(tally.line.agent)
        return BotList.Verdict(kind: kind, pattern: pattern?.written)
    }

    private mutating func result(_ outcome: Outcome) -> LineExplanation.Result {
        if let reason = outcome.rejection { return .rejected(reason) }
        if let rule = outcome.exclusion { return .excluded(rule, route: rule == .route ? route() : nil) }
        let kind = outcome.viewClass ?? .human
        return .counted(kind, pattern: kind == .human || !tally.line.hasAgent ? nil : agent().pattern)
    }

    /// Which route kept the path out: an extension, a prefix or a whole path; nil for a target that is no path at all.
    private mutating func route() -> String? {
        let path = ContentKey.path(tally.line.target)
        if tally.routes.isStatic(path) {
            let text = path.text
            return text.lastIndex(of: ".").map { String(text[$0...]).lowercased() }
        }
        return tally.routes.exclusion(keys.normalised(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func request() -> LineExplanation.Request {
        let line = tally.line
        let key = keys.normalised(ContentKey.path(line.target))
        return LineExplanation.Request(
            method: line.method.text, target: line.target.text, status: line.status,
            key: key.count > ContentKey.maximumBytes ? ScanPlan.otherKey : key.text)
    }

    private mutating func origin(_ site: String) -> LineExplanation.Origin {
        let query = ContentKey.query(tally.line.target)
        let referrer = tally.line.referrer
        let source = Array(site.utf8).withUnsafeBufferPointer {
            landing.source(query: query, referrer: referrer, site: ByteRange($0)).text
        }.prefix { $0.utf8.first != Landing.separator }
        let host = Landing.host(referrer).text
        return LineExplanation.Origin(
            kind: source.first.flatMap(LineExplanation.Origin.Kind.init(letter:)) ?? .direct,
            name: source.isEmpty ? nil : String(source.dropFirst()), utm: LineExplainer.utm(query),
            clickId: Landing.clickId(query).map { "\($0)" }, referrer: host.isEmpty ? nil : host.lowercased())
    }

    private static func utm(_ query: ByteRange) -> [String: String] {
        var values: [String: String] = [:]
        for name in ["utm_source"] + Landing.tags {
            let value = Landing.value(name, query)
            if value.count > 0 { values["\(name)"] = value.text }
        }
        return values
    }
}

extension LineExplanation.Origin.Kind {
    /// By the letter under which a source is stored.
    fileprivate init?(letter: Character) {
        switch letter {
        case "u": self = .campaign
        case "r": self = .tag
        case "c": self = .click
        case "h": self = .referrer
        default: return nil
        }
    }
}
