/// What became of a line that wasn't understood. `word` is what reports and the database say.
public enum RejectReason: UInt8, CaseIterable, Sendable {
    case empty = 32, format, time, future, quote, request, status, tooLong

    public var word: String { self == .tooLong ? "too_long" : "\(self)" }
}

/// The first rule that kept an understood line from being a page view, in the order in which they are asked.
public enum ExclusionRule: UInt8, CaseIterable, Sendable {
    case method = 16, status, prefetch, route

    public var word: String { "\(self)" }
}

/// Who asked, as far as the log tells. Every class is counted, only `human` is shown as readership.
public enum ViewClass: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case human = 0, declaredBot, httpLibrary, feed, monitor, preview, prefetch, datacentre, spamReferrer, emptyAgent
    case heuristic

    public var word: String {
        switch self {
        case .declaredBot: "declared_bot"
        case .httpLibrary: "http_library"
        case .spamReferrer: "spam_ref"
        case .emptyAgent: "empty_ua"
        default: "\(self)"
        }
    }

    init?(word: some StringProtocol) {
        guard let match = ViewClass.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }
}

/// Where a line ended up: one of the classes, one of the exclusions or one of the rejections. Each line has exactly
/// one, and that is the whole of the accounting.
struct Outcome: Hashable, BitwiseCopyable {
    let code: UInt8

    /// Room for 16 of each kind.
    static let count = 48

    @inline(__always) init(code: UInt8) { self.code = code }
    @inline(__always) init(_ kind: ViewClass) { code = kind.rawValue }
    @inline(__always) init(_ rule: ExclusionRule) { code = rule.rawValue }
    @inline(__always) init(_ reason: RejectReason) { code = reason.rawValue }

    var viewClass: ViewClass? { ViewClass(rawValue: code) }
    var exclusion: ExclusionRule? { ExclusionRule(rawValue: code) }
    var rejection: RejectReason? { RejectReason(rawValue: code) }
}
