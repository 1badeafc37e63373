internal import Postgres
public import Values

/// What a donor gave in a tax year, as we told it: a version of it.
public struct Statement: Sendable, Hashable {
    public let id: ID<Statement>
    public let donor: ID<Donor>
    public let year: Int
    /// 1, 2, …: a year that reads otherwise later has a further version.
    public let version: Int
    public let snapshot: StatementSnapshot
    public let madeAt: Timestamp
    public let madeBy: String
    /// The day it was made, in the publication's zone.
    public let madeOn: LocalDate

    static let columns: StaticString = """
        s.id, s.donor_id, s.year, s.version, s.snapshot, s.made_at, a.email, \
        (s.made_at AT TIME ZONE access.publication_zone())::date
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        donor = try row.next()
        year = try row.next()
        version = try row.next()
        snapshot = try StatementSnapshot(text: try row.next())
        madeAt = try row.next()
        madeBy = try row.next()
        madeOn = try row.next()
    }

    /// The letter, from the snapshot and the version alone.
    public var letter: Letter {
        let gifts = snapshot.gifts.map { gift -> [String] in
            [
                gift.taxDate.description, gift.words, gift.receipt ?? "", gift.amount.map(Letter.words) ?? "not stated",
                gift.deductible.map(Letter.words) ?? "-",
            ]
        }
        let totals = snapshot.totals.map { total in
            ["Total", total.amount.currency.code, "", Letter.words(total.amount), Letter.words(total.deductible)]
        }
        return Letter(
            mark: nil, letterhead: snapshot.organisation, title: "Statement of gifts in \(year)",
            number: version == 1 ? "" : "version \(version)", date: madeOn, addressee: snapshot.addressee, facts: [],
            table: .init(
                headings: ["Date", "Gift", "Receipt", "Amount", "Deductible"], rows: gifts, totals: totals,
                figures: [3, 4]),
            sentences: snapshot.sentences)
    }
}

/// All that a statement says, as it was when it was made.
public struct StatementSnapshot: Sendable, Hashable {
    public struct GiftLine: Sendable, Hashable {
        public let gift: ID<Gift>
        public let kind: String
        public let taxDate: LocalDate
        /// Net of refunds; nil where we state no value.
        public let amount: Money?
        public let refunds: Money
        /// Nil where it isn't ours to say.
        public let deductible: Money?
        /// The number of its receipt, when it has one.
        public let receipt: String?

        var words: String {
            let kind = kind.split(separator: "_").joined(separator: " ")
            return refunds.minor > 0 ? "\(kind), less \(Letter.words(refunds)) refunded" : kind
        }
    }

    /// One for each currency, by its code: currencies are never added up.
    public struct Total: Sendable, Hashable {
        public let amount: Money
        public let deductible: Money
    }

    public let organisation: Letterhead
    public let addressee: Addressee
    public let gifts: [GiftLine]
    public let totals: [Total]
    public let sentences: [String]

    /// - Throws: `ValueError` when a total is more than fits.
    init(organisation: Organisation, addressee: Addressee, gifts: [GiftLine]) throws(ValueError) {
        self.organisation = Letterhead(organisation)
        self.addressee = addressee
        self.gifts = gifts
        var totals: [String: Total] = [:]
        for line in gifts {
            let currency = line.refunds.currency
            let nothing = Money(minor: 0, currency: currency)
            let known = totals[currency.code] ?? Total(amount: nothing, deductible: nothing)
            totals[currency.code] = Total(
                amount: try known.amount.adding(line.amount ?? nothing),
                deductible: try known.deductible.adding(line.deductible ?? nothing))
        }
        self.totals = totals.values.sorted { $0.amount.currency.code < $1.amount.currency.code }
        var sentences = ["Amounts are what we received less what went back to you."]
        if gifts.contains(where: { $0.deductible == nil }) {
            sentences.append("Where no deductible amount is given, it isn't for us to state one.")
        }
        sentences.append(
            "A single gift of $250 or more is substantiated by its own receipt, which says what you received for it.")
        if !organisation.taxSentence.isEmpty { sentences.append(organisation.taxSentence) }
        self.sentences = sentences
    }

    var text: String {
        let json: JSON = [
            "version": 1, "organisation": organisation.json, "addressee": addressee.json,
            "gifts": .array(
                gifts.map { line in
                    [
                        "gift": .integer(line.gift.rawValue), "kind": .string(line.kind),
                        "tax_date": .string(line.taxDate.description),
                        "currency": .string(line.refunds.currency.code),
                        "amount_minor": line.amount.map { .integer($0.minor) } ?? .null,
                        "refunds_minor": .integer(line.refunds.minor),
                        "deductible_minor": line.deductible.map { .integer($0.minor) } ?? .null,
                        "receipt": JSON(line.receipt),
                    ]
                }),
            "totals": .array(
                totals.map { total in
                    [
                        "currency": .string(total.amount.currency.code), "amount_minor": .integer(total.amount.minor),
                        "deductible_minor": .integer(total.deductible.minor),
                    ]
                }),
            "sentences": .array(sentences.map(JSON.string)),
        ]
        return String(decoding: json.canonical(), as: UTF8.self)
    }

    init(text: String) throws {
        let json = try JSON(parsing: text)
        organisation = Letterhead(json["organisation"] ?? [:])
        addressee = Addressee(json["addressee"] ?? [:])
        sentences = json["sentences"]?.strings ?? []
        gifts = try (json["gifts"]?.array ?? []).map { line in
            let currency = try Currency(line["currency"]?.string ?? "")
            func money(_ key: String) -> Money? { line[key]?.integer.map { Money(minor: $0, currency: currency) } }
            return GiftLine(
                gift: ID(line["gift"]?.integer ?? 0), kind: line["kind"]?.string ?? "",
                taxDate: try LocalDate(line["tax_date"]?.string ?? ""), amount: money("amount_minor"),
                refunds: money("refunds_minor") ?? Money(minor: 0, currency: currency),
                deductible: money("deductible_minor"), receipt: line["receipt"]?.string)
        }
        totals = try (json["totals"]?.array ?? []).map { total in
            let currency = try Currency(total["currency"]?.string ?? "")
            return Total(
                amount: Money(minor: total["amount_minor"]?.integer ?? 0, currency: currency),
                deductible: Money(minor: total["deductible_minor"]?.integer ?? 0, currency: currency))
        }
    }
}
