internal import Postgres
internal import Values

/// A row of a gifts file, each field read into its type.
struct GiftRow {
    let line: Int
    /// As they stand in the file, in its order.
    let fields: [String]
    let externalID: String
    let donorEmail: EmailAddress?
    let donorName: String?
    let givenAt: Timestamp
    let amount: Money
    let kind: Gift.Kind
    /// In lower case, as the file has it; empty when it says nothing.
    let method: String
    let campaign: String?
    let appeal: String?
    /// An id or a slug.
    let article: String?
    /// Given back so far, in minor units; nil when the file has no such column.
    let refundedMinor: Int64?
    let refundedAt: Timestamp?
}

/// The columns a gifts file may have.
enum GiftColumn {
    static let required = ["external_id", "donor_email", "given_at", "amount", "currency"]
    static let optional = [
        "donor_name", "method", "campaign", "appeal", "article", "refunded_amount", "refunded_at", "source",
    ]
}

/// Reads the rows of one file. All that is wrong with a row is said at once, not the first thing only.
struct GiftRowReader {
    let zone: Zone
    private static let longestExternalID = 255
    private static let longestName = 1_000

    private var currencies: [String: Currency] = [:]
    /// The first of them by line; a file where every row is wrong must not fill the memory with its mistakes.
    private(set) var mistakes: [FileMistake] = []
    private(set) var mistakeCount = 0
    /// Gifts of an export that came another way: they are in the books, or the file isn't taken.
    private(set) var elsewhere: [ElsewhereGift] = []
    private static let mistakesKept = 1_000

    init(zone: Zone) {
        self.zone = zone
    }

    /// The row, or nil when something is wrong with it: then `mistakeCount` has grown.
    mutating func read(_ row: CSVReader.Row) -> GiftRow? {
        let before = mistakeCount
        let cells = Cells(row)
        refuseCardNumbers(row, cells)
        guard mistakeCount == before else { return nil }

        let externalID = self.externalID(cells)
        if let source = cells["source"], source != ImportGifts.source {
            readElsewhere(source, externalID, cells)
            return nil
        }
        let email = self.email(cells)
        let name = self.name(cells)
        let givenAt = instant(cells, "given_at", isRequired: true)
        let currency = self.currency(cells)
        var amount: Money?
        if let currency { amount = self.amount(cells, "amount", currency) }
        let method = (cells["method"] ?? "").lowercased()
        let kind = self.kind(cells, method)
        let refund = self.refund(cells, amount, givenAt)
        let (campaign, appeal) = (cells["campaign"], cells["appeal"])
        let article = self.article(cells)
        if appeal != nil, campaign == nil {
            add(cells, "appeal", "an appeal is part of a campaign: name the campaign too")
        }
        guard mistakeCount == before, let externalID, let givenAt, let amount, let kind else { return nil }
        return GiftRow(
            line: row.line, fields: ArmedText.restored(row.fields), externalID: externalID, donorEmail: email,
            donorName: name,
            givenAt: givenAt, amount: amount, kind: kind, method: method, campaign: campaign, appeal: appeal,
            article: article, refundedMinor: refund?.minor, refundedAt: refund?.at)
    }

    private mutating func readElsewhere(_ source: String, _ id: String?, _ cells: Cells) {
        guard let id, let currency = currency(cells), let amount = amount(cells, "amount", currency) else { return }
        elsewhere.append(ElsewhereGift(line: cells.row.line, source: source, externalID: id, amount: amount))
    }

    /// The fields by their heading; an empty one is none.
    private struct Cells {
        let row: CSVReader.Row

        init(_ row: CSVReader.Row) { self.row = row }

        subscript(column: String) -> String? {
            guard let text = row[column], !text.isEmpty else { return nil }
            return ArmedText.restored(text)
        }
    }

    private mutating func add(_ cells: Cells, _ column: String, _ reason: String) {
        add(FileMistake(line: cells.row.line, column: column, value: cells[column], reason: reason))
    }

    private mutating func add(_ mistake: FileMistake) {
        mistakeCount += 1
        if mistakes.count < Self.mistakesKept { mistakes.append(mistake) }
    }

    private mutating func refuseCardNumbers(_ row: CSVReader.Row, _ cells: Cells) {
        guard row.fields.contains(where: CardNumber.isContained) else { return }
        for column in GiftColumn.required + GiftColumn.optional
        where cells[column].map(CardNumber.isContained) ?? false {
            add(
                FileMistake(
                    line: row.line, column: column,
                    reason: "this looks like a card number (not repeated here); remove it from the file"))
        }
    }

    // MARK: One field each

