internal import Postgres
internal import Sodium
internal import Values

/// Checks as a list: a spreadsheet of our own, or a bank's lockbox.
///
/// A check counts for the year of its postmark (IRS Publication 526), whenever it came.
struct CheckFile: RecordFormat {
    static let source = "checks"
    let columns: [RecordColumn] = [
        .required("date"), .required("number"), .required("name"), .required("amount"), .required("currency"),
        .optional("postmark"), .optional("email"), .optional("campaign"),
    ]
    static let kinds = ["gifts"]

    let zone: Zone

    struct Line {
        let line: Int
        let payment: Payment
    }

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        let (came, postmark) = (day(&row, "date", isRequired: true), day(&row, "postmark", isRequired: false))
        if let came, let postmark, postmark > came { row.refuse("postmark", "it is after the day the check came") }
        let (number, name, email) = (row.requiredID("number"), row.required("name"), row.email("email"))
        _ = row.name("name")
        let amount = row.currency("currency").flatMap { row.amount("amount", $0) }
        if let amount, amount.minor <= 0 { row.refuse("amount", "it must be more than nothing") }
        guard row.mistakes.isEmpty, let came, let number, let name, let amount else { return nil }
        let giver = PaymentGiver(email: email, name: name, nameIsEnough: email == nil, campaign: row["campaign"])
        // One list has the postmark and another doesn't, or the day it was opened: it is one check by either day.
        let identity = Self.identity(number, name, came)
        let names = [identity] + [postmark].compactMap { $0 }.map { Self.identity(number, name, $0) }
        return .item(
            Line(
                line: row.line,
                payment: Payment(
                    identity: identity, names: names, amount: amount, at: zone.startOfDay(came), kind: .check,
                    taxDate: postmark ?? came, method: "check", giver: giver)))
    }

    /// Numbers repeat from one checkbook to the next. The name is in it as a hash: an id outlives its giver's name.
    private static func identity(_ number: String, _ name: String, _ day: LocalDate) -> String {
        let words = name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return "\(number) of \(day) \(Hex.text(SHA256.hash(Array(words.utf8))).prefix(12))"
    }

    private func day(_ row: inout RecordRow, _ column: String, isRequired: Bool) -> LocalDate? {
        guard let text = isRequired ? row.required(column) : row[column] else { return nil }
        do {
            let day = try LocalDate(text)
            guard WrittenTime.years.contains(day.year) else {
                throw ValueError(kind: "day", value: text, reason: "the year is out of range")
            }
            return day
        } catch {
            row.refuse(column, "write the day as 2025-12-31")
            return nil
        }
    }

    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        let campaigns = try known(Set(lines.compactMap(\.payment.giver.campaign)), desk.db)
        var seen: [String: Int] = [:]
        for line in lines {
            if let campaign = line.payment.giver.campaign, !campaigns.contains(campaign) {
                desk.refuse(
                    FileMistake(
                        line: line.line, column: "campaign", value: campaign, reason: "there is no such campaign"))
                continue
            }
            if let first = seen.updateValue(line.line, forKey: line.payment.identity) {
                desk.refuse(
                    FileMistake(
                        line: line.line, column: "number",
                        reason: "line \(first) is the same check: number, name and day agree"))
                continue
            }
            let booking = desk.booking(of: Self.source, isLive: true, line: line.line)
            _ = try desk.pay(line.payment, booking, ofLine: line.line, amountColumn: "amount")
        }
    }

    private func known(_ campaigns: Set<String>, _ db: Connection) throws -> Set<String> {
        Set(
            try db.rows("SELECT slug FROM fundraising.campaign WHERE slug = ANY (\(campaigns.sorted()))") {
                try $0.next(String.self)
            })
    }
}
