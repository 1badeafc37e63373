extension OpenVisits {
    /// Version 1 knew no engagement, version 2 no tags: the lengths of its names are one byte.
    private static let version: UInt8 = 3

    /// Stored bytes that hold no visits.
    struct Malformed: Error {}

    /// Version, number of source names, the names behind their lengths, then each visit: visitor, start, length, views,
    /// engaged milliseconds, content, source number, bucket, day; all big-endian.
    func bytes(_ book: borrowing VisitBook) -> [UInt8] {
        var output: [UInt8] = [OpenVisits.version]
        let used = Set(visits.map(\.source)).sorted()
        var numbers: [UInt32: UInt32] = [:]
        output.put(UInt32(used.count))
        for source in used {
            numbers[source] = UInt32(numbers.count)
            let name = book.sources[Int(source)].utf8.prefix(Int(UInt16.max))
            output.put(UInt16(name.count))
            output += name
        }
        for visit in visits {
            output.put(visit.visitor)
            output.put(UInt64(bitPattern: visit.start))
            output.put(UInt32(truncatingIfNeeded: visit.last - visit.start))
            output.put(visit.views)
            output.put(visit.engagedMs)
            output += book.contents[Int(visit.content)].bytes
            output.put(numbers[visit.source] ?? 0)
            output.put(UInt64(bitPattern: book.buckets[Int(visit.bucket)].start))
            output.put(UInt32(bitPattern: book.buckets[Int(visit.bucket)].day))
        }
        return output
    }

    /// Reads what `bytes` wrote; names are numbered in the book, hours as the site's.
    init(watermark: Int64, bytes: [UInt8], site: UInt32, _ book: inout VisitBook) throws {
        var reader = BigEndianReader(bytes)
        let version = try reader.take(1)
        guard (1...UInt64(OpenVisits.version)).contains(version) else { throw Malformed() }
        var sources: [UInt32] = []
        for _ in 0..<(try reader.take(4)) {
            let length = Int(try reader.take(version < 3 ? 1 : 2))
            sources.append(book.number(String(decoding: try reader.run(length), as: UTF8.self)))
        }
        var visits: [Visit] = []
        while !reader.isAtEnd {
            let visitor = try reader.take(8)
            let start = Int64(bitPattern: try reader.take(8))
            let length = Int64(try reader.take(4))
            let views = UInt32(try reader.take(4))
            let engagedMs = version == 1 ? 0 : UInt32(try reader.take(4))
            let content = Hash128(first: try reader.take(8), second: try reader.take(8))
            let source = Int(try reader.take(4))
            let hour = Int64(bitPattern: try reader.take(8))
            let day = Int32(bitPattern: UInt32(try reader.take(4)))
            guard sources.indices.contains(source) else { throw Malformed() }
            visits.append(
                Visit(
                    visitor: visitor, start: start, last: start + length, views: views, engagedMs: engagedMs,
                    content: book.number(content), source: sources[source],
                    bucket: book.number(Bucket(site: site, start: hour, day: day))))
        }
        self.init(watermark: watermark, visits: visits)
    }
}
