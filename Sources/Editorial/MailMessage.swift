public import Values

/// What a pitch needs of a mail (RFC 5322 with MIME, RFC 2045 to 2047): who, about what, when, and the words.
///
/// The file comes from a stranger: whatever can't be read is left out or replaced, everything has a limit, and nothing in
/// it is run, fetched or kept but the text.
public struct MailMessage: Sendable, Hashable {
    public let name: String
    public let email: EmailAddress
    public let subject: String
    public let sentAt: Timestamp?
    /// The message's own id, by which the same mail is known again.
    public let id: String?
    public let text: String
    public let attachments: [Pitch.Attachment]

    /// A mail with attachments of many megabytes; a server takes no more either.
    public static let longest = 25 << 20
    static let longestText = 500_000
    static let mostParts = 200
    static let deepest = 10

    /// What somebody typed.
    public init(name: String, email: EmailAddress, title: String, text: String) throws(EditorialError) {
        try PlainField.check([("name", name), ("title", title), ("text", text)])
        self.name = name
        self.email = email
        subject = title
        sentAt = nil
        id = nil
        self.text = text
        attachments = []
    }

    /// Reads a mail as it was stored, an `.eml` file.
    ///
    /// - Throws: ``EditorialError/mailRefused(_:)``.
    public init(eml bytes: [UInt8]) throws(EditorialError) {
        guard bytes.count <= Self.longest else { throw .mailRefused("it is larger than 25 MiB") }
        guard !bytes.prefix(8_192).contains(0) else { throw .mailRefused("it isn't a text: it has NUL bytes") }
        let entity = MailEntity(bytes[...])
        guard let from = entity.header("from"), let sender = MailAddress(from) else {
            throw .mailRefused("it has no sender (From) that can be read")
        }
        name = String(MailText.line(sender.name).prefix(200))
        email = sender.email
        subject = String(MailText.line(EncodedWords.decoded(entity.header("subject") ?? "")).prefix(900))
        sentAt = entity.header("date").flatMap(MailDate.instant)
        id = entity.header("message-id").map { String(MailText.line($0).prefix(500)) }.flatMap { $0.isEmpty ? nil : $0 }
        var collected = Parts()
        collected.take(entity, depth: 0)
        text = String(MailText.plain(collected.text ?? "").prefix(Self.longestText))
        attachments = collected.attachments
    }

    /// The first text and what else hangs on the mail.
    private struct Parts {
        var text: String?
        var attachments: [Pitch.Attachment] = []
        private var count = 0

        mutating func take(_ entity: MailEntity, depth: Int) {
            count += 1
            guard count <= MailMessage.mostParts, depth <= MailMessage.deepest else { return }
            let type = entity.type
            if type.name.hasPrefix("multipart/"), let boundary = type.parameters["boundary"], !boundary.isEmpty {
                for part in entity.parts(boundary: boundary, limit: MailMessage.mostParts) {
                    take(part, depth: depth + 1)
                }
                return
            }
            let name = entity.fileName
            if name == nil, type.name == "text/plain", text == nil {
                text = MailText.decoded(entity.decodedBody, charset: type.parameters["charset"])
            } else if name != nil || type.name != "text/html" {
                attachments.append(
                    Pitch.Attachment(
                        name: String(MailText.line(name ?? "").prefix(200)), type: String(type.name.prefix(100)),
                        size: entity.decodedBody.count))
            } else if text == nil, type.name == "text/html" {
                // Better than nothing: the words without the marks.
                text = MailText.withoutTags(MailText.decoded(entity.decodedBody, charset: type.parameters["charset"]))
            }
        }
    }
}
