internal import Postgres
internal import Values

/// PayPal's activity download: one line for each movement of the account, newest first as a rule.
struct PayPalFile: RecordFormat {
    static let source = "paypal"
    let columns: [RecordColumn] = [
        .required("Date"), .required("Time"), .required("TimeZone", "Time Zone", "Time zone"), .required("Type"),
        .required("Status"), .required("Currency"), .required("Gross"), .required("Fee", "Fees"),
        .required("Transaction ID"), .required("Reference Txn ID"), .optional("Net"), .optional("Name"),
        .optional("From Email Address"), .optional("Balance Impact"),
    ]
    static let kinds = ["gifts", "refunds", "fees"]
    /// What the books call it.
    static let processor = "paypal"

    let dates: WrittenDate.Order?
    let amounts: AmountStyle

    struct Line {
        let line: Int
        let id: String
        let at: Timestamp
        /// Signed as PayPal sees our account: in is positive.
        let gross: Money
        /// Negative where PayPal keeps it.
        let fee: Money
        let movement: Movement
    }

    enum Movement {
        case payment(PaymentGiver)
        /// Money going back to a donor, or coming back from there, of the payment named.
        case back(parent: String)
        /// What PayPal takes for itself on top, or gives back of that, for the payment named.
        case fee(parent: String)
    }

    // MARK: Reading

    private static let paid: Set<String> = [
        "completed", "refunded", "partially refunded", "reversed", "partially reversed",
    ]
    /// What only moves money within the account, to the bank, or not at all.
    private static let inner = ["hold", "authorization", "conversion", "withdrawal", "transfer", "deposit"]
    private static let back = ["refund", "reversal", "chargeback"]
    private static let payments = ["payment", "donation"]

    func read(_ row: inout RecordRow) -> RecordReading<Line>? {
        guard let type = row.required("Type"), let status = row.required("Status") else { return nil }
        let word = type.lowercased()
        if Self.inner.contains(where: word.contains) { return .skipped(type) }
        if row["Balance Impact"]?.lowercased() == "memo" { return .skipped("doesn't move the balance") }
        let isFee = word.contains("fee")
        let isBack = !isFee && Self.back.contains(where: word.contains)
        guard Self.paid.contains(status.lowercased()) else { return .skipped("status \(status)") }
        let parent = row.id("Reference Txn ID")
        // A fee for no payment in particular, the account's, is no matter of gifts.
        guard isBack || isFee && parent != nil || !isFee && Self.payments.contains(where: word.contains) else {
            return .skipped(type)
        }
        guard let currency = row.currency("Currency"), let gross = row.amount("Gross", currency, amounts) else {
            return nil
        }
        guard isBack || isFee || gross.minor > 0 else { return .skipped("money that we paid: \(type)") }
        let fee = row["Fee"] == nil ? Money(minor: 0, currency: currency) : row.amount("Fee", currency, amounts)
        let (id, at) = (row.requiredID("Transaction ID"), instant(&row))
        let giver = PaymentGiver(email: row.email("From Email Address"), name: row.name("Name"))
        if isBack, parent == nil {
            row.refuse("Reference Txn ID", "it is empty, but names the payment it goes back to")
        }
        if gross.minor == 0 { row.refuse("Gross", "no money moved") }
        guard let fee, let id, let at, row.mistakes.isEmpty else { return nil }
        if row["Net"] != nil, let net = row.amount("Net", currency, amounts), (try? gross.adding(fee)) != net {
            row.refuse("Net", "gross and fee don't come to that")
            return nil
        }
        let movement = isFee ? parent.map(Movement.fee) : isBack ? parent.map(Movement.back) : .payment(giver)
        guard row.mistakes.isEmpty, let movement else { return nil }
        return .item(Line(line: row.line, id: id, at: at, gross: gross, fee: fee, movement: movement))
    }

    private func instant(_ row: inout RecordRow) -> Timestamp? {
        guard let day = row.required("Date"), let time = row.required("Time"), let zone = row.required("TimeZone")
        else {
            return nil
        }
        let date: LocalDate
        do { date = try WrittenDate.day(day, in: dates) } catch {
            row.refuse("Date", error.reason)
            return nil
        }
        guard let local = try? LocalDateTime("\(date)T\(time)") else {
            row.refuse("Time", "write hours, minutes and seconds, as in 23:59:59")
            return nil
        }
        guard let instant = ZoneAbbreviation.instant(local, zone) else {
            row.refuse(
                "TimeZone", "which time that is isn't known here; change the account's zone to UTC and export anew")
            return nil
        }
        return instant
    }

