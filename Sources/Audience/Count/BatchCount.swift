/// What one batch of lines adds to the rollups, merged from all workers and in a fixed order.
struct BatchCount: Sendable {
    struct Site: Sendable {
        let host: String
        /// The first and the last instant of any line that was understood.
        let span: ClosedRange<Int64>?
    }

    struct Content: Sendable, Hashable {
        let hash: Hash128
        let path: String
    }

    struct Cell: Sendable, Keyed {
        /// Bucket in the upper 28 bits, content in the next 32, class in the last four.
        var key: UInt64
        var views: UInt64

        var bucket: Int { Int(key >> 36) }
        var content: Int { Int(key >> 4 & 0xffff_ffff) }
        var kind: UInt8 { UInt8(key & 15) }
    }

    /// A page that wasn't there, on a local day.
    struct MissingPage: Hashable, Sendable {
        /// Number of the batch's site.
        let site: Int
        /// Local days since 1970-01-01.
        let day: Int32
        let path: String
        /// Host and path of the page that sent somebody; empty for none.
        let referrer: String
    }

    struct Rejection: Sendable {
        let bucket: Int
        let reason: RejectReason
        let lines: Int
        let sample: [UInt8]
    }

    /// Lines by source, in the order of the sources.
    var lines: [Int]
    var sites: [Site]
    /// In order of site and time.
    var buckets: [Bucket]
    /// In order of hash.
    var contents: [Content]
    /// Names of sources: a letter for the kind and the name; the first is direct and empty.
    var sourceNames: [String]
    /// In order of key: by site and hour, then content, then class.
    var cells: [Cell]
    var events: [ViewEvent]
    /// By bucket, `Outcome.count` numbers each.
    var outcomes: [Int]
    /// Human views by bucket, `DeviceClass.count` numbers each.
    var devices: [Int]
    var rejections: [Rejection]
    /// How often each was asked for.
    var missing: [MissingPage: Int]

    private func totals(_ codes: Range<Int>) -> [UInt8: Int] {
        var totals: [UInt8: Int] = [:]
        for bucket in buckets.indices {
            for code in codes where outcomes[bucket * Outcome.count + code] > 0 {
                totals[UInt8(code), default: 0] += outcomes[bucket * Outcome.count + code]
            }
        }
        return totals
    }

    var classes: [ViewClass: Int] {
        totals(0..<16).reduce(into: [:]) { sums, entry in
            if let kind = ViewClass(rawValue: entry.key) { sums[kind] = entry.value }
        }
    }

    var excluded: [ExclusionRule: Int] {
        totals(16..<32).reduce(into: [:]) { sums, entry in
            if let rule = ExclusionRule(rawValue: entry.key) { sums[rule] = entry.value }
        }
    }

    var rejected: [RejectReason: Int] {
        totals(32..<48).reduce(into: [:]) { sums, entry in
            if let reason = RejectReason(rawValue: entry.key) { sums[reason] = entry.value }
        }
    }
}
