import CMarkGFM

extension Markdown {
    /// What a page shows in the place of a picture that the text names.
    public struct Picture: Hashable, Sendable {
        public let address: String
        public let alt: String
        public let caption: String?
        /// The whole line: "Photo credit: …".
        public let credit: String?
        /// In pixels, so that the page doesn't jump when it arrives.
        public let size: (width: Int, height: Int)?

        public init(
            address: String, alt: String, caption: String? = nil, credit: String? = nil,
            size: (width: Int, height: Int)? = nil
        ) {
            self.address = address
            self.alt = alt
            self.caption = caption
            self.credit = credit
            self.size = size
        }

        public static func == (left: Picture, right: Picture) -> Bool { left.html == right.html }

        public func hash(into hasher: inout Hasher) { hasher.combine(html) }

        /// The picture alone.
        var html: String {
            let size = size.map { " width=\"\($0.width)\" height=\"\($0.height)\"" } ?? ""
            return "<img src=\"\(escaped(address))\" alt=\"\(escaped(alt))\"\(size) />"
        }

        private var words: String? {
            let caption = caption.map { escaped($0) }
            let credit = credit.map { "<span class=\"credit\">\(escaped($0))</span>" }
            let words = [caption, credit].compactMap { $0 }
            return words.isEmpty ? nil : words.joined(separator: " ")
        }

        /// With its words, where it stands alone.
        var figure: String {
            "<figure>\(html)" + (words.map { "<figcaption>\($0)</figcaption>" } ?? "") + "</figure>"
        }

        /// With its words, in the middle of a sentence, where a figure can't be.
        var phrase: String { html + (words.map { " <small>\($0)</small>" } ?? "") }
    }

    /// Puts each picture where the text names it. What it writes is made here and escaped, so it may pass the renderer
    /// as it is.
    static func place(_ pictures: [Picture?], in document: OpaquePointer) {
        guard !pictures.isEmpty else { return }
        let images = nodes(of: document).filter { cmark_node_get_type($0) == CMARK_NODE_IMAGE }
        // From the last to the first: a picture inside another's words goes before that one is freed.
        for (image, picture) in zip(images, pictures).reversed() {
            guard let picture else { continue }
            if let paragraph = cmark_node_parent(image), cmark_node_get_type(paragraph) == CMARK_NODE_PARAGRAPH,
                cmark_node_first_child(paragraph) == image, cmark_node_last_child(paragraph) == image
            {
                exchange(paragraph, for: CMARK_NODE_CUSTOM_BLOCK, picture.figure)
            } else {
                exchange(image, for: CMARK_NODE_CUSTOM_INLINE, picture.phrase)
            }
        }
    }

    private static func exchange(_ node: OpaquePointer, for type: cmark_node_type, _ html: String) {
        guard let made = cmark_node_new(type) else { return }
        cmark_node_set_on_enter(made, html)
        guard cmark_node_replace(node, made) == 1 else {
            cmark_node_free(made)
            return
        }
        cmark_node_free(node)
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
