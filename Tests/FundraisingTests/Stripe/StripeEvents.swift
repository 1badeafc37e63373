import Fundraising
import Journal
import Postgres
import Sodium
import Values

/// Makes Stripe's events as its documentation shows them, signs and delivers them.
struct StripeDesk: Sendable {
    static let secret = "whsec_test_of_the_first_endpoint"
    static let now = Timestamp(seconds: 1_770_000_000)

    let books: Books
    /// Another pool than the books' own.
    var database: Database?

    private var app: Database { database ?? books.app }

    static func signature(_ body: [UInt8], secret: String = secret, at now: Timestamp = now) -> String {
        let time = "\(now.microseconds / 1_000_000)"
        return "t=\(time),v1=\(Hex.text(HMACSHA256.code(for: Array("\(time).".utf8) + body, key: Array(secret.utf8))))"
    }

    /// Stores the event as the sender would, in a transaction of its own.
    @discardableResult
    func receive(_ event: JSON, endpoint: String = "main") async throws -> ReceiveEvent.Receipt {
        try await receive(bytes: event.canonical(), endpoint: endpoint)
    }

    @discardableResult
    func receive(bytes: [UInt8], endpoint: String = "main") async throws -> ReceiveEvent.Receipt {
        let received = try ReceiveEvent(
            bytes, signature: Self.signature(bytes), secrets: [Self.secret], endpoint: endpoint, now: Self.now)
        return try await app.transaction { db in try received.perform(db) }
    }

    /// Stores it, applies it, and then whatever is in line, as the service does.
    @discardableResult
    func deliver(_ event: JSON, endpoint: String = "main") async throws -> ReceiveEvent.Receipt {
        let receipt = try await receive(event, endpoint: endpoint)
        try await apply(receipt.id)
        try await drain()
        return receipt
    }

    @discardableResult
    func apply(_ id: ID<InboxEvent>? = nil) async throws -> ApplyEvent.Applied? {
        try await app.transaction { db in
            try ApplyEvent(id, by: .init(account: nil, via: .worker, systemUser: "test")).perform(db)
        }
    }

    func drain() async throws {
        while try await apply() != nil {}
    }

    /// What an auditor compares: every gift with who, what for and when, every entry with its money, and what still
    /// waits. No number of ours, no time of recording.
    func portrait() async throws -> [String] { try await Self.portrait(of: app) }

    static func portrait(of database: Database) async throws -> [String] {
        try await database.read { db in
            let gifts = try db.rows(
                """
                SELECT format('gift %s %s %s %s %s %s %s %s', g.external_id, g.currency, g.intended_minor, g.tax_date, \
                g.live, m.net_minor, m.status, (SELECT string_agg(e.folded, ',') FROM fundraising.donor_email e \
                WHERE e.donor_id = g.donor_id)) FROM fundraising.gift g \
                JOIN fundraising.gift_money m ON m.gift_id = g.id ORDER BY g.external_id
                """
            ) { try $0.next(String.self) }
            let entries = try db.rows(
                """
                SELECT format('entry %s %s %s %s %s %s %s', e.kind, e.external_id, e.phase, e.amount_minor, e.currency, \
                e.occurred_at, g.external_id) FROM fundraising.entry e LEFT JOIN fundraising.gift g ON g.id = e.gift_id \
                ORDER BY 1
                """
            ) { try $0.next(String.self) }
            let rest = try db.rows(
                """
                SELECT format('dispute %s %s %s', d.external_id, d.status, d.amount_minor) FROM fundraising.dispute d \
                UNION ALL SELECT format('instalment %s %s %s %s', i.external_id, i.subscription, i.plan_id IS NULL, \
                i.paid_at) FROM fundraising.instalment i \
                UNION ALL SELECT format('plan %s %s %s %s', p.external_id, s.standing, s.amount_minor, s.occurred_at) \
                FROM fundraising.plan p JOIN fundraising.plan_state s ON s.plan_id = p.id \
                UNION ALL SELECT format('event %s %s', i.event_id, i.state) FROM fundraising.webhook_inbox i ORDER BY 1
                """
            ) { try $0.next(String.self) }
            return gifts + entries + rest
        }
    }

    func net(_ payment: String) async throws -> Int64? {
        try await app.read { db in
            try db.value(
                """
                SELECT m.net_minor FROM fundraising.gift g JOIN fundraising.gift_money m ON m.gift_id = g.id \
                WHERE g.external_id = \(payment)
                """, as: Int64.self)
        }
    }

    func state(_ eventID: String) async throws -> String? {
        try await app.read { db in
            try db.value("SELECT state FROM fundraising.webhook_inbox WHERE event_id = \(eventID)", as: String.self)
        }
    }
}

/// The events that Stripe sends about one payment.
struct StripePaymentEvents {
    let number: Int
    var amount: Int64 = 10_000
    var currency = "usd"
    var at: Int64 = 1_767_000_000
    var isLive = true
    var email = "giver@example.org"
    var metadata: JSON = [:]

    var intentID: String { "pi_\(number)" }
    var chargeID: String { "ch_\(number)" }

