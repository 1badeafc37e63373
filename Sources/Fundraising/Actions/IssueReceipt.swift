public import Access
internal import Journal
public import Postgres
public import Values

/// Issues the receipt of a gift, under the next number of its tax year.
public struct IssueReceipt {
    /// What the books don't say, or say otherwise.
    public struct Words: Sendable {
        /// What the donor got for the gift: "two dinner tickets". Needed where it has a value.
        public var benefit: String?
        /// Which shares, or which things. Needed for these where the gift itself doesn't say.
        public var description: String?
        /// To whom it goes, where a fund or a company stands between: the fund's advisor, the company.
        public var addressee: ID<Donor>?
        /// Issue one though the gift needs none.
        public var evenIfNotNeeded = false

        public init() {}
    }

    let gift: ID<Gift>
    let words: Words
    let organisation: Organisation
    let actor: Actor

    public init(_ gift: ID<Gift>, words: Words = Words(), organisation: Organisation, by actor: Actor) {
        self.gift = gift
        self.words = words
        self.organisation = organisation
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``FundraisingError``: `unknownGift`, or `receipt` with why not.
    public func perform(_ db: Connection) throws -> Receipt {
        try actor.require(.receiptIssue)
        try organisation.requireForReceipts()
        let facts = try ReceiptFacts.locked(db, gift, series: Receipt.series)
        if let receipt = try Receipts.live(db, gift: gift) {
            throw FundraisingError.receipt(.hasReceipt(gift, number: receipt.number))
        }
        let snapshot = try ReceiptMaking(facts, words, organisation).snapshot(db)
        return try snapshot.store(db, gift, by: actor)
    }
}

/// Puts a new receipt in the place of one that isn't right any more: after a refund, a name misspelt, a move.
public struct ReplaceReceipt {
    let name: String
    let reason: String
    let words: IssueReceipt.Words
    let organisation: Organisation
    let actor: Actor

    /// - Parameter name: the old receipt's number or id.
    public init(
        _ name: String, reason: String, words: IssueReceipt.Words = .init(), organisation: Organisation,
        by actor: Actor
    ) {
        self.name = name
        self.reason = reason
        self.words = words
        self.organisation = organisation
        self.actor = actor
    }

    /// - Returns: the new one, under a number of its own.
    /// - Throws: `AccessError.notPermitted`; ``FundraisingError/receipt(_:)`` with why not.
    public func perform(_ db: Connection) throws -> Receipt {
        try actor.require(.receiptIssue)
        try actor.require(.receiptVoid)
        let reason = try ReceiptText.reason(reason)
        try organisation.requireForReceipts()
        let known = try Receipts.find(db, name)
        let facts = try ReceiptFacts.locked(db, known.gift, series: Receipt.series)
        let old = try Receipts.find(db, name)
        guard old.state == .issued else {
            throw FundraisingError.receipt(.ended(number: old.number, how: old.state.rawValue))
        }
        // What was said of the gift in words still holds unless other words are given; so does that one was wanted.
        var words = words
        words.benefit = words.benefit ?? old.snapshot.benefitText
        words.description = words.description ?? old.snapshot.description
        words.evenIfNotNeeded = true
        if ReceiptMaking.isForOthers(facts.kind) {
            words.addressee = words.addressee ?? old.snapshot.addressee.donor
        }
        let snapshot = try ReceiptMaking(facts, words, organisation).snapshot(db)
        return try snapshot.store(db, known.gift, replacing: old, reason: reason, by: actor)
    }
}

/// From a gift to what its receipt says.
struct ReceiptMaking {
    private let facts: ReceiptFacts
    private let words: IssueReceipt.Words
    private let organisation: Organisation

    init(_ facts: ReceiptFacts, _ words: IssueReceipt.Words, _ organisation: Organisation) {
        self.facts = facts
        self.words = words
        self.organisation = organisation
    }

    static func isForOthers(_ kind: Gift.Kind) -> Bool { kind == .daf || kind == .employerMatch }

