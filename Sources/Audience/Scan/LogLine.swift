/// One line of a combined, common or vhost-prefixed log, taken apart where it lies.
///
///     [vhost[:port] ]address ident user [time] "request" status bytes[ "referrer" "agent"[ anything]]
///
/// A line parses when this shape holds to its end; what its fields say is judged afterwards. Quotes inside a quoted
/// field are escaped by a backslash, as Apache and nginx write them.
struct LogLine {
    var host = ByteRange.empty
    var address = ByteRange.empty
    var time = ByteRange.empty
    var method = ByteRange.empty
    var target = ByteRange.empty
    var status = 0
    var referrer = ByteRange.empty
    var agent = ByteRange.empty
    /// False in the common format, which says nothing about the asking program.
    var hasAgent = false
    /// A quoted field after the agent that begins with `prefetch` or `prerender` (Sec-Purpose, Purpose, X-Moz).
    var isPrefetch = false
    /// What follows the agent.
    var rest = ByteRange.empty

    private static let quote: UInt8 = 0x22
    private static let space: UInt8 = 0x20

    /// Takes the line apart; answers nil when it did, else why it couldn't.
    @inline(__always)
    mutating func parse(_ given: ByteRange) -> RejectReason? {
        var line = given
        if line.count > 0, line[line.count &- 1] == 0x0d { line.count &-= 1 }
        if line.count == 0 { return .empty }
        let bracket = LogLine.bracket(line)
        if bracket < 0 { return bracket == -2 ? .time : .format }
        time = ByteRange(line.start + (bracket &+ 1), LogTime.length)
        if let reason = head(line.prefix(bracket &- 1)) { return reason }

        var position = bracket &+ LogTime.length &+ 2
        guard position &+ 2 < line.count, line[position] == LogLine.space, line[position &+ 1] == LogLine.quote else {
            return .format
        }
        let request = LogLine.quoted(line, position &+ 1)
        if request.count < 0 { return .quote }
        position &+= request.count &+ 3
        let numbers = numbers(line, position)
        if numbers < 0 { return numbers == -2 ? .status : .format }
        position = numbers
        if let reason = tail(line, position) { return reason }
        return split(request)
    }

    /// The bracket before the time: a space before it, the closing one 27 bytes on. -1: there is none; -2: there is
    /// one, but no time of the right length in it.
    @inline(__always)
    private static func bracket(_ line: ByteRange) -> Int {
        var from = 0
        var seen = -1
        while true {
            let found = line.find(0x5b, from: from)
            if found < 0 { return seen }
            if found > 0, line[found &- 1] == space {
                let close = found &+ LogTime.length &+ 1
                if close < line.count, line[close] == 0x5d { return found }
                seen = -2
            }
            from = found &+ 1
        }
    }

    /// Address, ident and user, a virtual host before them. A user may hold spaces, so four words are a virtual host
    /// only when the second isn't the `-` that everybody logs for ident.
    @inline(__always)
    private mutating func head(_ head: ByteRange) -> RejectReason? {
        let first = head.find(LogLine.space)
        if first <= 0 { return .format }
        let rest = head.from(first &+ 1)
        if rest.count > 2, rest[0] == 0x2d, rest[1] == LogLine.space {
            host.count = 0
            address = head.prefix(first)
            return nil
        }
        let second = rest.find(LogLine.space)
        if second <= 0 { return .format }
        let third = rest.find(LogLine.space, from: second &+ 1)
        if third > 0 {
            host = head.prefix(first)
            address = rest.prefix(second)
        } else {
            host.count = 0
            address = head.prefix(first)
        }
        return nil
    }

    /// What stands between the quote at `open` and the one that closes it; a count of -1 when none does.
    @inline(__always)
    private static func quoted(_ line: ByteRange, _ open: Int) -> ByteRange {
        var from = open &+ 1
        while true {
            let close = line.find(quote, from: from)
            if close < 0 { return ByteRange(line.start, -1) }
            if line[close &- 1] != 0x5c { return ByteRange(line.start + (open &+ 1), close &- open &- 1) }
            var slashes = 1
            while close &- 1 &- slashes > open, line[close &- 1 &- slashes] == 0x5c { slashes &+= 1 }
            if slashes & 1 == 0 { return ByteRange(line.start + (open &+ 1), close &- open &- 1) }
            from = close &+ 1
        }
    }

