internal import Journal
internal import Postgres
internal import Values

/// What the lines of one file are booked with, and what came of them.
struct RecordDesk {
    let db: Connection
    /// The file's number.
    let file: Int64
    let origin: Origin
    private(set) var brought: [String: Int] = [:]
    /// The lines that changed something.
    private(set) var changed: Set<Int> = []
    private(set) var mistakes: [FileMistake] = []

    init(db: Connection, file: Int64, origin: Origin) {
        self.db = db
        self.file = file
        self.origin = origin
    }

    func booking(of processor: String, isLive: Bool, line: Int) -> Booking {
        Booking(db: db, processor: processor, isLive: isLive, source: .line(line, ofFile: file), origin: origin)
    }

    mutating func count(_ what: String, ofLine line: Int) {
        brought[what, default: 0] += 1
        changed.insert(line)
    }

    mutating func refuse(_ mistake: FileMistake) { mistakes.append(mistake) }
}

extension RecordDesk {
    /// Brings a payment into the books, or notes what is wrong with it; nil when something is.
    ///
    /// - Parameter amountColumn: where its amount stands in the file.
    mutating func pay(
        _ payment: Payment, _ booking: Booking, ofLine line: Int, amountColumn: String
    ) throws -> Booking.Paid? {
        let paid: Booking.Paid
        do { paid = try db.savepoint { try booking.pay(payment) } } catch let problem as EffectProblem {
            refuse(FileMistake(line: line, reason: problem.reason))
            return nil
        }
        guard paid.booked == payment.amount else {
            refuse(
                FileMistake(
                    line: line, column: amountColumn, value: payment.amount.amountText,
                    reason: "the books have \(paid.booked) for \(payment.identity)"))
            return nil
        }
        if paid.isNew { count("gifts", ofLine: line) }
        return paid
    }
}

extension RecordDesk {
    /// Notes a mistake where the books have another amount of the money that this line tells of.
    mutating func require(
        _ kind: Posting.Kind, of id: String, phase: String = "", is amount: Money, ofLine line: Int, column: String,
        _ booking: Booking
    ) throws {
        let known = try db.row(
            """
            SELECT abs(e.amount_minor), e.currency FROM fundraising.entry e WHERE e.processor = \(booking.processor) \
            AND e.processor_account = '' AND e.kind = \(kind.rawValue) AND e.external_id = \(id) \
            AND e.phase = \(phase)
            """
        ) { Money(minor: try $0.next(), currency: try $0.next()) }
        guard let known, known != amount else { return }
        refuse(
            FileMistake(
                line: line, column: column, value: amount.amountText, reason: "the books have \(known) for it"))
    }
}

extension EffectProblem {
    /// What a person is told.
    var reason: String {
        switch self {
        case .unreadable(let reason), .doubtful(let reason), .irrelevant(let reason), .waiting(_, let reason): reason
        }
    }
}
