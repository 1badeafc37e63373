import ArgumentParser
import Terminal
import Values

/// Figures one after another, to be drawn: beside a table on a terminal, or as a picture in a file.
struct Chart: Sendable {
    struct Point: Sendable {
        /// What the point is one of: a currency, a part of it, or what is counted. Series are never drawn on one scale.
        let series: String
        let label: String
        /// Nil where it isn't told.
        let value: Value?
    }

    /// A figure: money in its currency, or a count.
    enum Value: Sendable {
        case money(Money)
        case count(Int64)

        var number: Int64 {
            switch self {
            case .money(let money): money.minor
            case .count(let count): count
            }
        }

        var text: String { with(number) }

        /// Another figure in the same unit, as text.
        func with(_ number: Int64) -> String {
            switch self {
            case .money(let money): Money(minor: number, currency: money.currency).amountText
            case .count: "\(number)"
            }
        }
    }

    let title: String
    let description: String
    /// One for each row of the answer, in its order.
    let points: [Point]
    /// The new file that the picture goes into.
    var file: String?

    /// The series in the order of their first points.
    var series: [(name: String, points: [Point])] {
        var names: [String] = []
        var own: [String: [Point]] = [:]
        for point in points {
            if own[point.series] == nil { names.append(point.series) }
            own[point.series, default: []].append(point)
        }
        return names.map { ($0, own[$0] ?? []) }
    }
}

/// `--svg`
struct ChartFile: ParsableArguments, Sendable {
    @Option(help: "Also draw the figures into this new file.", completion: .file(extensions: ["svg"]))
    var svg: String?

    static let explained = """
        A terminal draws the figures beside the table, as far as it is wide enough; --svg draws them into a file that \
        must not be there yet.
        """

    /// A picture is made of figures that follow each other.
    func require(_ hasSeries: Bool) throws {
        guard svg == nil || hasSeries else {
            throw ValidationError("--svg draws figures by day, month or year, and neither --rows nor --explain.")
        }
    }

    /// The answer with its chart, and the file it goes into.
    func output(_ output: Output, _ chart: Chart) throws -> Output {
        var output = output
        output.chart = chart
        output.chart?.file = svg
        return output
    }
}

extension Output {
    /// Writes the picture that was asked for. Once the work is done and not in it: work may be done twice.
    ///
    /// - Throws: `Failure` when the file is there already, or can't be written.
    func saveChart() throws {
        guard let chart, let path = chart.file else { return }
        do throws(StreamError) { try NewFile.write(Array(ChartPicture(chart).svg.utf8), to: path) } catch {
            let reason = error.isExisting ? "it is there already" : "\(error)"
            throw Failure(.cannotWrite, "cannot_write", "'\(Escape.escaped(path))' can't be written: \(reason).")
        }
    }
}