    func snapshot(_ db: Connection) throws -> ReceiptSnapshot {
        func refused(_ refusal: ReceiptRefusal) -> FundraisingError { .receipt(refusal) }
        try facts.requireReceived()
        let rule = try ReceiptRule(kind: facts.kind, amount: facts.net, benefit: facts.benefit)
        guard rule.isNeeded || words.evenIfNotNeeded || rule.form == .thanks else {
            throw refused(.notNeeded(facts.gift))
        }
        let addressee = try addressee(db)
        var value: (what: String, worth: Money)?
        if facts.benefit.minor > 0 {
            guard let what = try ReceiptText.words(words.benefit, "benefit") else {
                throw refused(.benefitUnsaid(facts.gift))
            }
            value = (what, facts.benefit)
        }
        var description: String?
        if !rule.statesAmount {
            description = try ReceiptText.words(words.description, "description") ?? facts.description
            guard description != nil else { throw refused(.descriptionUnsaid(facts.gift)) }
        }
        return ReceiptSnapshot(
            organisation: Letterhead(organisation), addressee: addressee, form: rule.form.rawValue,
            giftKind: facts.kind.rawValue, amount: facts.net, statesAmount: rule.statesAmount, benefit: facts.benefit,
            benefitText: value?.what, deductible: rule.deductible, description: description, taxDate: facts.taxDate,
            issuedOn: facts.today, sentences: ReceiptSentences.of(rule, organisation: organisation, value: value),
            sentenceVersion: ReceiptSentences.version)
    }

    /// - Throws: ``ReceiptRefusal``: a match goes to the company and a fund's grant to its advisor, not to who merely
    ///   stands on the books.
    private func addressee(_ db: Connection) throws -> Addressee {
        if let other = words.addressee {
            guard Self.isForOthers(facts.kind) else { throw FundraisingError.receipt(.otherAddressee(facts.gift)) }
            return try checked(Addressee.load(db, other))
        }
        guard let donor = facts.donor else { throw FundraisingError.receipt(.donorUnknown(facts.gift)) }
        return try checked(Addressee.load(db, donor))
    }

    private func checked(_ found: (addressee: Addressee, kind: Donor.Kind)) throws -> Addressee {
        let isRight =
            switch facts.kind {
            case .daf: found.kind != .dafSponsor
            case .employerMatch: found.kind != .person && found.kind != .household
            default: true
            }
        guard isRight else { throw FundraisingError.receipt(.wrongAddressee(facts.gift, facts.kind)) }
        return found.addressee
    }
}

/// Words somebody gave for a receipt.
enum ReceiptText {
    /// A line of a letter, not a letter; in bytes.
    static let longest = 500

    /// Nil for none and for nothing but spaces.
    static func words(_ text: String?, _ field: String) throws -> String? {
        guard let text, !text.allSatisfy(\.isWhitespace) else { return nil }
        return try TypedText(text, field, longest: longest).text
    }

    /// - Throws: `ValueError` for one that is empty.
    static func reason(_ text: String) throws -> String {
        try TypedText(text, "reason", longest: TypedText.note).text
    }
}

extension ReceiptSnapshot {
    /// Stores it under the next number, tells the audit and, where the donor has an e-mail address, the outbox.
    fileprivate func store(
        _ db: Connection, _ gift: ID<Gift>, replacing old: Receipt? = nil, reason: String? = nil, by actor: Actor
    ) throws -> Receipt {
        let id = try db.one(
            """
            SELECT fundraising.issue_receipt(\(Receipt.series), \(gift), \(old?.id), \(reason), \(text), \
            \(actor.account))
            """
        ) { try $0.next(ID<Receipt>.self) }
        let subject = Subject(.receipt, id.rawValue)
        var facts: [String: JSON] = ["gift": .integer(gift.rawValue)]
        if let old {
            facts["replaces"] = .integer(old.id.rawValue)
            try Audit.append(
                db, Subject(.receipt, old.id.rawValue), "receipt.replaced", by: actor.origin,
                facts: ["by": .integer(id.rawValue)])
        }
        try Audit.append(db, subject, "receipt.issued", by: actor.origin, facts: facts)
        if try Addressee.isMailed(db, addressee) {
            try Outbox.put(
                db, type: "receipt.issued", subject: subject,
                payload: ["receipt": .integer(id.rawValue), "donor": .integer(addressee.donor.rawValue)])
        }
        return try Receipts.find(db, "\(id.rawValue)")
    }
}
