public import Access
internal import Journal
public import Postgres
public import Values

/// Takes somebody into the list of those who are credited.
public struct AddContributor {
    let slug: Slug?
    let name: String
    let email: EmailAddress?
    let kind: Contributor.Kind
    let account: EmailAddress?
    let actor: Actor

    /// Without a slug the name gives one. An account with the same address is linked by itself: who writes under a name
    /// must not approve under an account that nobody thought of linking.
    public init(
        name: String, slug: Slug? = nil, email: EmailAddress? = nil, kind: Contributor.Kind,
        account: EmailAddress? = nil, by actor: Actor
    ) {
        self.name = name
        self.slug = slug
        self.email = email
        self.kind = kind
        self.account = account
        self.actor = actor
    }

    /// - Throws: `AccessError`: `notPermitted`, `unknownAccount`; ``EditorialError/contributorExists(_:)``,
    ///   ``EditorialError/contentRefused(field:reason:)`` for a name no slug can be made of.
    public func perform(_ db: Connection) throws -> Contributor {
        try actor.requireAnywhere(.contributorManage)
        guard let slug = slug ?? Slug.derived(from: name) else {
            throw EditorialError.contentRefused(field: "name", reason: "no slug can be made of it: give one")
        }
        let linked = try linkedAccount(db)
        let contributor = try naming([
            "contributor_slug_key": .contributorExists(slug),
            "contributor_name_given": .contentRefused(field: "name", reason: "it is empty"),
        ]) {
            try db.one(
                """
                INSERT INTO editorial.contributor (slug, name, email, kind, account_id) \
                VALUES (\(slug), \(name), \(email?.text), \(kind), \(linked)) \
                RETURNING \(raw: Contributor.columns)
                """
            ) { try Contributor(&$0) }
        }
        try Audit.append(
            db, Subject(.contributor, contributor.id.rawValue), "contributor.added", by: actor.origin,
            facts: ["account": linked.map { .integer($0.rawValue) } ?? .null])
        return contributor
    }

    private func linkedAccount(_ db: Connection) throws -> ID<Account>? {
        if let account { return try Account.find(db, email: account).id }
        guard let email else { return nil }
        return try db.value(
            "SELECT id FROM access.account WHERE email_folded = \(email.folded)", as: ID<Account>.self)
    }
}
