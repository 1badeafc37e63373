internal import Postgres
internal import Values

/// GiveWP's donations export, as WordPress writes it.
///
/// A donation that went through Stripe or PayPal and says under which id lands under that id: the processor's own file or
/// event then adds nothing.
struct GiveWPFile: RecordFormat {
    static let source = "givewp"
    let columns: [RecordColumn] = [
        .required("Donation ID"), .required("Donation Total"), .required("Donation Status"),
        .required("Donation Date"), .optional("Donation Time"),
        .optional("Currency", "Currency Code", "_give_payment_currency"),
        .optional("Email Address", "Donor's Email", "Donor Email", "Email"),
        .optional("First Name", "Donor's First Name"),
        .optional("Last Name", "Donor's Last Name"), .optional("Payment Gateway"),
        .optional("Transaction ID", "Payment Transaction ID", "_give_payment_transaction_id"),
        .optional("Payment Mode", "_give_payment_mode"), .optional("Anonymous Donation", "_give_anonymous_donation"),
    ]
    static let kinds = ["gifts", "refunds"]

    let zone: Zone
    let dates: WrittenDate.Order?
    /// Of donations whose export names none.
    let currency: Currency?

    struct Line {
        let line: Int
        let processor: String
        let payment: Payment
        let isLive: Bool
        let isRefunded: Bool
    }

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        guard let status = row.required("Donation Status")?.lowercased() else { return nil }
        let isRefunded = status == "refunded"
        guard isRefunded || ["complete", "completed", "publish", "renewal", "give_subscription"].contains(status) else {
            return .skipped("status \(status)")
        }
        let (id, email) = (row.requiredID("Donation ID"), row.email("Email Address"))
        let at = instant(&row)
        var currency = currency
        if row["Currency"] != nil {
            currency = row.currency("Currency")
        } else if currency == nil {
            row.refuse("Currency", "it is empty, and never guessed: say --currency, or export the currency code too")
        }
        let amount = currency.flatMap { row.amount("Donation Total", $0, .decimalPoint) }
        if let amount, amount.minor <= 0 { row.refuse("Donation Total", "it must be more than nothing") }
        let gateway = row["Payment Gateway"]?.lowercased() ?? ""
        let transaction = row.id("Transaction ID")
        guard row.mistakes.isEmpty, let id, let at, let amount else { return nil }
        let (processor, identity) = Self.identity(id, gateway, transaction)
        let isCheck = gateway.contains("check") || gateway.contains("offline")
        let name = [row["First Name"], row["Last Name"]].compactMap { $0 }.joined(separator: " ")
        let giver = PaymentGiver(
            email: email, name: name.isEmpty ? nil : name, nameIsEnough: email == nil,
            isAnonymous: ["1", "yes", "true"].contains(row["Anonymous Donation"]?.lowercased() ?? ""))
        let payment = Payment(
            identity: identity, names: [identity], amount: amount, at: at, kind: isCheck ? .check : .card,
            method: gateway.isEmpty ? "card" : gateway, giver: giver)
        let isLive = row["Payment Mode"]?.lowercased() != "test"
        return .item(
            Line(line: row.line, processor: processor, payment: payment, isLive: isLive, isRefunded: isRefunded))
    }

    /// Under the processor's id where the export has it, else under GiveWP's.
    private static func identity(_ id: String, _ gateway: String, _ transaction: String?) -> (String, String) {
        if let transaction {
            if ["pi_", "ch_", "py_"].contains(where: transaction.hasPrefix) {
                return (StripeEvent.processor, transaction)
            }
            if gateway.hasPrefix("paypal") { return (PayPalFile.processor, transaction) }
        }
        return (source, id)
    }

    private func instant(_ row: inout RecordRow) -> Timestamp? {
        guard let text = row.required("Donation Date") else { return nil }
        let day: LocalDate
        do { day = try WrittenDate.day(text, in: dates) } catch {
            row.refuse("Donation Date", error.reason)
            return nil
        }
        guard let time = row["Donation Time"] else { return zone.startOfDay(day) }
        do { return try WrittenTime.instant("\(day)T\(try Self.clock(time))", in: zone) } catch {
            row.refuse("Donation Time", error.reason)
            return nil
        }
    }

    /// `9:05 pm` or `21:05`, as 24 hours.
    private static func clock(_ text: String) throws(ValueError) -> String {
        let lower = text.lowercased()
        let isAfternoon = lower.hasSuffix("pm")
        let digits = lower.prefix { $0.isNumber || $0 == ":" }.split(separator: ":")
        guard digits.count >= 2, var hour = Int(digits[0]), digits[1].count == 2 else {
            throw ValueError(kind: "time", value: text, reason: "write it as 21:05 or 9:05 pm")
        }
        if isAfternoon || lower.hasSuffix("am") {
            guard (1...12).contains(hour) else {
                throw ValueError(kind: "time", value: text, reason: "there is no such hour")
            }
            hour = hour % 12 + (isAfternoon ? 12 : 0)
        }
        return "\(hour < 10 ? "0" : "")\(hour):\(digits[1])" + (digits.count > 2 ? ":\(digits[2])" : "")
    }

    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        for line in lines {
            let booking = desk.booking(of: line.processor, isLive: line.isLive, line: line.line)
            guard let paid = try desk.pay(line.payment, booking, ofLine: line.line, amountColumn: "Donation Total"),
                line.isRefunded
            else { continue }
            if try booking.refunded(line.payment.amount, of: line.payment, gift: paid.gift, until: nil) {
                desk.count("refunds", ofLine: line.line)
            }
        }
    }
}
