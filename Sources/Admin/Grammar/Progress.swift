import Synchronization
import Values

/// How far a long piece of work is, on stderr while a person looks at it; nothing otherwise.
///
///     let progress = Progress("donations.csv", total: bytes, unit: "B", context)
///     progress.advance(by: line.count)
///     progress.finish()
///
/// Safe to call from any thread, as often as one likes: it draws ten times a second at most.
final class Progress: Sendable {
    private struct State {
        var done: Int64 = 0
        var drawnAt: Timestamp?
    }

    private let label: String
    private let total: Int64?
    private let unit: String
    private let surroundings: Surroundings
    private let begun: Timestamp
    private let state = Mutex(State())

    /// Microseconds between two drawings.
    private static let interval: Int64 = 100_000
    private static let barCells = 24

    /// - Parameter total: how much there is to do; nil when nobody knows, then there is no bar and no ETA.
    init(_ label: String, total: Int64?, unit: String, _ context: CommandContext) {
        self.label = Escape.escaped(label)
        self.total = total
        self.unit = unit
        surroundings = context.surroundings
        begun = context.surroundings.now()
    }

    /// Says that so much more is done.
    func advance(by amount: Int64) {
        guard surroundings.messagesAreSeen else { return }
        let now = surroundings.now()
        let done: Int64? = state.withLock { state in
            state.done += amount
            if let last = state.drawnAt, now.microseconds - last.microseconds < Self.interval { return nil }
            state.drawnAt = now
            return state.done
        }
        if let done { draw(line(done: done, now: now)) }
    }

    /// Takes the line away, so that what is said next stands alone.
    func finish() {
        guard surroundings.messagesAreSeen, state.withLock({ $0.drawnAt != nil }) else { return }
        draw("")
    }

    /// What is drawn after `done` at `now`: label, bar, share, rate, and how long it will still take.
    func line(done: Int64, now: Timestamp) -> String {
        let seconds = max(now.microseconds - begun.microseconds, 1)
        let rate = Int64(Double(done) * 1_000_000 / Double(seconds))
        var parts = [label]
        if let total, total > 0 {
            let share = min(1, Double(done) / Double(total))
            let full = Int(share * Double(Self.barCells))
            parts.append(
                "[" + String(repeating: "█", count: full) + String(repeating: "·", count: Self.barCells - full) + "]")
            parts.append("\(Int(share * 100)) %")
        } else {
            parts.append("\(short(done)) \(unit)")
        }
        parts.append("\(short(rate)) \(unit)/s")
        if let total, rate > 0, done < total { parts.append("\(clock((total - done) / rate)) left") }
        return parts.joined(separator: "  ")
    }

    /// One write: carriage return, the line, and an erased rest.
    private func draw(_ line: String) {
        // A progress bar that can't be drawn is no reason to stop the work.
        try? surroundings.writeMessage(Array("\r\(line)\u{1b}[K".utf8))
    }

    private func short(_ number: Int64) -> String {
        switch number {
        case 10_000_000...: "\(number / 1_000_000)M"
        case 10_000...: "\(number / 1_000)k"
        default: String(number)
        }
    }

    private func clock(_ seconds: Int64) -> String {
        let rest = seconds % 60
        return "\(seconds / 60):" + (rest < 10 ? "0" : "") + "\(rest)"
    }
}
