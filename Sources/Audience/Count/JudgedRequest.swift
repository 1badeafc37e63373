/// One request that was judged when it came, and is counted now.
struct JudgedRequest {
    enum Kind {
        case view
        /// A story opened in place: no page view, but its page and hour have a cell.
        case opening
    }

    let kind: Kind
    let host: String
    let outcome: Outcome
    /// Seconds since 1970, and the local hour they are in; the bucket's site is set when it is counted.
    let seconds: Int64
    let bucket: Bucket
    let visitor: UInt64
    let path: [UInt8]
    let source: [UInt8]
    let device: DeviceClass
}

extension BatchMerge {
    /// Counts one request, as a tally counts a line. A time in the future is rejected, as a line's is.
    ///
    /// - Parameter latest: seconds since 1970.
    mutating func add(_ request: JudgedRequest, latest: Int64) {
        let isRead = request.seconds <= latest
        let site = site(request.host, isRead ? request.seconds...request.seconds : nil)
        var hour = isRead ? request.bucket : Bucket.unknown(site: 0)
        hour.site = UInt32(site)
        let bucket = bucket(hour)
        guard isRead else {
            reject(.future, bucket)
            return
        }
        if request.kind == .view { count(request.outcome, bucket) }
        guard let kind = request.outcome.viewClass else { return }
        let content = request.path.withUnsafeBufferPointer { self.content(ByteRange($0)) }
        cell(bucket, content, kind, views: request.kind == .view ? 1 : 0)
        guard kind == .human, request.kind == .view else { return }
        event(
            ViewEvent(
                visitor: request.visitor, time: UInt32(truncatingIfNeeded: request.seconds), content: content,
                bucket: bucket, source: source(String(decoding: request.source, as: UTF8.self))),
            on: request.device)
    }
}
