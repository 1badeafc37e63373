internal import Access
internal import Markdown
internal import Postgres
internal import Values

/// Brings a text's list of pictures in line with its body and with what was asked for.
///
/// A picture keeps the words it was first shown with until somebody takes its new ones on purpose: what was approved
/// doesn't change under the approval.
struct RevisionPictures {
    let article: ID<Article>
    let change: SaveRevision.Pictures
    let actor: Actor

    /// - Parameter before: the text this was made from, whose pictures are kept where they are still shown.
    /// - Throws: ``EditorialError``: `imageUnknown`, `pictureNotShown`, `altRepeats`, `contentRefused`.
    func applied(_ db: Connection, to content: Content, before: Content) throws -> Content {
        var content = content
        if change.isEmpty, content.body.utf8.elementsEqual(before.body.utf8) { return content }
        var named = try Self.named(in: content.body)
        for image in change.inline where !named.contains(where: { $0.address == "image:\(image)" }) {
            let space = content.body.isEmpty ? "" : content.body.hasSuffix("\n") ? "\n" : "\n\n"
            content.body += "\(space)![](image:\(image))\n"
        }
        if !change.inline.isEmpty { named = try Self.named(in: content.body) }

        let house = try house(db, named.map(\.address), before.images)
        var kept = InlineImages(before.images)
        let lead = try lead(before.images.filter { $0.placement == .lead }, house)
        content.images = try lead + named.map { try inline($0, kept.next($0.address), house) }
        try complete(&content, named, house)
        try requireWords(db, content, before, house)
        return content
    }

    private static func named(in body: String) throws -> [Markdown.Image] {
        do { return try Markdown.images(of: body) } catch {
            throw EditorialError.contentRefused(field: "body", reason: "it can't be rendered: \(error)")
        }
    }

    /// The house's pictures that are spoken of, by id and by their bytes.
    private struct House {
        var byID: [ID<Image>: Image]
        var byMedia: [String: Image]

        /// - Throws: ``EditorialError/imageUnknown(_:)``.
        func image(_ reference: String) throws -> Image {
            let number = reference.dropFirst(Markdown.referencePrefix.count)
            guard let id = ID<Image>(text: number), let image = byID[id] else {
                throw EditorialError.imageUnknown(reference)
            }
            return image
        }
    }

    private func house(_ db: Connection, _ addresses: [String], _ shown: [Content.Image]) throws -> House {
        var wanted = Set(change.inline + change.completed.map(\.image))
        if case .image(let id) = change.lead { wanted.insert(id) }
        for address in addresses where address.hasPrefix(Markdown.referencePrefix) {
            if let id = ID<Image>(text: address.dropFirst(Markdown.referencePrefix.count)) { wanted.insert(id) }
        }
        let byID = try Image.all(db, wanted.sorted(), for: actor)
        if let missing = wanted.sorted().first(where: { byID[$0] == nil }) {
            throw EditorialError.imageUnknown("\(missing)")
        }
        return House(byID: byID, byMedia: try Image.all(db, media: Set(shown.compactMap(\.media)).sorted()))
    }

    private func lead(_ before: [Content.Image], _ house: House) throws -> [Content.Image] {
        switch change.lead {
        case .none?: []
        case .image(let id)?: [Content.Image(.lead, of: try house.image("image:\(id)"))]
        case nil: before.map { refreshed($0, house) }
        }
    }

    private func inline(_ named: Markdown.Image, _ before: Content.Image?, _ house: House) throws -> Content.Image {
        var image: Content.Image
        if let before {
            image = refreshed(before, house)
        } else if named.address.hasPrefix(Markdown.referencePrefix) {
            image = Content.Image(.inline, of: try house.image(named.address))
        } else {
            image = Content.Image(placement: .inline, source: named.address)
        }
        // What is written beside the address in this very text is meant.
        if !named.alt.isEmpty { image.alt = named.alt }
        return image
    }

    private func refreshed(_ image: Content.Image, _ house: House) -> Content.Image {
        guard change.refreshed, let media = image.media, let now = house.byMedia[media] else { return image }
        var image = image
        image.take(now)
        return image
    }

    /// - Throws: ``EditorialError/pictureNotShown(_:address:)``.
    private func complete(_ content: inout Content, _ named: [Markdown.Image], _ house: House) throws {
        for done in change.completed {
            let places = content.images.indices.filter { content.images[$0].source == done.source }
            guard !places.isEmpty else { throw EditorialError.pictureNotShown(article, address: done.source) }
            let image = try house.image("image:\(done.image)")
            for place in places {
                let written = content.images[place].placement == .inline ? content.images[place].alt : nil
                content.images[place].take(image)
                // In the body the words beside the address stay: they would come back with the next save.
                if let written, named.contains(where: { $0.address == done.source && $0.alt == written }) {
                    content.images[place].alt = written
                }
            }
        }
    }

    /// A picture that is new or said otherwise has an alternative text of its own, or none yet.
    ///
    /// - Throws: ``EditorialError/altRepeats(_:_:)``.
    private func requireWords(_ db: Connection, _ content: Content, _ before: Content, _ house: House) throws {
        let known = Set(before.images)
        let new = content.images.filter { !known.contains($0) && !($0.alt ?? "").isEmpty }
        guard !new.isEmpty else { return }
        let names = new.map { image in
            let house = image.media.flatMap { media in
                house.byMedia[media] ?? house.byID.values.first { $0.media == media }
            }
            return house?.name ?? image.source
        }
        let repeated = try db.rows(
            """
            SELECT f.place FROM unnest(\(new.map(\.alt)), \(new.map(\.caption)), \(names)) \
            WITH ORDINALITY AS f (alt, caption, file, place) \
            WHERE editorial.alt_repeats(f.alt, \(content.title), f.caption, f.file) IS NOT NULL ORDER BY f.place LIMIT 1
            """
        ) { try $0.next(Int.self) }
        guard let first = repeated.first, new.indices.contains(first - 1) else { return }
        throw EditorialError.altRepeats(new[first - 1].source ?? "", new[first - 1].alt ?? "")
    }
}
