public import Access
internal import Journal
public import Postgres
public import Values

/// Takes a pitch in: a mail as it came, or what somebody typed.
public struct AddPitch {
    let message: MailMessage
    let actor: Actor

    public init(_ message: MailMessage, by actor: Actor) {
        self.message = message
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `pitchExists` for a mail that is in already,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> Pitch {
        try actor.requireAnywhere(.pitchManage)
        if let messageID = message.id {
            let known = try db.value(
                "SELECT id FROM editorial.pitch WHERE message_id = \(messageID)", as: ID<Pitch>.self)
            if let known { throw EditorialError.pitchExists(known) }
        }
        let title = message.subject.allSatisfy(\.isWhitespace) ? "(no subject)" : message.subject
        let pitch = try naming([
            "pitch_title_given": .contentRefused(field: "title", reason: "it is empty or longer than 1000 letters"),
            "pitch_body_size": .contentRefused(field: "text", reason: "it is longer than 1 MiB"),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.pitch \
                (from_name, from_email, title, body, attachments, message_id, sent_at, added_by) VALUES \
                (\(message.name), \(message.email.text), \(title), \(message.text), \
                \(JSON.array(message.attachments.map(\.json))), \(message.id), \(message.sentAt), \(actor.account)) \
                RETURNING \(raw: Pitch.columns)
                """
            ) { try Pitch(&$0) }
        }
        try Audit.append(db, Subject(.pitch, pitch.id.rawValue), "pitch.added", by: actor.origin)
        return pitch
    }
}

/// Takes a pitch on: it becomes an article, and the article knows where it came from.
public struct AcceptPitch {
    let pitch: ID<Pitch>
    let section: Slug
    let kind: Article.Kind
    let title: String?
    let actor: Actor

    public init(_ pitch: ID<Pitch>, section: Slug, kind: Article.Kind, title: String? = nil, by actor: Actor) {
        self.pitch = pitch
        self.section = section
        self.kind = kind
        self.title = title
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `pitchUnknown`, `pitchDecided`, `sectionUnknown`,
    ///   `contentRefused`.
    public func perform(_ db: Connection) throws -> (pitch: Pitch, article: Article) {
        try actor.require(.pitchManage, section: section)
        let pitch = try Pitch.lockWaiting(db, pitch, for: actor)
        let article = try PitchArticle(
            title: title ?? pitch.title, section: section, kind: kind, by: actor
        ).perform(db)
        try db.run(
            """
            UPDATE editorial.pitch SET status = 'accepted', article_id = \(article.id), \
            decided_by = \(actor.account), decided_at = clock_timestamp() WHERE id = \(pitch.id)
            """)
        let subject = Subject(.pitch, pitch.id.rawValue)
        let facts: [String: JSON] = ["article": .integer(article.id.rawValue)]
        try Audit.append(db, subject, "pitch.accepted", by: actor.origin, facts: facts)
        return (try Pitch.find(db, pitch.id, for: actor), article)
    }
}

/// Declines a pitch with one of the house's letters. The mail is a worker's: the outbox has ids, never the address.
public struct DeclinePitch {
    let pitch: ID<Pitch>
    let template: Slug
    let actor: Actor

    public init(_ pitch: ID<Pitch>, template: Slug, by actor: Actor) {
        self.pitch = pitch
        self.template = template
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `pitchUnknown`, `pitchDecided`, `templateUnknown`.
    public func perform(_ db: Connection) throws -> Pitch {
        try actor.requireAnywhere(.pitchManage)
        let pitch = try Pitch.lockWaiting(db, pitch, for: actor)
        _ = try naming(["pitch_template_fkey": .templateUnknown(template)]) {
            try db.run(
                """
                UPDATE editorial.pitch SET status = 'declined', template = \(template), \
                decided_by = \(actor.account), decided_at = clock_timestamp() WHERE id = \(pitch.id)
                """)
        }
        let subject = Subject(.pitch, pitch.id.rawValue)
        try Outbox.put(
            db, type: "pitch.declined", subject: subject, payload: ["template": .string(template.text)])
        try Audit.append(db, subject, "pitch.declined", by: actor.origin)
        return try Pitch.find(db, pitch.id, for: actor)
    }
}

/// Writes one of the house's letters, or writes it anew.
public struct WritePitchTemplate {
    let template: PitchTemplate
    let actor: Actor

    public init(_ name: Slug, subject: String, body: String, by actor: Actor) {
        template = PitchTemplate(name: name, subject: subject, body: body)
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/contentRefused(field:reason:)``.
    public func perform(_ db: Connection) throws -> PitchTemplate {
        try actor.requireAnywhere(.pitchManage)
        try PlainField.check([("subject", template.subject), ("text", template.body)])
        // A line end in a subject would begin another header.
        guard !template.subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw EditorialError.contentRefused(field: "subject", reason: "it has a control character")
        }
        _ = try naming([
            "pitch_template_subject_given": .contentRefused(field: "subject", reason: "it is empty"),
            "pitch_template_body_given": .contentRefused(field: "text", reason: "it is empty"),
        ]) {
            try db.run(
                """
                INSERT INTO editorial.pitch_template (name, subject, body, changed_by) VALUES (\(template.name), \
                \(template.subject), \(template.body), \(actor.account)) ON CONFLICT (name) DO UPDATE \
                SET subject = excluded.subject, body = excluded.body, changed_by = excluded.changed_by, \
                changed_at = clock_timestamp()
                """)
        }
        return template
    }
}
