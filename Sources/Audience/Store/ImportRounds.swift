internal import Values

/// One log of an import, and how far it has been read.
struct ImportedFile: Sendable {
    let index: Int
    let identity: FileIdentity
    /// Nil for an empty file.
    let state: FileState?
}

/// What was read of one file and isn't committed yet.
struct ScannedPart: Sendable {
    let index: Int
    let identity: FileIdentity
    let fileId: Int64
    let from: Int
    let to: Int
    /// The bytes before `to`.
    let tail: [UInt8]
    /// The bytes before each checkpoint passed since the file was opened, and the number of the first of them.
    let checkpoints: [[UInt8]]
    let firstCheckpoint: Int
    let batch: BatchCount

    var lines: Int { batch.lines.reduce(0, +) }
}

/// What is committed together: parts of one file or of several.
struct ImportRound: Sendable {
    let parts: [ScannedPart]

    var bytes: Int { parts.reduce(0) { $0 + $1.to - $1.from } }
}

/// Reads the files of an import in the order of their times: the next part always comes from the file that is furthest
/// back, so that the visits of servers that logged side by side meet in one transaction.
///
/// Safe to share because the import calls one method after the other and never two at once.
final class ImportRounds: @unchecked Sendable {
    private struct Reading {
        let file: ImportedFile
        var position: Int
        var time: Int64
        var scan: LogScan?
        var source: LogSource?
        var hasEnded = false
        var restarts = 0
    }

    private var readings: [Reading] = []
    private let plan: ScanPlan
    private let options: LogImport.Options
    /// Files that must be identified anew when these have been counted.
    private(set) var deferred: [Int] = []

    /// A part of a file is at least so much, however many files there are.
    private static let minimumPart = 8 * 1024 * 1024

    init(files: [ImportedFile], plan: ScanPlan, options: LogImport.Options) {
        self.plan = plan
        self.options = options
        var seen: Set<Int64> = []
        for file in files {
            guard let state = file.state else { continue }
            // The same log by a copy or another name; or another one that begins alike, of which nothing was counted.
            // Which of the two shows when the first has been counted.
            guard seen.insert(state.id).inserted else {
                deferred.append(file.index)
                continue
            }
            readings.append(Reading(file: file, position: state.position, time: .min))
        }
    }

    var ids: [Int64] { readings.compactMap { $0.file.state?.id } }

    /// Reads the next round; nil when all files have ended.
    func next() throws(LogSourceError) -> ImportRound? {
        var parts: [ScannedPart] = []
        var bytes = 0
        while bytes < options.batchBytes, let index = try furthestBack() {
            if let part = try read(index) {
                bytes += part.to - part.from
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : ImportRound(parts: parts)
    }

    private func furthestBack() throws(LogSourceError) -> Int? {
        for index in readings.indices where readings[index].time == .min && readings.count > 1 {
            let path = readings[index].file.identity.path
            readings[index].time = try LogSample.firstTime(path: path, plan) ?? .max
        }
        let open = readings.indices.filter { !readings[$0].hasEnded }
        return open.min { (readings[$0].time, $0) < (readings[$1].time, $1) }
    }

    private func read(_ index: Int) throws(LogSourceError) -> ScannedPart? {
        let file = readings[index].file
        guard let state = file.state else { return nil }
        if readings[index].scan == nil {
            do throws(LogSourceError) {
                let source = try LogSource(
                    path: file.identity.path, plan: plan, at: readings[index].position, isFinal: options.isFinal)
                readings[index].source = source
                readings[index].scan = LogScan(plan, [source])
            } catch {
                guard case .shorter = error else { throw error }
                // An earlier copy of a log that has been counted further: nothing new in it.
                readings[index].hasEnded = true
                return nil
            }
        }
        guard let scan = readings[index].scan, let source = readings[index].source else { return nil }
        let open = readings.count { !$0.hasEnded }
        let limit = open == 1 ? options.batchBytes : max(options.batchBytes / open, Self.minimumPart)
        let from = source.offset
        let batch = try scan.batch(limit: limit)
        if scan.hasEnded(0) {
            readings[index].hasEnded = true
            readings[index].scan = nil
            readings[index].source = nil
        }
        guard let batch, source.offset > from else {
            readings[index].hasEnded = true
            return nil
        }
        readings[index].position = source.offset
        readings[index].time = batch.sites.compactMap(\.span?.upperBound).max() ?? readings[index].time
        return ScannedPart(
            index: file.index, identity: file.identity, fileId: state.id, from: from, to: source.offset,
            tail: source.fingerprint, checkpoints: source.checkpoints,
            firstCheckpoint: LogSource.checkpoints(before: source.offset) - source.checkpoints.count, batch: batch)
    }

    /// Goes back to what is committed, after another importer was faster with a file of this round; false after too many
    /// times. It may have been counting another log that begins alike: then this one must be identified anew.
    func restart(_ round: ImportRound, _ states: [FileState]) throws(LogSourceError) -> Bool {
        for index in readings.indices {
            let file = readings[index].file
            guard let state = states.first(where: { $0.id == file.state?.id }), !deferred.contains(file.index) else {
                continue
            }
            readings[index].scan = nil
            readings[index].source = nil
            readings[index].hasEnded = false
            readings[index].position = state.position
            guard round.parts.contains(where: { $0.index == file.index }) else { continue }
            guard try file.identity.match([state], plan: plan) != nil else {
                readings[index].hasEnded = true
                deferred.append(file.index)
                continue
            }
            readings[index].restarts += 1
            if readings[index].restarts > LogImport.maximumAttempts { return false }
        }
        return true
    }
}
