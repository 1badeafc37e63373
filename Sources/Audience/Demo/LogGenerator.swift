public import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Makes an access log in combined format that is as varied as a real one, the same for the same seed.
///
/// Paths by Zipf's law with exponent 1.1, visitors with visits of several pages, days with mornings and nights. From two
/// million lines on it has 80,000 paths and 200,000 visitors in 60 days; a shorter one has fewer in proportion.
public struct LogGenerator: Sendable {
    public struct Options: Sendable {
        public var lines: Int
        public var seed: UInt64
        public var firstDay: LocalDate
        public var days = 60

        public init(lines: Int, seed: UInt64, firstDay: LocalDate) {
            self.lines = lines
            self.seed = seed
            self.firstDay = firstDay
        }
    }

    private let options: Options
    private let paths: [[UInt8]]
    private let popularity: ZipfTable
    private let visitors: Int

    /// Visitors on the site at the same time.
    private static let present = 512

    public init(_ options: Options) {
        self.options = options
        let count = min(max(options.lines / 25, 200), 80_000)
        visitors = min(max(options.lines / 10, 100), 200_000)
        var names = SeededRandom(seed: 0x6d61_7374)
        paths = (0..<count).map { LogGenerator.path($0, &names) }
        popularity = ZipfTable(count: paths.count, exponent: 1.1, power: { pow($0, $1) })
    }

    private static let words = [
        "city", "river", "budget", "school", "night", "harvest", "council", "bridge", "winter", "market", "library",
        "union", "garden", "station", "archive", "border", "coast", "forest", "kitchen", "letter", "museum", "orchard",
        "pension", "quarry", "railway", "shelter", "theatre", "valley", "weather", "zoning",
    ]

    private static func path(_ number: Int, _ random: inout SeededRandom) -> [UInt8] {
        let section = ["news", "culture", "science", "opinion", "local", "long-reads"][random.below(6)]
        let words = (0..<3).map { _ in LogGenerator.words[random.below(LogGenerator.words.count)] }
        let year = 2019 + random.below(8)
        return Array("/\(section)/\(year)/\(words.joined(separator: "-"))-\(number)".utf8)
    }

