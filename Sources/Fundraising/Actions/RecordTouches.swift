public import Access
internal import Journal
public import Postgres
public import Values

/// Says which articles led to a gift, in the order they were read. It is said once.
public struct RecordTouches {
    let gift: ID<Gift>
    let articles: [Slug]
    let actor: Actor

    public static let most = 20

    public init(_ gift: ID<Gift>, articles: [Slug], by actor: Actor) {
        self.gift = gift
        self.articles = articles
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; `FundraisingError.unknownGift`; `ValueError` for an article that is unknown
    ///   or named twice, for none or too many, or when it was said before.
    public func perform(_ db: Connection) throws {
        try actor.require(.giftRecord)
        guard (1...Self.most).contains(articles.count), Set(articles).count == articles.count else {
            throw ValueError(
                kind: "list of articles", value: articles.map(\.text).joined(separator: ","),
                reason: "name 1 to \(Self.most) articles, each once")
        }
        guard
            try db.row("SELECT 1 FROM fundraising.gift WHERE id = \(gift) FOR UPDATE", { try $0.next(Int.self) }) != nil
        else { throw FundraisingError.unknownGift(gift) }
        let isSaid = try db.value(
            "SELECT EXISTS (SELECT FROM fundraising.gift_touch WHERE gift_id = \(gift))", as: Bool.self)
        guard isSaid != true else {
            throw ValueError(kind: "gift", value: "\(gift)", reason: "it was said before which articles led to it")
        }
        let known = try Set(
            db.rows("SELECT s.slug FROM editorial.slug s WHERE s.slug = ANY (\(articles.map(\.text)))") {
                try $0.next(Slug.self)
            })
        if let unknown = articles.first(where: { !known.contains($0) }) {
            throw ValueError(kind: "article", value: unknown.text, reason: "there is no article with this slug")
        }
        try write(db)
        try Audit.append(db, Subject(.gift, gift.rawValue), "gift.touches", by: actor.origin)
    }

    /// All in one statement: the database takes them whole, or not at all.
    private func write(_ db: Connection) throws {
        do {
            try db.run(
                """
                INSERT INTO fundraising.gift_touch (gift_id, position, article_id) \
                SELECT \(gift), a.position, s.article_id \
                FROM unnest(\(articles.map(\.text))) WITH ORDINALITY AS a (slug, position) \
                JOIN editorial.slug s ON s.slug = a.slug
                """)
        } catch let error as PostgresError where error.constraint == "gift_touch_once" {
            throw ValueError(
                kind: "list of articles", value: articles.map(\.text).joined(separator: ","),
                reason: "two of these are slugs of one article")
        }
    }
}