    /// ` 200 1234` at `position`; answers where it ends, -1 for a wrong shape, -2 for an impossible status.
    @inline(__always)
    private mutating func numbers(_ line: ByteRange, _ position: Int) -> Int {
        var index = position
        guard index < line.count, line[index] == LogLine.space else { return -1 }
        index &+= 1
        let begin = index
        var value = 0
        while index < line.count, line[index] &- 0x30 < 10 {
            if index &- begin < 4 { value = value &* 10 &+ Int(line[index] &- 0x30) }
            index &+= 1
        }
        guard index < line.count, line[index] == LogLine.space else { return -1 }
        guard index &- begin == 3, value >= 100 else { return index > begin ? -2 : -1 }
        status = value
        index &+= 1
        let bytes = index
        if index < line.count, line[index] == 0x2d {
            index &+= 1
        } else {
            while index < line.count, line[index] &- 0x30 < 10 { index &+= 1 }
        }
        guard index > bytes, index == line.count || line[index] == LogLine.space else { return -1 }
        return index
    }

    /// Referrer and agent, and whatever follows them.
    @inline(__always)
    private mutating func tail(_ line: ByteRange, _ position: Int) -> RejectReason? {
        isPrefetch = false
        rest.count = 0
        hasAgent = false
        referrer.count = 0
        agent.count = 0
        if position == line.count { return nil }
        guard position &+ 1 < line.count, line[position &+ 1] == LogLine.quote else { return .format }
        let from = LogLine.quoted(line, position &+ 1)
        if from.count < 0 { return .quote }
        referrer = from
        let next = position &+ from.count &+ 3
        guard next &+ 1 < line.count, line[next] == LogLine.space, line[next &+ 1] == LogLine.quote else {
            return .format
        }
        let by = LogLine.quoted(line, next &+ 1)
        if by.count < 0 { return .quote }
        agent = by
        hasAgent = true
        let end = next &+ by.count &+ 3
        if end == line.count { return nil }
        guard line[end] == LogLine.space else { return .format }
        rest = line.from(end)
        isPrefetch = LogLine.saysPrefetch(rest)
        return nil
    }

    /// What the line says in X-Forwarded-For: the quoted field right behind the agent, as in nginx's `main` format. No
    /// field further on is taken for it: a reader could have written that one.
    var forwarded: ByteRange {
        guard rest.count > 2, rest[1] == LogLine.quote else { return .empty }
        let field = LogLine.quoted(rest, 1)
        return field.count < 0 ? .empty : field
    }

    private static func saysPrefetch(_ rest: ByteRange) -> Bool {
        var from = 0
        while true {
            let open = rest.find(quote, from: from)
            if open < 0 { return false }
            let field = rest.from(open + 1)
            if field.hasPrefixFolded("prefetch") || field.hasPrefixFolded("prerender") { return true }
            from = open + 1
        }
    }

    /// `GET /path HTTP/1.1` into method and target. A bare `GET /path`, as HTTP/0.9 asked, is understood as well.
    @inline(__always)
    private mutating func split(_ request: ByteRange) -> RejectReason? {
        let first = request.find(LogLine.space)
        if first <= 0 || first > 32 { return .request }
        for index in 0..<first where request[index] &- 0x41 >= 26 && request[index] != 0x2d && request[index] != 0x5f {
            return .request
        }
        method = request.prefix(first)
        var end = request.count
        var index = end &- 1
        while index > first, request[index] != LogLine.space { index &-= 1 }
        if index > first {
            guard request.from(index &+ 1).hasPrefix("HTTP/") else { return .request }
            end = index
        }
        target = ByteRange(request.start + (first &+ 1), end &- first &- 1)
        return target.count > 0 ? nil : .request
    }
}