    func event(_ type: String, _ suffix: String = "", at offset: Int64 = 0, of object: JSON) -> JSON {
        [
            "id": .string("evt_\(number)_\(type)\(suffix)"), "object": "event", "type": .string(type),
            "created": .integer(at + offset), "livemode": .bool(isLive), "data": ["object": object],
        ]
    }

    var charge: JSON { charge(refunded: 0) }

    func charge(refunded: Int64) -> JSON {
        [
            "id": .string(chargeID), "object": "charge", "amount": .integer(amount),
            "amount_captured": .integer(amount), "amount_refunded": .integer(refunded), "created": .integer(at),
            "currency": .string(currency), "payment_intent": .string(intentID), "paid": true,
            "billing_details": ["email": .string(email), "name": "A Giver"], "metadata": metadata,
            "payment_method_details": ["type": "card"],
        ]
    }

    var chargeSucceeded: JSON { event("charge.succeeded", of: charge) }

    var intentSucceeded: JSON {
        event(
            "payment_intent.succeeded",
            of: [
                "id": .string(intentID), "object": "payment_intent", "amount": .integer(amount),
                "amount_received": .integer(amount), "created": .integer(at - 60), "currency": .string(currency),
                "latest_charge": .string(chargeID), "receipt_email": .string(email), "metadata": metadata,
            ])
    }

    var checkoutCompleted: JSON {
        event(
            "checkout.session.completed",
            of: [
                "id": .string("cs_\(number)"), "object": "checkout.session", "amount_total": .integer(amount),
                "currency": .string(currency), "mode": "payment", "payment_status": "paid",
                "payment_intent": .string(intentID), "customer_details": ["email": .string(email)],
                "metadata": metadata,
            ])
    }

    func refund(_ name: String, _ amount: Int64, status: String = "succeeded", type: String = "refund.created") -> JSON
    {
        event(
            type, "_\(name)_\(status)", at: 100,
            of: [
                "id": .string("re_\(number)_\(name)"), "object": "refund", "amount": .integer(amount),
                "charge": .string(chargeID), "payment_intent": .string(intentID), "created": .integer(at + 100),
                "currency": .string(currency), "status": .string(status),
            ])
    }

    func chargeRefunded(_ total: Int64, _ suffix: String) -> JSON {
        event("charge.refunded", "_\(suffix)", at: 110, of: charge(refunded: total))
    }

    /// One of `created`, `funds_withdrawn`, `funds_reinstated`, `closed`.
    func dispute(_ step: String, _ amount: Int64, status: String, fee: Int64 = 1_500) -> JSON {
        var object: [String: JSON] = [
            "id": .string("dp_\(number)"), "object": "dispute", "amount": .integer(amount),
            "charge": .string(chargeID), "payment_intent": .string(intentID), "created": .integer(at + 200),
            "currency": .string(currency), "reason": "fraudulent", "status": .string(status),
        ]
        if step.hasPrefix("funds") {
            let isBack = step == "funds_reinstated"
            object["balance_transactions"] = [
                [
                    "id": .string("txn_\(number)_\(step)"), "amount": .integer(isBack ? amount : -amount),
                    "fee": .integer(isBack ? 0 : fee), "currency": .string(currency),
                    "created": .integer(at + (isBack ? 400 : 200)),
                ]
            ]
        }
        return event("charge.dispute.\(step)", at: 300, of: .object(object))
    }

    func invoicePaid(_ type: String = "invoice.paid", subscription: String, isOldShape: Bool) -> JSON {
        var object: [String: JSON] = [
            "id": .string("in_\(number)"), "object": "invoice", "amount_paid": .integer(amount),
            "created": .integer(at - 10), "currency": .string(currency),
            "lines": ["data": [["period": ["start": .integer(at - 20), "end": .integer(at)]]]],
        ]
        if isOldShape {
            object["payment_intent"] = .string(intentID)
            object["charge"] = .string(chargeID)
            object["subscription"] = .string(subscription)
        } else {
            object["parent"] = ["subscription_details": ["subscription": .string(subscription)]]
        }
        return event(type, of: .object(object))
    }

    var invoicePayment: JSON {
        event(
            "invoice_payment.paid",
            of: [
                "id": .string("inpay_\(number)"), "object": "invoice_payment", "invoice": .string("in_\(number)"),
                "status": "paid", "payment": ["type": "payment_intent", "payment_intent": .string(intentID)],
            ])
    }

    func subscription(_ step: String, status: String = "active") -> JSON {
        event(
            "customer.subscription.\(step)", "_\(status)", at: step == "created" ? 0 : 500,
            of: [
                "id": .string("sub_\(number)"), "object": "subscription", "customer": .string("cus_\(number)"),
                "billing_cycle_anchor": .integer(at), "currency": .string(currency), "status": .string(status),
                "items": [
                    "data": [
                        [
                            "quantity": 1,
                            "price": [
                                "unit_amount": .integer(amount), "currency": .string(currency),
                                "recurring": ["interval": "month", "interval_count": 1],
                            ],
                        ]
                    ]
                ],
            ])
    }
}
