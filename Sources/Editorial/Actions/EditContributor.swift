public import Access
internal import Journal
public import Postgres
public import Values

/// Changes what is known of a contributor.
public struct EditContributor {
    /// What to change; nil leaves it, an empty text takes it away.
    public struct Change: Sendable {
        public var name: String?
        public var title: String?
        public var email: EmailAddress?
        public var kind: Contributor.Kind?
        public var biography: String?
        /// All links, in place of those there were: https addresses.
        public var links: [String]?
        public var affiliations: String?
        public var disclosure: String?
        /// The day he last said that affiliations and disclosure are true.
        public var confirmedOn: LocalDate?
        public var photo: (media: String, credit: String)?

        public init() {}

        /// What is changed, by name: who an e-mail belongs to decides whom a text is near.
        fileprivate var names: [String] {
            [
                ("affiliations", affiliations != nil), ("biography", biography != nil),
                ("confirmed", confirmedOn != nil),
                ("disclosure", disclosure != nil), ("email", email != nil), ("kind", kind != nil),
                ("links", links != nil),
                ("name", name != nil), ("photo", photo != nil), ("title", title != nil),
            ].filter(\.1).map(\.0)
        }
    }

    /// More is a page of its own.
    static let mostLinks = 20

    let contributor: Slug
    let change: Change
    let actor: Actor

    public init(_ contributor: Slug, _ change: Change, by actor: Actor) {
        self.contributor = contributor
        self.change = change
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`; ``EditorialError``: `contributorUnknown`, `contentRefused`, `taxNumber`,
    ///   `mediaUnknown`.
    public func perform(_ db: Connection) throws -> Contributor.Profile {
        try actor.requireAnywhere(.contributorManage)
        let id = try Contributor.find(db, contributor).id
        try PlainField.checkPersonal([
            ("name", change.name), ("title", change.title), ("biography", change.biography),
            ("affiliations", change.affiliations), ("disclosure", change.disclosure),
            ("photo credit", change.photo?.credit),
        ])
        try Self.check(change.links ?? [])
        if let name = change.name, name.allSatisfy(\.isWhitespace) {
            throw EditorialError.contentRefused(field: "name", reason: "it is empty")
        }
        let photo = try change.photo.map { photo in
            try StandingImage(media: photo.media, alt: "portrait", credit: photo.credit).hash(db)
        }
        let links = change.links.map { JSON.array($0.map(JSON.string)) }
        _ = try naming(["contributor_clean": .taxNumber(field: "profile")]) {
            try db.run(
                """
                UPDATE editorial.contributor SET name = coalesce(\(change.name), name), \
                title = nullif(coalesce(\(change.title), title), ''), \
                email = coalesce(\(change.email?.text), email), kind = coalesce(\(change.kind), kind), \
                biography = nullif(coalesce(\(change.biography), biography), ''), \
                links = coalesce(\(links)::jsonb, links), \
                affiliations = nullif(coalesce(\(change.affiliations), affiliations), ''), \
                disclosure = nullif(coalesce(\(change.disclosure), disclosure), ''), \
                confirmed_on = coalesce(\(change.confirmedOn)::date, confirmed_on), \
                photo = coalesce(\(photo)::bytea, photo), \
                photo_credit = coalesce(\(change.photo?.credit), photo_credit) WHERE id = \(id)
                """)
        }
        try Audit.append(
            db, Subject(.contributor, id.rawValue), "contributor.edited", by: actor.origin,
            facts: ["changed": .array(change.names.map(JSON.string))])
        return try Contributor.Profile.find(db, contributor, for: actor)
    }

    private static func check(_ links: [String]) throws(EditorialError) {
        guard links.count <= mostLinks else {
            throw .contentRefused(field: "links", reason: "there are more than \(mostLinks)")
        }
        for link in links {
            try PlainField.checkPersonal([("link", link)])
            guard link.hasPrefix("https://") || link.hasPrefix("http://"), link.utf8.count <= 2_000,
                !link.contains(where: { $0.isWhitespace || $0 == "<" || $0 == "\"" })
            else { throw .contentRefused(field: "link", reason: "write it whole, from https:// on") }
        }
    }
}

/// Notes where a contributor's tax form stands: which, how and since when, and nothing of what is on it.
public struct RecordTaxForm {
    public enum Form: String, Sendable, CaseIterable, PostgresCodable { case w9, w8 }
    public enum Status: String, Sendable, CaseIterable, PostgresCodable { case requested, received, expired }

    let contributor: Slug
    let form: Form
    let status: Status
    let day: LocalDate
    let actor: Actor

    public init(_ contributor: Slug, _ form: Form, _ status: Status, on day: LocalDate, by actor: Actor) {
        self.contributor = contributor
        self.form = form
        self.status = status
        self.day = day
        self.actor = actor
    }

    /// - Throws: `AccessError.notPermitted`, ``EditorialError/contributorUnknown(_:)``.
    public func perform(_ db: Connection) throws -> Contributor {
        if actor.sections(for: .commissionManage) == nil { try actor.require(.commissionPay) }
        let contributor = try Contributor.find(db, contributor)
        try db.run(
            """
            INSERT INTO editorial.tax_form (contributor_id, form, status, day, account_id) \
            VALUES (\(contributor.id), \(form), \(status), \(day), \(actor.account))
            """)
        try Audit.append(
            db, Subject(.contributor, contributor.id.rawValue), "contributor.tax_form", by: actor.origin,
            facts: ["form": .string(form.rawValue), "status": .string(status.rawValue)])
        return contributor
    }
}
