internal import Markdown

extension Content {
    /// Where a picture's bytes are on the site: by what they are, so that an address never shows another picture.
    public static func mediaPath(_ media: String) -> String { "/media/\(media)" }

    /// The body as it stands on a page, each picture of the house with its alternative text, caption and credit.
    ///
    /// - Throws: ``EditorialError/contentRefused(field:reason:)`` when it can't be rendered.
    public func html() throws(EditorialError) -> String {
        do throws(Markdown.Failure) {
            let named = try Markdown.images(of: body)
            var shown = InlineImages(images)
            let pictures = named.map { image in shown.next(image.address).flatMap(\.picture) }
            return try Markdown.render(body, pictures: pictures, keeping: Sanitiser.cleanForPage).html
        } catch {
            throw .contentRefused(field: "body", reason: "it can't be rendered: \(error)")
        }
    }
}

extension Content.Image {
    /// Nil while its bytes aren't here.
    fileprivate var picture: Markdown.Picture? {
        guard let media else { return nil }
        return Markdown.Picture(
            address: Content.mediaPath(media), alt: alt ?? "", caption: caption, credit: creditLine,
            size: size.map { ($0.width, $0.height) })
    }
}

/// The inline pictures of a content, given out as the body names them: of several with one address the first first, and
/// the last again when the body names it more often.
struct InlineImages {
    private var waiting: [String: [Content.Image]]

    init(_ images: [Content.Image]) {
        let inline = images.filter { $0.placement == .inline }
        waiting = Dictionary(grouping: inline.reversed()) { $0.source ?? "" }
    }

    mutating func next(_ address: String) -> Content.Image? {
        guard let images = waiting[address], let image = images.last else { return nil }
        if images.count > 1 { waiting[address]?.removeLast() }
        return image
    }
}
