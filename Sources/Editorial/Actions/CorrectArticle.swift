public import Access
public import Postgres
public import Values

/// Corrects, clarifies or comments on what is public: readers are told what was wrong and what is right, with a date.
public struct CorrectArticle {
    /// What readers are told.
    public enum Kind: String, Sendable, CaseIterable {
        case correction, clarification
        case editorsNote = "editors-note"

        var release: Release.Kind {
            switch self {
            case .correction: .correction
            case .clarification: .clarification
            case .editorsNote: .editorsNote
            }
        }
    }

    let article: ID<Article>
    let kind: Kind
    let note: String
    let revision: Int?
    let embeds: Embeds
    let actor: Actor

    /// - Parameters:
    ///   - note: what was wrong and what is right, as readers will read it.
    ///   - revision: the text that goes out with it; nil for the fix under way, else the current text. The live one's
    ///     number adds the note and changes no text.
    public init(
        _ article: ID<Article>, _ kind: Kind = .correction, note: String, revision: Int? = nil,
        embeds: Embeds = .none, by actor: Actor
    ) {
        self.article = article
        self.kind = kind
        self.note = note
        self.revision = revision
        self.embeds = embeds
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `articleUnknown`, `notPublic`, `reasonNeeded`, and what
    ///   ``PublishArticle`` throws.
    public func perform(_ db: Connection) throws -> Release {
        let article = try Article.lock(db, article, for: actor)
        try actor.require(.articleCorrect, section: article.section)
        guard note.contains(where: { !$0.isWhitespace }) else { throw EditorialError.wordsNeeded(article.id) }
        try Content.check("note", note, longest: Content.longestField)
        let releasing = try Releasing(db, article, account: actor.account, origin: actor.origin, embeds: embeds)
        guard let live = releasing.live, article.publicStatus == .live || article.publicStatus == .corrected else {
            throw EditorialError.notPublic(article.id, article.publicStatus)
        }
        let text = try text(db, article, live)
        if text.number != live.revision { try article.requireReleasable(db, text, live: live) }
        return try article.refusing {
            try releasing.release(db, text, .init(kind: kind.release, note: note))
        }
    }

    private func text(_ db: Connection, _ article: Article, _ live: Release) throws -> Revision {
        if revision == live.revision { return try Revision.find(db, article.id, live.revision) }
        return try article.currentRevision(db, expected: revision ?? article.fixHead(db))
    }
}
