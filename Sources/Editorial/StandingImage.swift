internal import Postgres

/// A picture that stands for a series, a collection or a person: its bytes are in the database, and it goes nowhere
/// without credit and alternative text.
public struct StandingImage: Sendable, Hashable {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    public let media: String
    public let alt: String
    public let credit: String

    public init(media: String, alt: String, credit: String) {
        self.media = media
        self.alt = alt
        self.credit = credit
    }

    /// The hash, once the bytes are known to be there.
    ///
    /// - Throws: ``EditorialError/mediaUnknown(_:)``, ``EditorialError/contentRefused(field:reason:)``.
    func hash(_ db: Connection) throws -> [UInt8] {
        for (field, text) in [("alternative text", alt), ("image credit", credit)]
        where text.allSatisfy(\.isWhitespace) {
            throw EditorialError.contentRefused(field: field, reason: "it is empty")
        }
        guard media.utf8.count == 64, media.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw EditorialError.mediaUnknown(media) }
        let found = try db.value(
            "SELECT hash FROM editorial.media WHERE hash = decode(\(media), 'hex')", as: [UInt8].self)
        guard let found else { throw EditorialError.mediaUnknown(media) }
        return found
    }
}
