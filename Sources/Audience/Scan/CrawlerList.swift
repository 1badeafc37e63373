internal import Values

/// A list of crawlers as monperrus/crawler-user-agents lays it out: an array of objects with a `pattern`, which is a
/// regular expression. What else the objects hold (`url`, `instances`, `addition_date`) isn't looked at.
public struct CrawlerList: Sendable {
    /// A pattern that can't be used, by its number from 1; nil when the file as a whole is no such list.
    public struct Problem: Error, Equatable, Sendable {
        public let number: Int?
        public let reason: String
    }

    /// Everything that is wrong with a list; nothing of it is used.
    public struct Malformed: Error, Equatable, Sendable {
        public let problems: [Problem]
    }

    /// The published list has 1.4 MiB.
    public static let maximumBytes = 32 << 20

    let expressions: [AgentExpression]
    /// A hash of the file.
    let identity: [UInt8]

    /// How many patterns.
    public var count: Int { expressions.count }

    public init(parsing bytes: [UInt8]) throws(Malformed) {
        var problems: [Problem] = []
        var expressions: [AgentExpression] = []
        for (index, item) in try CrawlerList.items(bytes).enumerated() {
            guard let text = item.object?["pattern"]?.string else {
                problems.append(Problem(number: index + 1, reason: "no text \"pattern\""))
                continue
            }
            do throws(AgentExpression.Malformed) {
                expressions.append(try AgentExpression(text))
            } catch {
                problems.append(Problem(number: index + 1, reason: "'\(text.prefix(100))': \(error.reason)"))
            }
        }
        guard problems.isEmpty else { throw Malformed(problems: problems) }
        self.expressions = expressions
        identity = SipHash.hash128(bytes, key: HashKey(low: 0, high: 0)).bytes
    }

    private static func items(_ bytes: [UInt8]) throws(Malformed) -> [JSON] {
        func wrong(_ reason: String) -> Malformed { Malformed(problems: [Problem(number: nil, reason: reason)]) }
        guard bytes.count <= maximumBytes else { throw wrong("it is larger than \(maximumBytes >> 20) MiB") }
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw wrong("it isn't JSON: \(error.reason)") }
        guard case .array(let items) = json else { throw wrong("it isn't an array of objects with a \"pattern\"") }
        guard items.count <= BotList.maximumPatterns else {
            throw wrong("it has more than \(BotList.maximumPatterns) patterns")
        }
        return items
    }
}

extension BotList {
    /// How many of the patterns are expressions of a list of crawlers.
    public var expressionCount: Int { patterns.count { $0.expression != nil } }

    /// This list with the crawlers of another behind it, all of class `declared_bot`: what this one knows, as a class
    /// of its own or as an exception, stays as it is.
    public func adding(_ crawlers: CrawlerList) -> BotList {
        BotList(
            patterns: patterns
                + crawlers.expressions.map {
                    Pattern(kind: .declaredBot, text: $0.needed, atWordStart: false, atWordEnd: false, expression: $0)
                },
            identity: Array(version.utf8) + crawlers.identity)
    }
}
