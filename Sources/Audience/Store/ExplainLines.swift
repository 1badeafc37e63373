public import Postgres
internal import Values

/// Reads lines as an import would, with this database's sites, clocks and rules, and says what came of each. Nothing is
/// stored.
public struct ExplainLines: Sendable {
    let lines: [[UInt8]]
    let options: LogImport.Options

    /// Who wants more of them explained wants a count.
    public static let maximumLines = 10_000

    /// - Parameter lines: without their newlines.
    public init(_ lines: [[UInt8]], _ options: LogImport.Options) {
        self.lines = lines
        self.options = options
    }

    /// The explanations in the order of the lines.
    public func explanations(_ db: Connection) throws -> [LineExplanation] {
        var explainer = LineExplainer(try LogImport.plan(options, db))
        return lines.map { explainer.explain($0) }
    }
}
