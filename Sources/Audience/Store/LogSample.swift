/// Looks whether a file is a log before anything is counted.
enum LogSample {
    /// A file is refused when it has whole lines among its first 128 KiB and not one of the first 1,000 parses; or when it
    /// has none, and holds bytes that no log does. An empty file is a log without lines.
    ///
    /// - Returns: how it is written; nil while it has no line that says so.
    @discardableResult static func check(_ path: String, _ plan: ScanPlan) throws(LogSourceError) -> LogForm? {
        let bytes = try LogSource.sample(path: path, LogImport.sampleBytes)
        let isCompressed = try FileReader(path: path).isCompressed
        let lines = bytes.split(separator: 0x0a, maxSplits: 1_000, omittingEmptySubsequences: true)
        guard bytes.contains(0x0a) else {
            let isText = bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 || $0 == 0x0d }
            if !isText || bytes.count == LogImport.sampleBytes { throw .notALog(path: path) }
            return nil
        }
        if lines.isEmpty { return nil }
        var json = JSONLine(plan.fields)
        for line in lines.prefix(1_000) {
            if let form = LogForm(line, &json, isCompressed: isCompressed) { return form }
        }
        throw .notALog(path: path)
    }

    /// The time of the first line that has one, in seconds since 1970; nil when there is none.
    static func firstTime(path: String, _ plan: ScanPlan) throws(LogSourceError) -> Int64? {
        let bytes = try LogSource.sample(path: path, LogImport.sampleBytes)
        var json = JSONLine(plan.fields)
        for line in bytes.split(separator: 0x0a, maxSplits: 1_000) {
            let seconds = Array(line).withUnsafeBufferPointer { buffer -> Int64 in
                var parsed = LogLine()
                var clock = LogTime()
                return parsed.parse(json.form(ByteRange(buffer))) == nil ? clock.seconds(parsed.time) : .min
            }
            if seconds != .min { return seconds }
        }
        return nil
    }
}
