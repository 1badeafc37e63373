public import Values

/// The access log of a made newsroom: two years of readers, crawlers, pictures and mistakes, the same for the same seed.
///
/// Nothing in it says what growth should come out: each day's readers follow a trend with noise, weekdays and the age of
/// the articles, and the aggregator counts what there is.
public struct DemoTraffic: Sendable {
    /// A page that can be read from a day on.
    public struct Page: Sendable {
        let path: String
        let since: LocalDate

        public init(path: String, since: LocalDate) {
            self.path = path
            self.since = since
        }
    }

    let pages: [Page]
    let from: LocalDate
    let days: Int
    let zone: Zone
    private var random: SeededRandom
    /// Page views on the first day, and by how much a year later has more.
    private static let firstDay = 70.0
    private static let yearly = 2.33

    public init(pages: [Page], from: LocalDate, days: Int, zone: Zone, seed: UInt64) {
        self.pages = pages
        self.from = from
        self.days = days
        self.zone = zone
        random = SeededRandom(seed: seed)
    }

    /// Hands out the log in chunks of whole lines, a day each, in order of time.
    public mutating func write(_ sink: (String) throws -> Void) throws {
        var expected = Self.firstDay
        let daily = Self.root(of: Self.yearly, degree: 365)
        for day in 0..<days {
            try sink(log(of: from.adding(days: day), expecting: expected))
            expected *= daily
        }
    }

    private struct Line {
        let second: Int
        let text: String
    }

    private mutating func log(of date: LocalDate, expecting expected: Double) -> String {
        // 1970-01-01 was a Thursday.
        let weekday = (date.daysSince1970 + 3) % 7
        let weekdays = [1.15, 1.1, 1.05, 1.0, 0.95, 0.8, 0.95]
        let visits = Int(expected * weekdays[weekday] * Double.random(in: 0.8...1.2, using: &random) / 1.6)
        let midnight = zone.startOfDay(date)
        var lines: [Line] = []
        for _ in 0..<visits { appendVisit(on: date, midnight, to: &lines) }
        for _ in 0..<visits / 2 { appendCrawl(on: date, midnight, to: &lines) }
        lines.sort { $0.second < $1.second }
        return lines.map(\.text).joined()
    }

    /// A reader comes from somewhere, reads a page or a few, and loads what belongs to them.
    private mutating func appendVisit(on date: LocalDate, _ midnight: Timestamp, to lines: inout [Line]) {
        let address = readerAddress()
        let agent = pick(Self.browsers)
        var second = secondOfDay()
        var referrer = pick(Self.referrers)
        var path = Int.random(in: 0..<5, using: &random) == 0 ? "/" : page(on: date)
        let isFromLetter = referrer == "-" && Int.random(in: 0..<4, using: &random) == 0
        let campaign = "?utm_source=newsletter&utm_medium=email&utm_campaign=\(date.year)-\(Self.two(date.month))"
        for step in 0..<(1 + min(4, Int.random(in: 0..<8, using: &random) / 3)) {
            let target = path + (step == 0 && isFromLetter ? campaign : "")
            lines.append(line(address, midnight, second, "GET \(target)", 200, referrer, agent))
            for asset in ["/theme/site.css", "/theme/letters.woff2"] where step == 0 {
                lines.append(
                    line(address, midnight, second + 1, "GET \(asset)", 200, "https://demo.example\(path)", agent))
            }
            referrer = "https://demo.example\(path)"
            path = page(on: date)
            second += Int.random(in: 20..<400, using: &random)
        }
    }

    /// What is not a reader: crawlers, feed readers, probes for other people's software.
    private mutating func appendCrawl(on date: LocalDate, _ midnight: Timestamp, to lines: inout [Line]) {
        let second = secondOfDay()
        let address = "198.19.\(Int.random(in: 0..<4, using: &random)).\(Int.random(in: 1..<255, using: &random))"
        switch Int.random(in: 0..<10, using: &random) {
        case 0: lines.append(line(address, midnight, second, "GET /wp-login.php", 404, "-", pick(Self.browsers)))
        case 1: lines.append(line(address, midnight, second, "POST /xmlrpc.php", 404, "-", "-"))
        case 2: lines.append(line(address, midnight, second, "HEAD /", 200, "-", "curl/8.5.0"))
        case 3, 4: lines.append(line(address, midnight, second, "GET /feed", 200, "-", "FreshRSS/1.24 (Linux)"))
        default: lines.append(line(address, midnight, second, "GET \(page(on: date))", 200, "-", pick(Self.crawlers)))
        }
    }

    /// A page that was out on that day: the newest most of all, the old ones now and then.
    private mutating func page(on date: LocalDate) -> String {
        let out = pages.filter { $0.since <= date }
        guard !out.isEmpty else { return "/" }
        let weights = out.map { page in
            1.0 + 30.0 / (1.0 + Double(date.daysSince1970 - page.since.daysSince1970) / 4.0)
        }
        var left = Double.random(in: 0..<weights.reduce(0, +), using: &random)
        for (page, weight) in zip(out, weights) {
            left -= weight
            if left < 0 { return page.path }
        }
        return out[out.count - 1].path
    }

    private func line(
        _ address: String, _ midnight: Timestamp, _ second: Int, _ request: String, _ status: Int, _ referrer: String,
        _ agent: String
    ) -> Line {
        let instant = midnight.adding(seconds: Int64(second))
        let time = Self.clfTime(instant, zone)
        let size = status == 200 ? 18_000 + request.utf8.count * 37 : 150
        return Line(
            second: second,
            text: "\(address) - - [\(time)] \"\(request) HTTP/1.1\" \(status) \(size) \"\(referrer)\" \"\(agent)\"\n")
    }

    /// "01/Mar/2026:00:30:00 +0200", as Apache and nginx write it.
    private static func clfTime(_ instant: Timestamp, _ zone: Zone) -> String {
        let local = zone.local(at: instant)
        let offset = zone.offset(at: instant)
        let minutes = abs(offset) / 60
        let sign = offset < 0 ? "-" : "+"
        let time = local.secondOfDay
        return "\(two(local.date.day))/\(months[local.date.month - 1])/\(local.date.year):"
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) \(sign)\(two(minutes / 60))\(two(minutes % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Addresses set apart for tests (RFC 2544): nobody's.
    private mutating func readerAddress() -> String {
        "198.18.\(Int.random(in: 0..<64, using: &random)).\(Int.random(in: 1..<255, using: &random))"
    }

    /// The day's readers gather from morning to evening. Two hours are left free before midnight for their visits.
    private mutating func secondOfDay() -> Int {
        let half = Int.random(in: 0..<37_800, using: &random) + Int.random(in: 0..<37_800, using: &random)
        return 3_600 + half
    }

    private mutating func pick(_ texts: [String]) -> String {
        texts[Int.random(in: 0..<texts.count, using: &random)]
    }

    /// The number that, multiplied with itself `degree` times, gives `value`: by bisection, which needs no C library.
    private static func root(of value: Double, degree: Int) -> Double {
        var low = 1.0
        var high = 2.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let power = (0..<degree).reduce(1.0) { product, _ in product * middle }
            if power < value { low = middle } else { high = middle }
        }
        return low
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let referrers = [
        "-", "-", "-", "https://www.google.com/", "https://www.google.com/", "https://duckduckgo.com/",
        "https://news.ycombinator.com/", "https://bsky.app/", "https://chatgpt.com/", "https://www.example.org/links",
    ]
    private static let browsers = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
            + "Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    ]
    private static let crawlers = [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "python-requests/2.32.3",
    ]
}
