import Foundation
import Testing

@testable import Audience

/// Checks 1 and 2 on a real server's log, against a count made without this code.
@Suite(.enabled(if: hasSampleLog, "the sample log isn't beside the project"))
struct SampleLogTests {
    private func expected() throws -> [String: Any] {
        let file = sampleLog.deletingLastPathComponent().appending(path: "combined-5000.expected.json")
        return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }

    private func batch() throws -> BatchCount {
        let plan = try plan(host: "example.org")
        let scan = LogScan(plan, [try LogSource(path: sampleLog.path(), plan: plan)])
        return try #require(try scan.batch(limit: .max))
    }

    @Test func everyLineOfTheSampleIsAccountedForAsTheIndependentCountHasIt() throws {
        let counts = try #require(try expected()["counts"] as? [String: Int])
        let summary = try ScanSummary.scan([sampleLog.path()], plan: plan())
        #expect(summary.lines == counts["lines"])
        #expect(summary.views == counts["human_pv"])
        #expect(summary.rejected == [:])
        #expect(summary.excluded[.method] == counts["not_get"])
        #expect(summary.excluded[.status] == counts["status_excluded"])
        #expect(summary.excluded[.route] == counts["static"])
        #expect(summary.excluded.values.reduce(0, +) == 2_851)
        let bots = summary.classes.filter { $0.key != .human }.values.reduce(0, +)
        #expect(bots == counts["bot_union"])
        #expect(summary.classes[.emptyAgent] == counts["ua_dash"])
        #expect(summary.lines == summary.views + bots + 2_851)
    }

    @Test func daysHoursAndContentsOfTheSampleAreThoseOfTheIndependentCount() throws {
        let expected = try expected()
        let batch = try batch()
        var perDay: [Int: Int] = [:]
        var hours: Set<Int64> = []
        var perContent: [String: Int] = [:]
        for cell in batch.cells where cell.kind == ViewClass.human.rawValue {
            let bucket = batch.buckets[cell.bucket]
            perDay[Int(bucket.day), default: 0] += Int(cell.views)
            hours.insert(bucket.start)
            perContent[batch.contents[cell.content].path, default: 0] += Int(cell.views)
        }
        // 17 May 2015 is day 16,572 since 1970.
        let days = try #require(expected["per_day"] as? [String: Int])
        #expect(perDay[16_572] == days["2015-05-17"])
        #expect(perDay[16_573] == days["2015-05-18"])
        #expect(perDay[16_574] == days["2015-05-19"])
        #expect(hours.count == expected["hours"] as? Int)
        #expect(perContent.count == expected["distinct_paths"] as? Int)
        for entry in try #require(expected["top"] as? [[Any]]) {
            let path = try #require(entry[0] as? String)
            // The count kept trailing slashes; a content key has none.
            let key = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            #expect(perContent[key] == entry[1] as? Int, "\(path)")
        }
    }
}
