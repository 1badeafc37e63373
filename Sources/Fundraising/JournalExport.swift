public import Values

/// The books as journal entries for an accounting program: one for each day and currency, and one for each payout.
///
/// Every entry balances, because a transfer is one amount between two accounts. A day that lies in a closed month never
/// changes: what is recorded later is posted to an open one.
public struct JournalExport: Sendable {
    public let from: LocalDate
    public let to: LocalDate
    public let accounts: AccountMap

    public init(from: LocalDate, to: LocalDate, accounts: AccountMap = .standard) {
        self.from = from
        self.to = to
        self.accounts = accounts
    }

    /// One line of an entry: an account, debited or credited.
    public struct Line: Sendable, Hashable {
        /// The same for the lines that balance; never used for other lines.
        public let number: String
        public let day: LocalDate
        public let account: String
        public let side: Side
        /// More than nothing.
        public let amount: Money
        public let memo: String
    }

    public enum Side: Sendable {
        case debit, credit
    }

    /// The lines as a Beancount ledger, with the accounts opened on the first day.
    public func beancount(_ lines: [Line]) -> String {
        var text = "option \"title\" \"Masthead \(from) to \(to)\"\n\n"
        for account in Set(lines.map(\.account)).sorted() { text += "\(from) open \(account)\n" }
        var rest = lines[...]
        while let first = rest.first {
            let entry = rest.prefix { $0.number == first.number }
            rest = rest.dropFirst(entry.count)
            text += "\n\(first.day) * \"\(first.memo)\" ^\(first.number)\n"
            for line in entry {
                let sign = line.side == .debit ? "" : "-"
                text += "  \(line.account)  \(sign)\(line.amount.amountText) \(line.amount.currency.code)\n"
            }
        }
        return text
    }
}

/// What the accounting program calls our accounts.
public struct AccountMap: Sendable, Hashable {
    /// Of each of our accounts, as in `fundraising.ledger_account`; a `Type:Name` in Beancount's manner.
    public static let standard = AccountMap(
        checked: [
            "clearing": "Assets:Clearing", "undeposited": "Assets:Undeposited", "bank": "Assets:Bank",
            "property": "Assets:Property", "fx": "Assets:Exchange", "contributions": "Income:Contributions",
            "contributions_disputed": "Income:Contributions:Disputed", "adjustments": "Income:Adjustments",
            "fees": "Expenses:Fees", "write_offs": "Expenses:Write-Offs",
        ])

    let names: [String: String]

    private init(checked names: [String: String]) { self.names = names }

    /// Reads `{"clearing": "Assets:Stripe", …}`; accounts that it doesn't name keep their standard names.
    ///
    /// - Throws: for an account we don't have, or a name that isn't a line of text.
    public init(_ json: JSON) throws(ValueError) {
        guard let given = json.object else {
            throw ValueError(
                kind: "account map", value: String(json.text.prefix(40)),
                reason: "write a JSON object, as in {\"bank\": \"Assets:Bank\"}")
        }
        var names = Self.standard.names
        for (code, value) in given.sorted(by: { $0.key < $1.key }) {
            guard names[code] != nil else {
                throw ValueError(
                    kind: "account", value: code,
                    reason: "there are: " + Self.standard.names.keys.sorted().joined(separator: ", "))
            }
            guard let name = value.string, !name.isEmpty, name.utf8.count <= 100,
                name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else {
                throw ValueError(
                    kind: "account name", value: value.text, reason: "write a line of text of at most 100 bytes")
            }
            names[code] = name
        }
        self.names = names
    }

    /// - Throws: for a name that Beancount doesn't take.
    public func requireBeancountNames() throws(ValueError) {
        for name in names.values.sorted() where !Self.isBeancountName(name) {
            throw ValueError(
                kind: "Beancount account", value: name,
                reason: "write Assets, Liabilities, Equity, Income or Expenses and parts that begin with a capital or "
                    + "a digit, as in Assets:Stripe-US")
        }
    }

    /// A root and one or more parts of letters, digits and hyphens. ASCII only: Beancount takes more, and all of these.
    private static func isBeancountName(_ name: String) -> Bool {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard let root = parts.first, parts.count > 1,
            ["Assets", "Liabilities", "Equity", "Income", "Expenses"].contains(root)
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            guard let first = part.utf8.first, isCapital(first) || isDigit(first) else { return false }
            return part.utf8.allSatisfy { isCapital($0) || isDigit($0) || (0x61...0x7A).contains($0) || $0 == 0x2D }
        }
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
