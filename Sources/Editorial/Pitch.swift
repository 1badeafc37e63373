public import Access
public import Postgres
public import Values

/// What somebody offers. It carries a stranger's name, address and words: only `pitch.read` sees it.
public struct Pitch: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable, PostgresCodable {
        case waiting, accepted, declined
    }

    /// A file that came with it and wasn't kept.
    public struct Attachment: Sendable, Hashable {
        public let name: String
        public let type: String
        /// In bytes.
        public let size: Int

        var json: JSON {
            ["name": .string(name), "type": .string(type), "size": .integer(Int64(size))]
        }
    }

    public let id: ID<Pitch>
    public let name: String
    public let email: String
    public let title: String
    public let body: String
    public let attachments: [Attachment]
    public let sentAt: Timestamp?
    public let receivedAt: Timestamp
    public let status: Status
    public let article: ID<Article>?
    public let template: String?

    static let columns: StaticString = """
        id, from_name, from_email, title, body, attachments, sent_at, received_at, status, article_id, template
        """

    init(_ row: inout Row) throws {
        id = try row.next()
        name = try row.next()
        email = try row.next()
        title = try row.next()
        body = try row.next()
        attachments = (try row.next(JSON.self).array ?? []).map { item in
            Attachment(
                name: item["name"]?.string ?? "", type: item["type"]?.string ?? "",
                size: Int(item["size"]?.integer ?? 0))
        }
        sentAt = try row.next()
        receivedAt = try row.next()
        status = try row.next()
        article = try row.next()
        template = try row.next()
    }

    /// The oldest first, from after the one already seen.
    ///
    /// - Throws: `AccessError.notPermitted`.
    public static func list(
        _ db: Connection, status: Status = .waiting, for actor: Actor, after: ID<Pitch>? = nil, limit: Int
    ) throws -> [Pitch] {
        try actor.requireAnywhere(.pitchRead)
        var query: SQL = "SELECT \(raw: columns) FROM editorial.pitch WHERE status = \(status)"
        if let after {
            query += """
                 AND (received_at, id) > (SELECT p.received_at, p.id FROM editorial.pitch p WHERE p.id = \(after))
                """
        }
        return try db.rows(query + " ORDER BY received_at, id LIMIT \(limit)") { try Pitch(&$0) }
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/pitchUnknown(_:)``.
    public static func find(_ db: Connection, _ id: ID<Pitch>, for actor: Actor) throws -> Pitch {
        try find(db, id, for: actor, suffix: "")
    }

    /// Locked, and still waiting.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `pitchUnknown`, `pitchDecided`.
    static func lockWaiting(_ db: Connection, _ id: ID<Pitch>, for actor: Actor) throws -> Pitch {
        let pitch = try find(db, id, for: actor, suffix: " FOR UPDATE")
        guard pitch.status == .waiting else { throw EditorialError.pitchDecided(id, pitch.status) }
        return pitch
    }

    private static func find(_ db: Connection, _ id: ID<Pitch>, for actor: Actor, suffix: SQL) throws -> Pitch {
        try actor.requireAnywhere(.pitchRead)
        let found = try db.row("SELECT \(raw: columns) FROM editorial.pitch WHERE id = \(id)" + suffix) {
            try Pitch(&$0)
        }
        guard let found else { throw EditorialError.pitchUnknown("\(id)") }
        return found
    }
}

/// What a pitch is declined with.
public struct PitchTemplate: Sendable, Hashable {
    public let name: Slug
    public let subject: String
    public let body: String

    public static func list(_ db: Connection, for actor: Actor) throws -> [PitchTemplate] {
        try actor.requireAnywhere(.pitchRead)
        return try db.rows("SELECT name, subject, body FROM editorial.pitch_template ORDER BY name") { row in
            PitchTemplate(name: try row.next(), subject: try row.next(), body: try row.next())
        }
    }
}
