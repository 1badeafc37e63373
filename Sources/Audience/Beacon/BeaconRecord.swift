/// What a spool keeps of a beacon: what it counts as, and nothing by which anybody could be found. The address and the
/// agent are in the visitor's keyed hash, the page-load id is hashed, and of addresses only the path and the source are
/// left.
struct BeaconRecord: Sendable, Equatable {
    /// A page that was viewed, or a story that was opened in place.
    struct Sight: Sendable, Equatable {
        /// The class, or the rule that keeps it from being a page view.
        let outcome: Outcome
        let visitor: UInt64
        /// In the form under which it is counted.
        let path: [UInt8]
        /// As `Landing` writes it; empty for direct.
        let source: [UInt8]
        let device: DeviceClass
    }

    /// How a load stands: totals since it began.
    struct Engagement: Sendable, Equatable {
        let engagedMs: Int
        let seenPercent: Int
        let endSeen: Bool
    }

    enum Event: Sendable, Equatable {
        case view(Sight)
        case opening(Sight)
        case engagement(Engagement)
    }

    /// Bytes of a spool that are no record, or of a newer program's.
    struct Malformed: Error {}

    let host: String
    let load: Hash128
    let event: Event
}

// MARK: Its stored form

extension BeaconRecord {
    private static let version: UInt8 = 3

    /// Version, kind, the load's hash, the host behind its length; then of a sight outcome, visitor, path and source
    /// behind their lengths, and the device; of an engagement milliseconds, percent, end. All big-endian. Version 1 lacks
    /// the device; in versions 1 and 2 the length of the source is one byte.
    var bytes: [UInt8] {
        var output: [UInt8] = [BeaconRecord.version]
        switch event {
        case .view: output.append(1)
        case .opening: output.append(2)
        case .engagement: output.append(3)
        }
        output += load.bytes
        output.append(UInt8(host.utf8.count))
        output += host.utf8
        switch event {
        case .view(let sight), .opening(let sight):
            output.append(sight.outcome.code)
            output.put(sight.visitor)
            output.put(UInt16(sight.path.count))
            output += sight.path
            output.put(UInt16(sight.source.count))
            output += sight.source
            output.append(sight.device.rawValue)
        case .engagement(let engagement):
            output.put(UInt32(engagement.engagedMs))
            output.append(UInt8(engagement.seenPercent))
            output.append(engagement.endSeen ? 1 : 0)
        }
        return output
    }

    init(bytes: [UInt8]) throws(Malformed) {
        var reader = BigEndianReader(bytes)
        do {
            let version = UInt8(try reader.take(1))
            guard 1...BeaconRecord.version ~= version else { throw Malformed() }
            let kind = try reader.take(1)
            load = Hash128(first: try reader.take(8), second: try reader.take(8))
            host = String(decoding: try reader.run(Int(try reader.take(1))), as: UTF8.self)
            switch kind {
            case 1: event = .view(try Sight(&reader, version))
            case 2: event = .opening(try Sight(&reader, version))
            case 3:
                event = .engagement(
                    Engagement(
                        engagedMs: Int(try reader.take(4)), seenPercent: Int(try reader.take(1)),
                        endSeen: try reader.take(1) == 1))
            default: throw Malformed()
            }
            guard reader.isAtEnd else { throw Malformed() }
        } catch { throw Malformed() }
    }
}

extension BeaconRecord.Sight {
    fileprivate init(_ reader: inout BigEndianReader, _ version: UInt8) throws {
        outcome = Outcome(code: UInt8(try reader.take(1)))
        visitor = try reader.take(8)
        path = Array(try reader.run(Int(try reader.take(2))))
        source = Array(try reader.run(Int(try reader.take(version < 3 ? 1 : 2))))
        device = version == 1 ? .unknown : DeviceClass(rawValue: UInt8(try reader.take(1))) ?? .unknown
        guard path.first == 0x2f || path == Array(ScanPlan.otherKey.utf8), outcome.isOfBeacon else {
            throw BeaconRecord.Malformed()
        }
    }
}

/// What keeps a beacon from being a page view, beside the rules that it shares with a line.
enum BeaconRule: UInt8 {
    /// The page wasn't shown.
    case hidden = 28
    /// The page-load id was there within the last day.
    case repeated = 29
}

extension Outcome {
    init(_ rule: BeaconRule) { code = rule.rawValue }

    /// Whether a beacon can come to it.
    var isOfBeacon: Bool { viewClass != nil || exclusion != nil || BeaconRule(rawValue: code) != nil }
}
