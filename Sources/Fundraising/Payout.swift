public import Postgres
public import Values

/// Money on its way from a processor to the bank, and what is known of the lines it is made of.
public struct Payout: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable, PostgresCodable {
        case paid
        /// The bank sent it back, perhaps after it had been locked.
        case failed
    }

    public let id: ID<Payout>
    public let processor: String
    /// The processor's own id, `po_…`.
    public let externalID: String
    public let amount: Money
    public let isLive: Bool
    /// The bank's day.
    public let arrivesOn: LocalDate
    public let status: Status
    public let lines: Int
    /// The lines' sum, when there are any and all are in the payout's currency.
    public let net: Money?
    /// Lines whose money the books don't have,
    public let unknown: Int
    /// and lines of which they have another amount.
    public let differing: Int
    public let lockedAt: Timestamp?
    public let lockedBy: String?

    /// What keeps it from being locked; empty when it agrees with its lines.
    public var objections: [Objection] {
        var objections: [Objection] = []
        if status == .failed { objections.append(.failed) }
        if lines == 0 {
            objections.append(.noLines)
        } else if let net {
            if net != amount { objections.append(.sum(lines: net, payout: amount)) }
        } else {
            objections.append(.otherCurrency)
        }
        if unknown > 0 { objections.append(.unknown(unknown)) }
        if differing > 0 { objections.append(.differing(differing)) }
        return objections
    }

    public enum Objection: Sendable, Hashable {
        case failed
        case noLines
        case sum(lines: Money, payout: Money)
        /// A line in another currency than the payout's.
        case otherCurrency
        case unknown(Int)
        case differing(Int)
    }

    /// A movement of the processor's money beside what the books have of it.
    public struct Line: Sendable, Hashable {
        public enum State: String, Sendable, CaseIterable, PostgresCodable {
            case agrees, differs, unknown
        }

        /// The processor's balance transaction.
        public let externalID: String
        public let category: String
        /// The charge, refund or dispute it is of; empty for money of no payment.
        public let source: String
        public let occurredAt: Timestamp
        public let gross: Money
        public let fee: Money
        public let net: Money
        public let gift: ID<Gift>?
        /// The same money in the books, signed; nil where they don't have it.
        public let booked: Money?
        public let state: State

        /// The line's gross less what is booked; nil where they are in different currencies.
        public var difference: Money? {
            guard let booked else { return gross }
            return try? gross.subtracting(booked)
        }
    }
}
