public import Postgres
public import Values

/// What we told a donor about a gift, under a number that no other receipt has.
public struct Receipt: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable, PostgresCodable { case original, replacement }

    /// Derived from what was added after it, never stored.
    public enum State: String, Sendable, CaseIterable, PostgresCodable { case issued, voided, replaced }

    /// The series all gifts are numbered in.
    public static let series = "R"

    public let id: ID<Receipt>
    /// Series, tax year and number: `R-2025-000012`.
    public let number: String
    public let kind: Kind
    public let state: State
    public let gift: ID<Gift>
    public let snapshot: ReceiptSnapshot
    /// What the gift is worth today; another amount than the snapshot's makes a live receipt stale.
    public let netNow: Money
    public let issuedAt: Timestamp
    public let issuedBy: String
    public let prints: Int
    /// The number of the receipt that this one replaces.
    public let replaces: String?
    /// The number of the receipt by which this one was replaced.
    public let replacedBy: String?
    public let endedAt: Timestamp?
    public let endedBy: String?
    public let reason: String?

    /// Whether it says something that isn't so any more.
    public var isStale: Bool { state == .issued && netNow != snapshot.amount }

    static func number(_ series: String, _ year: Int, _ number: Int64) -> String {
        let digits = String(number)
        return "\(series)-\(year)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Series, year and number of such a text; nil when it is none.
    static func parts(_ text: String) -> (series: String, year: Int, number: Int64)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.dropFirst().allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[1]), let number = Int64(parts[2]), (1...9999).contains(year)
        else { return nil }
        return (parts[0].uppercased(), year, number)
    }

    static let columns: StaticString = """
        r.id, r.series, r.year, r.number, r.kind, coalesce(x.how, 'issued'), r.gift_id, r.snapshot, r.currency, \
        m.net_minor, r.issued_at, i.email, \
        (SELECT count(*) FROM fundraising.receipt_print p WHERE p.receipt_id = r.id), \
        o.series, o.year, o.number, n.series, n.year, n.number, x.ended_at, v.email, x.reason
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        number = Self.number(try row.next(), try row.next(), try row.next())
        kind = try row.next()
        state = try row.next()
        gift = try row.next()
        snapshot = try ReceiptSnapshot(text: try row.next())
        let currency = try row.next(Currency.self)
        netNow = Money(minor: try row.next(), currency: currency)
        issuedAt = try row.next()
        issuedBy = try row.next()
        prints = try row.next()
        replaces = try Self.otherNumber(&row)
        replacedBy = try Self.otherNumber(&row)
        endedAt = try row.next()
        endedBy = try row.next()
        reason = try row.next()
    }

    private static func otherNumber(_ row: inout Row) throws -> String? {
        let series = try row.next(String?.self)
        let year = try row.next(Int?.self)
        let number = try row.next(Int64?.self)
        guard let series, let year, let number else { return nil }
        return Self.number(series, year, number)
    }
}

/// All that a receipt says, as it was when it was issued. What changes later, a name or a setting, changes no snapshot.
public struct ReceiptSnapshot: Sendable, Hashable {
    public let organisation: Letterhead
    public let addressee: Addressee
    public let form: String
    public let giftKind: String
    public let amount: Money
    public let statesAmount: Bool
    public let benefit: Money
    public let benefitText: String?
    public let deductible: Money?
    /// Which shares, or which things.
    public let description: String?
    public let taxDate: LocalDate
    public let issuedOn: LocalDate
    public let sentences: [String]
    public let sentenceVersion: Int64

    var json: JSON {
        [
            "version": 1, "organisation": organisation.json, "addressee": addressee.json, "form": .string(form),
            "gift_kind": .string(giftKind), "amount_minor": .integer(amount.minor),
            "currency": .string(amount.currency.code), "states_amount": .bool(statesAmount),
            "benefit_minor": .integer(benefit.minor), "benefit": JSON(benefitText),
            "deductible_minor": deductible.map { .integer($0.minor) } ?? .null, "description": JSON(description),
            "tax_date": .string(taxDate.description), "issued_on": .string(issuedOn.description),
            "sentences": .array(sentences.map(JSON.string)), "sentence_version": .integer(sentenceVersion),
        ]
    }

    /// What is stored: the same facts are the same text.
    var text: String { String(decoding: json.canonical(), as: UTF8.self) }
}

extension ReceiptSnapshot {
    init(text: String) throws {
        let json = try JSON(parsing: text)
        let currency = try Currency(json["currency"]?.string ?? "")
        func money(_ key: String) -> Money? {
            json[key]?.integer.map { Money(minor: $0, currency: currency) }
        }
        organisation = Letterhead(json["organisation"] ?? [:])
        addressee = Addressee(json["addressee"] ?? [:])
        form = json["form"]?.string ?? ""
        giftKind = json["gift_kind"]?.string ?? ""
        amount = money("amount_minor") ?? Money(minor: 0, currency: currency)
        statesAmount = json["states_amount"]?.bool ?? true
        benefit = money("benefit_minor") ?? Money(minor: 0, currency: currency)
        benefitText = json["benefit"]?.string
        deductible = money("deductible_minor")
        description = json["description"]?.string
        taxDate = try LocalDate(json["tax_date"]?.string ?? "")
        issuedOn = try LocalDate(json["issued_on"]?.string ?? "")
        sentences = json["sentences"]?.strings ?? []
        sentenceVersion = json["sentence_version"]?.integer ?? 0
    }
}

/// The organisation as a letter shows it.
public struct Letterhead: Sendable, Hashable {
    public let legalName: String
    public let publishedName: String
    public let ein: String
    public let address: [String]
    public let signatory: [String]
    public let statements: [String]

    init(_ organisation: Organisation) {
        legalName = organisation.legalName
        publishedName = organisation.publishedName
        ein = organisation.ein
        address = organisation.address
        signatory = organisation.signatory
        statements = organisation.stateStatements
    }

    init(_ json: JSON) {
        legalName = json["legal_name"]?.string ?? ""
        publishedName = json["published_name"]?.string ?? ""
        ein = json["ein"]?.string ?? ""
        address = json["address"]?.strings ?? []
        signatory = json["signatory"]?.strings ?? []
        statements = json["statements"]?.strings ?? []
    }

    var json: JSON {
        [
            "legal_name": .string(legalName), "published_name": .string(publishedName), "ein": .string(ein),
            "address": .array(address.map(JSON.string)), "signatory": .array(signatory.map(JSON.string)),
            "statements": .array(statements.map(JSON.string)),
        ]
    }
}

/// To whom a letter goes, as of then.
public struct Addressee: Sendable, Hashable {
    public let donor: ID<Donor>
    /// Two people who give together are both named.
    public let name: String
    public let address: [String]
    public let email: String?

    init(donor: ID<Donor>, name: String, spouse: String?, address: [String], email: String?) {
        self.donor = donor
        let spouse = spouse.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        self.name = spouse.map { "\(name) and \($0)" } ?? name
        self.address = address
        self.email = email
    }

    init(_ json: JSON) {
        donor = ID(json["donor"]?.integer ?? 0)
        name = json["name"]?.string ?? ""
        address = json["address"]?.strings ?? []
        email = json["email"]?.string
    }

    var json: JSON {
        [
            "donor": .integer(donor.rawValue), "name": .string(name), "address": .array(address.map(JSON.string)),
            "email": JSON(email),
        ]
    }
}

extension JSON {
    init(_ text: String?) { self = text.map(JSON.string) ?? .null }

    var strings: [String] { (array ?? []).compactMap(\.string) }
}
