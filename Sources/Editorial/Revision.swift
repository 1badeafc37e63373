public import Postgres
public import Values

/// A saved state of an article's text, identified by number and content hash; never changed afterwards.
public struct Revision: Sendable {
    public let article: ID<Article>
    /// From 1, without gaps.
    public let number: Int
    /// The revision it was made from; nil for the first.
    public let parent: Int?
    public let content: Content
    /// SHA-256 of the canonical content, computed by the database.
    public let hash: [UInt8]
    public let note: String?
    public let savedBy: EmailAddress
    public let savedAt: Timestamp

    static let columns: StaticString = """
        r.article_id, r.number, r.parent, r.content, r.hash, r.note, u.email, r.saved_at
        """
    static let tables: StaticString = "editorial.revision r JOIN access.account u ON u.id = r.saved_by"

    init(_ row: inout Row) throws {
        article = try row.next()
        number = try row.next()
        parent = try row.next()
        content = try Content(canonical: row.next([UInt8].self))
        hash = try row.next()
        note = try row.next()
        savedBy = try row.next()
        savedAt = try row.next()
    }

    /// - Throws: ``EditorialError/revisionUnknown(_:number:)``.
    public static func find(_ db: Connection, _ article: ID<Article>, _ number: Int) throws -> Revision {
        let found = try db.row(
            """
            SELECT \(raw: columns) FROM \(raw: tables) WHERE r.article_id = \(article) AND r.number = \(number)
            """
        ) { try Revision(&$0) }
        guard let found else { throw EditorialError.revisionUnknown(article, number: number) }
        return found
    }

    /// The hash in hexadecimal, 64 digits.
    public var hashText: String { Hexadecimal.text(hash) }
}

/// Bytes as lower-case digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
