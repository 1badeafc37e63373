internal import Values

/// An event as Stripe wrote it: <https://docs.stripe.com/api/events/object>.
struct StripeEvent {
    /// What the books call it.
    static let processor = "stripe"

    /// `evt_…`
    let id: String
    let type: String
    let isLive: Bool
    let createdAt: Timestamp
    /// The thing it is about, as it was then.
    let object: StripeObject

    /// - Throws: ``EffectProblem/unreadable(_:)`` for a body that isn't an event.
    init(_ body: [UInt8]) throws(EffectProblem) {
        let json: JSON
        do { json = try JSON(parsing: body) } catch { throw .unreadable("the body isn't JSON") }
        guard json["object"]?.string == "event", let id = json["id"]?.string, let type = json["type"]?.string,
            let created = json["created"]?.integer, let data = json["data"]?["object"], data.object != nil,
            let isLive = json["livemode"]?.bool
        else { throw .unreadable("the body isn't an event") }
        guard !id.isEmpty, id.utf8.count <= 255, type.utf8.count <= 255 else {
            throw .unreadable("its id or type is too long")
        }
        self.id = id
        self.type = type
        self.isLive = isLive
        createdAt = try Self.time(created)
        object = StripeObject(data)
    }

    static func time(_ seconds: Int64) throws(EffectProblem) -> Timestamp {
        // The years that files may name too: 2000 to 2199.
        guard (946_684_800..<7_258_118_400).contains(seconds) else { throw .unreadable("a time out of range") }
        return Timestamp(seconds: seconds)
    }
}

/// An object of Stripe's API. A field may hold an id, or the object itself with its id in it.
struct StripeObject {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    /// The id in a field; of the object itself without a name. Nil where there is none.
    func id(_ field: String) -> String? {
        guard let value = json[field] else { return nil }
        guard let id = value.string ?? value["id"]?.string, !id.isEmpty, id.utf8.count <= 255 else { return nil }
        return id
    }

    var id: String? { id("id") }

    func text(_ field: String) -> String? { Self.kept(json[field]) }
    func flag(_ field: String) -> Bool { json[field]?.bool ?? false }
    func integer(_ field: String) -> Int64? { json[field]?.integer }

    func time(_ field: String) throws(EffectProblem) -> Timestamp? {
        guard let seconds = integer(field) else { return nil }
        return try StripeEvent.time(seconds)
    }

    /// The object in a field, when it is written out.
    func object(_ field: String) -> StripeObject? {
        json[field].flatMap { $0.object == nil ? nil : StripeObject($0) }
    }

    /// The objects of a list field: an array, or Stripe's list object.
    func list(_ field: String) -> [StripeObject] {
        (json[field]?.array ?? json[field]?["data"]?.array ?? []).map(StripeObject.init)
    }

    /// What the form sent along.
    func metadata(_ key: String) -> String? { Self.kept(json["metadata"]?[key]) }

    /// A text without zero bytes, which PostgreSQL can't store; nil when nothing is left.
    private static func kept(_ value: JSON?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        guard text.utf8.contains(0) else { return text }
        let rest = String(text.unicodeScalars.filter { $0.value != 0 }.map(Character.init))
        return rest.isEmpty ? nil : rest
    }
}

/// Why an event wasn't applied.
enum EffectProblem: Error, Equatable {
    /// Not what it says it is: nobody but a person can help.
    case unreadable(String)
    /// It names something that isn't known yet.
    case waiting(for: [String], String)
    /// Money that can't be taken as it stands; a person may find out why.
    case doubtful(String)
    /// Of no concern to us.
    case irrelevant(String)
}