    private mutating func externalID(_ cells: Cells) -> String? {
        guard let text = cells["external_id"] else {
            add(cells, "external_id", "it is empty, but tells one gift from another")
            return nil
        }
        guard text.utf8.count <= Self.longestExternalID else {
            add(cells, "external_id", "it is longer than \(Self.longestExternalID) bytes")
            return nil
        }
        guard text.first?.isWhitespace == false, text.last?.isWhitespace == false else {
            add(cells, "external_id", "it has white space around it, which would make it another id")
            return nil
        }
        return text
    }

    private mutating func email(_ cells: Cells) -> EmailAddress? {
        guard let text = cells["donor_email"] else { return nil }
        do { return try EmailAddress(text) } catch {
            add(cells, "donor_email", error.reason)
            return nil
        }
    }

    private mutating func name(_ cells: Cells) -> String? {
        guard let text = cells["donor_name"], !text.allSatisfy(\.isWhitespace) else { return nil }
        guard text.utf8.count <= Self.longestName else {
            add(cells, "donor_name", "it is longer than \(Self.longestName) bytes")
            return nil
        }
        return text
    }

    private mutating func currency(_ cells: Cells) -> Currency? {
        guard let text = cells["currency"] else {
            add(cells, "currency", "it is empty, and never guessed")
            return nil
        }
        if let known = currencies[text] { return known }
        do {
            let currency = try Currency(text)
            currencies[text] = currency
            return currency
        } catch {
            add(cells, "currency", error.reason)
            return nil
        }
    }

    private mutating func amount(_ cells: Cells, _ column: String, _ currency: Currency) -> Money? {
        guard let text = cells[column] else {
            add(cells, column, "it is empty")
            return nil
        }
        do {
            let money = try Money(parsing: text, currency: currency)
            guard money.minor > 0 else {
                add(cells, column, "it must be more than nothing; what was given back is in refunded_amount")
                return nil
            }
            return money
        } catch {
            add(cells, column, error.reason)
            return nil
        }
    }

    private mutating func kind(_ cells: Cells, _ method: String) -> Gift.Kind? {
        if let kind = Gift.Kind(rawValue: method) ?? Self.kinds[method] { return kind }
        let known = Gift.Kind.allCases.map(\.rawValue) + Self.kinds.keys.sorted().filter { !$0.isEmpty }
        add(cells, "method", "not a way to give; known are \(known.joined(separator: ", "))")
        return nil
    }

    /// What payment pages call the same things.
    private static let kinds: [String: Gift.Kind] = [
        "": .card, "credit_card": .card, "credit card": .card, "debit_card": .card, "debit card": .card,
        "paypal": .card, "apple_pay": .card, "google_pay": .card, "stripe": .card, "online": .card, "venmo": .card,
        "ach": .wire, "sepa": .wire, "bank": .wire, "bank_transfer": .wire, "bank transfer": .wire,
        "direct_debit": .wire, "cheque": .check, "grant": .grantPayment,
    ]

    private mutating func article(_ cells: Cells) -> String? {
        guard let text = cells["article"] else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return text }
        guard ID<Gift>(text: text) != nil else {
            add(cells, "article", "there is no article of that number")
            return nil
        }
        return text
    }

    // MARK: Refunds

    private mutating func refund(
        _ cells: Cells, _ amount: Money?, _ givenAt: Timestamp?
    ) -> (minor: Int64?, at: Timestamp?)? {
        guard cells.row["refunded_amount"] != nil else {
            if cells["refunded_at"] != nil { add(cells, "refunded_at", "the file has no column refunded_amount") }
            return nil
        }
        guard let text = cells["refunded_amount"], !Self.isZero(text) else {
            if cells["refunded_at"] != nil { add(cells, "refunded_at", "there is no refunded_amount beside it") }
            return (0, nil)
        }
        guard let amount, let refunded = self.amount(cells, "refunded_amount", amount.currency) else { return nil }
        guard refunded.minor <= amount.minor else {
            add(cells, "refunded_amount", "it is more than the gift of \(amount)")
            return nil
        }
        guard let at = instant(cells, "refunded_at", isRequired: true) else { return nil }
        // By days: a refund noted with its day only may be of the gift's own day.
        if let givenAt, zone.date(at: at) < zone.date(at: givenAt) {
            add(cells, "refunded_at", "it is before the gift")
            return nil
        }
        return (refunded.minor, at)
    }

    private static func isZero(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 == 0x30 } }
    }

    // MARK: Times

    /// An instant with its offset, or a day or wall time in the publication's zone.
    private mutating func instant(_ cells: Cells, _ column: String, isRequired: Bool) -> Timestamp? {
        guard let text = cells[column] else {
            if isRequired { add(cells, column, "it is empty") }
            return nil
        }
        do { return try WrittenTime.instant(text, in: zone) } catch {
            add(cells, column, error.reason)
            return nil
        }
    }
}
