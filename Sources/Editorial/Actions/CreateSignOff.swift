public import Access
internal import Journal
public import Postgres
public import Values

/// Makes a link by which somebody without an account signs the current text off. Its secret is shown once.
public struct CreateSignOff {
    /// How long a link is good for.
    public enum Until: Sendable, Hashable {
        /// From now by the database's clock.
        case seconds(Int64)
        case wall(Due)
    }

    /// A text that waits a quarter of a year for a signature has been forgotten.
    public static let longestDays = 90

    let secret: TokenSecret
    let article: ID<Article>
    let kind: ApprovalKind
    let signer: SignOff.Signer
    let until: Until
    let note: String?
    let actor: Actor

    /// - Parameter secret: `TokenSecret.random()`, made outside so that a transaction run again makes the same link.
    public init(
        _ secret: TokenSecret, _ article: ID<Article>, kind: ApprovalKind, for signer: SignOff.Signer, until: Until,
        note: String? = nil, by actor: Actor
    ) {
        self.secret = secret
        self.article = article
        self.kind = kind
        self.signer = signer
        self.until = until
        self.note = note
        self.actor = actor
    }

    /// Kind `author` is signed by a contributor bylined on the text, `legal` and `fact` by somebody from outside; the
    /// other kinds aren't signed by link.
    ///
    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `nothingSaved`, `wrongState`,
    ///   `contributorUnknown`, `notBylined`, `signOffKind`, `signOffExpiry`, `contentRefused`, `dueNonexistent`,
    ///   `dueAmbiguous`, `dueOffset`.
    public func perform(_ db: Connection) throws -> SignOff {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.signOffManage, section: article.section)
        let revision = try article.currentRevision(db)
        try article.requireOnTheWay(.inReview, .approved)
        let (contributor, name, email) = try signed(db, article, revision)
        let note = try note.map { try Remark("note", $0).text }
        let id = try naming(["signoff_expires_soon": .signOffExpiry(mostDays: Self.longestDays)]) {
            try db.one(
                """
                INSERT INTO editorial.signoff \
                (article_id, revision, hash, kind, contributor_id, name, email, token_hash, created_by, expires_at, \
                note) VALUES (\(article.id), \(revision.number), \(revision.hash), \(kind), \(contributor), \(name), \
                \(email), \(secret.hash), \(actor.account), \(try expiry(db)), \(note)) RETURNING id
                """
            ) { try $0.next(ID<SignOff>.self) }
        }
        var facts: [String: JSON] = [
            "signoff": .integer(id.rawValue), "revision": .integer(Int64(revision.number)),
            "hash": .string(revision.hashText), "kind": .string(kind.rawValue),
        ]
        facts["contributor"] = contributor.map { .integer($0.rawValue) }
        try Audit.append(db, Subject(.article, article.id.rawValue), "signoff.created", by: actor.origin, facts: facts)
        return try SignOff.find(db, id)
    }

    private func signed(
        _ db: Connection, _ article: Article, _ revision: Revision
    ) throws -> (contributor: ID<Contributor>?, name: String, email: String?) {
        switch (signer, kind) {
        case (.contributor(let slug), .author):
            let contributor = try Contributor.find(db, slug)
            guard revision.content.bylines.contains(where: { $0.contributor == slug }) else {
                throw EditorialError.notBylined(slug, article.id, revision: revision.number)
            }
            return (contributor.id, contributor.name, contributor.email)
        case (.outside(let name, let email), .legal), (.outside(let name, let email), .fact):
            guard name.unicodeScalars.count <= 200 else {
                throw EditorialError.contentRefused(field: "name", reason: "it is longer than 200 characters")
            }
            return (nil, try Remark("name", name).text, email.text)
        default: throw EditorialError.signOffKind(kind)
        }
    }

    private func expiry(_ db: Connection) throws -> Timestamp {
        switch until {
        case .wall(let due): return try due.instant()
        case .seconds(let seconds):
            return try db.one("SELECT clock_timestamp()") { try $0.next(Timestamp.self) }.adding(seconds: seconds)
        }
    }
}

/// Ends a link that wasn't used.
public struct RevokeSignOff {
    let id: ID<SignOff>
    let actor: Actor

    public init(_ id: ID<SignOff>, by actor: Actor) {
        self.id = id
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `signOffUnknown`, `signOffEnded`.
    public func perform(_ db: Connection) throws -> SignOff {
        let link = try SignOff.find(db, id)
        let article: Article
        do { article = try Article.lock(db, link.article, for: actor) } catch EditorialError.articleUnknown {
            throw EditorialError.signOffUnknown(id)
        }
        try actor.require(.signOffManage, section: article.section)
        // What the lock waited for may have used it.
        let now = try SignOff.find(db, id)
        if now.endedAt != nil { throw EditorialError.signOffEnded(id, now.state) }
        try db.run(
            """
            INSERT INTO editorial.signoff_event (signoff_id, event, account_id, via) \
            VALUES (\(id), 'revoked', \(actor.account), \(actor.origin.via))
            """)
        try Audit.append(
            db, Subject(.article, article.id.rawValue), "signoff.revoked", by: actor.origin,
            facts: ["signoff": .integer(id.rawValue)])
        return try SignOff.find(db, id)
    }
}