    // MARK: Into the books

    /// Payments first: what goes back stands above them in a file that begins with the newest.
    func book(_ lines: [Line], _ desk: inout RecordDesk) throws {
        for line in lines {
            guard case .payment(let giver) = line.movement else { continue }
            let payment = Payment(
                identity: line.id, names: [line.id], amount: line.gross, at: line.at, method: "paypal", giver: giver)
            let booking = desk.booking(of: Self.processor, isLive: true, line: line.line)
            guard let paid = try desk.pay(payment, booking, ofLine: line.line, amountColumn: "Gross") else { continue }
            try bookFee(line, gift: paid.gift, booking, &desk)
        }
        for line in lines {
            switch line.movement {
            case .payment: continue
            case .back(let parent): try giveBack(line, parent, &desk)
            case .fee(let parent): try charge(line, parent, &desk)
            }
        }
    }

    private func charge(_ line: Line, _ parent: String, _ desk: inout RecordDesk) throws {
        let booking = desk.booking(of: Self.processor, isLive: true, line: line.line)
        var references = try booking.claim([parent, line.id])
        guard let gift = try references.gift(of: [parent]) else { return Self.refuse(line, parent, &desk) }
        try references.bind([line.id], gift: gift)
        let kind: Posting.Kind = line.gross.minor < 0 ? .fee : .feeRefund
        let amount = Money(minor: Int64(clamping: line.gross.minor.magnitude), currency: line.gross.currency)
        if try booking.post(kind, amount, gift: gift, at: line.at, id: line.id) {
            desk.count("fees", ofLine: line.line)
        }
        try desk.require(kind, of: line.id, is: amount, ofLine: line.line, column: "Gross", booking)
    }

    private static func refuse(_ line: Line, _ parent: String, _ desk: inout RecordDesk) {
        desk.refuse(
            FileMistake(
                line: line.line, column: "Reference Txn ID", value: parent,
                reason: "that payment isn't known: import the file that holds it first"))
    }

    private func giveBack(_ line: Line, _ parent: String, _ desk: inout RecordDesk) throws {
        let booking = desk.booking(of: Self.processor, isLive: true, line: line.line)
        var references = try booking.claim([parent, line.id])
        guard let gift = try references.gift(of: [parent]) else { return Self.refuse(line, parent, &desk) }
        let kind: Posting.Kind = line.gross.minor < 0 ? .refund : .refundFailed
        let amount = Money(minor: Int64(clamping: line.gross.minor.magnitude), currency: line.gross.currency)
        do {
            let isNew = try desk.db.savepoint {
                try references.bind([line.id], gift: gift)
                return try booking.post(kind, amount, gift: gift, at: line.at, id: line.id)
            }
            if isNew { desk.count("refunds", ofLine: line.line) }
            try desk.require(kind, of: line.id, is: amount, ofLine: line.line, column: "Gross", booking)
        } catch FundraisingError.refundAboveCharge {
            return desk.refuse(
                FileMistake(
                    line: line.line, column: "Gross", value: line.gross.amountText,
                    reason: "more would be given back than was received"))
        } catch let problem as EffectProblem {
            return desk.refuse(FileMistake(line: line.line, reason: problem.reason))
        }
        try bookFee(line, gift: gift, booking, &desk)
    }

    private func bookFee(_ line: Line, gift: Int64, _ booking: Booking, _ desk: inout RecordDesk) throws {
        guard line.fee.minor != 0 else { return }
        let kind: Posting.Kind = line.fee.minor < 0 ? .fee : .feeRefund
        let fee = Money(minor: Int64(clamping: line.fee.minor.magnitude), currency: line.fee.currency)
        if try booking.post(kind, fee, gift: gift, at: line.at, id: line.id) {
            desk.count("fees", ofLine: line.line)
        }
        try desk.require(kind, of: line.id, is: fee, ofLine: line.line, column: "Fee", booking)
    }
}