    /// Makes the log and hands it out in pieces of about 256 KiB.
    public func write(_ body: ([UInt8]) throws -> Void) throws {
        var random = SeededRandom(seed: options.seed)
        var clock = DayClock(options)
        var buffer: [UInt8] = []
        buffer.reserveCapacity(300_000)
        var present = (0..<LogGenerator.present).map { _ in random.below(visitors) }
        let agents = AgentShelf()
        for line in 0..<options.lines {
            clock.advance(to: line)
            let seat = random.below(LogGenerator.present)
            if random.chance(250) { present[seat] = random.below(visitors) }
            append(present[seat], clock, agents, &random, &buffer)
            if buffer.count >= 262_144 {
                try body(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        if !buffer.isEmpty { try body(buffer) }
    }

    private func append(
        _ visitor: Int, _ clock: DayClock, _ agents: AgentShelf, _ random: inout SeededRandom, _ buffer: inout [UInt8]
    ) {
        var person = SeededRandom(seed: UInt64(visitor) &* 0x2545_f491_4f6c_dd1d)
        let kind = random.below(1_000)
        let address = person.next()
        // Documentation addresses wouldn't do for 200,000 visitors; these are of the shared space of RFC 6598.
        buffer += "100.".utf8
        buffer.append(number: 64 + Int(address >> 8 & 63))
        buffer.append(0x2e)
        buffer.append(number: Int(address >> 16 & 255))
        buffer.append(0x2e)
        buffer.append(number: Int(address >> 24 & 255))
        buffer += " - - [".utf8
        buffer += clock.text
        buffer += "] \"".utf8
        let page = paths[popularity.draw(&random)]
        switch kind {
        case 0..<12: request("POST", "/contact", "200", &buffer)
        case 12..<92:
            request("GET", ["/static/site.css", "/static/site.js", "/img/cover.jpg"][random.below(3)], "200", &buffer)
        case 92..<122: request("GET", "/missing/\(random.below(3_000))", "404", &buffer)
        case 122..<142: page301(page, &buffer)
        default:
            buffer += "GET ".utf8
            buffer += page
            if random.chance(40) { buffer += "?utm_source=newsletter&utm_medium=email".utf8 }
            buffer += " HTTP/1.1\" 200 ".utf8
        }
        buffer.append(number: 900 + random.below(60_000))
        buffer += " \"".utf8
        buffer += agents.referrers[random.below(agents.referrers.count)]
        buffer += "\" \"".utf8
        buffer +=
            kind >= 900
            ? agents.bots[random.below(agents.bots.count)] : agents.browsers[person.below(agents.browsers.count)]
        buffer += "\"\n".utf8
    }

    private func request(_ method: String, _ path: String, _ status: String, _ buffer: inout [UInt8]) {
        buffer += "\(method) \(path) HTTP/1.1\" \(status) ".utf8
    }

    private func page301(_ page: [UInt8], _ buffer: inout [UInt8]) {
        buffer += "GET ".utf8
        buffer += page
        buffer += "/amp HTTP/1.1\" 301 ".utf8
    }
}

/// The time of each line: an hour has its share of the day.
private struct DayClock {
    /// Lines before the end of each minute of the run.
    private var ends: [Int] = []
    private let firstDay: LocalDate
    private var minute = 0
    private var second = -1
    private(set) var text: [UInt8] = []

    /// Of 1,000 views of a day, those of each hour.
    private static let hours = [
        14, 9, 6, 5, 6, 12, 26, 44, 54, 56, 55, 54, 58, 57, 53, 51, 52, 55, 60, 66, 72, 66, 45, 24,
    ]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    init(_ options: LogGenerator.Options) {
        firstDay = options.firstDay
        let days = max(options.days, 1)
        var weights: [Int] = []
        for day in 0..<days {
            // Weekends are a fifth quieter.
            let weight = [0, 6].contains(options.firstDay.adding(days: day).weekday) ? 4 : 5
            for hour in DayClock.hours { weights.append(weight * hour) }
        }
        let total = Int128(max(weights.reduce(0, +), 1))
        var before: Int128 = 0
        for weight in weights {
            for part in 1...60 {
                let done = before * 60 + Int128(weight) * Int128(part)
                ends.append(Int(done * Int128(options.lines) / (total * 60)))
            }
            before += Int128(weight)
        }
    }

    mutating func advance(to line: Int) {
        let before = minute
        while minute < ends.count - 1, ends[minute] <= line { minute += 1 }
        let start = minute == 0 ? 0 : ends[minute - 1]
        let now = min(59, (line - start) * 60 / max(ends[minute] - start, 1))
        if minute == before, now == second { return }
        second = now
        let date = firstDay.adding(days: minute / 1_440)
        text.removeAll(keepingCapacity: true)
        text.append(twoDigits: date.day)
        text += "/\(DayClock.months[date.month - 1])/\(date.year):".utf8
        text.append(twoDigits: minute / 60 % 24)
        text.append(0x3a)
        text.append(twoDigits: minute % 60)
        text.append(0x3a)
        text.append(twoDigits: second)
        text += " +0000".utf8
    }
}

/// What browsers, bots and referring pages call themselves; made, in the forms that are common.
private struct AgentShelf {
    let browsers: [[UInt8]]
    let bots: [[UInt8]] = [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "curl/8.5.0",
        "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)", "python-requests/2.32.3", "-",
    ].map { Array($0.utf8) }
    let referrers: [[UInt8]] = [
        "-", "-", "-", "-", "https://www.example.org/", "https://www.example.org/news", "https://www.google.com/",
        "https://www.google.com/", "https://duckduckgo.com/", "https://t.co/x1", "https://www.facebook.com/",
        "https://news.example.com/top?id=7",
    ].map { Array($0.utf8) }

    init() {
        let systems = [
            "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
            "Linux; Android 14; Pixel 8", "Linux; Android 13; SM-G991B", "X11; Ubuntu; Linux x86_64",
        ]
        var browsers: [[UInt8]] = []
        for system in systems {
            for version in 100..<140 {
                browsers.append(
                    Array(
                        "Mozilla/5.0 (\(system)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/\(version).0.0.0 Safari/537.36"
                            .utf8))
                browsers.append(
                    Array("Mozilla/5.0 (\(system); rv:\(version).0) Gecko/20100101 Firefox/\(version).0".utf8))
            }
        }
        for minor in 0..<7 {
            browsers.append(
                Array(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_\(minor) like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.\(minor) Mobile/15E148 Safari/604.1"
                        .utf8))
        }
        self.browsers = browsers
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: Int) {
        if number >= 10 { append(number: number / 10) }
        append(UInt8(0x30 + number % 10))
    }

    fileprivate mutating func append(twoDigits number: Int) {
        append(UInt8(0x30 + number / 10 % 10))
        append(UInt8(0x30 + number % 10))
    }
}
