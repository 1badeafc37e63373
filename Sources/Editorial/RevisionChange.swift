public import Values

extension SaveRevision {
    /// What to change; nil leaves a field as it is in the current text. An empty text takes an optional field away.
    public struct Change: Sendable {
        public var title: String?
        public var dek: String?
        public var body: String?
        public var bylines: [Credit]?
        public var slug: Slug?
        public var note: String?
        public var kicker: String?
        public var teaser: String?
        public var shortHeadline: String?
        public var socialTitle: String?
        public var socialText: String?
        public var disclosure: String?
        public var tags: [String]?
        public var pictures = Pictures()

        public init(
            title: String? = nil, dek: String? = nil, body: String? = nil, bylines: [Credit]? = nil, slug: Slug? = nil,
            note: String? = nil
        ) {
            self.title = title
            self.dek = dek
            self.body = body
            self.bylines = bylines
            self.slug = slug
            self.note = note
        }

        /// The content with every field that isn't about people or pictures.
        func fields(on content: Content) -> Content {
            var content = content
            content.title = title ?? content.title
            content.dek = dek ?? content.dek
            content.body = (body ?? content.body).replacingLineEnds()
            content.slug = slug ?? content.slug
            content.tags = tags ?? content.tags
            for (path, text) in [
                (\Content.kicker, kicker), (\.teaser, teaser), (\.shortHeadline, shortHeadline),
                (\.socialTitle, socialTitle), (\.socialText, socialText), (\.disclosure, disclosure),
            ] {
                guard let text else { continue }
                content[keyPath: path] = text.isEmpty ? nil : text
            }
            return content
        }
    }

    /// What to do with pictures. Those in the body follow the body by themselves.
    public struct Pictures: Sendable {
        public enum Lead: Sendable, Hashable {
            case image(ID<Image>)
            /// No picture on top any more.
            case none
        }

        public var lead: Lead?
        /// Put at the end of the body unless it names them already.
        public var inline: [ID<Image>] = []
        /// Pictures an import found, and which of the house's they are: by the address the text names them by.
        public var completed: [Completed] = []
        /// Take every picture's words of now instead of those of then.
        public var refreshed = false

        public struct Completed: Sendable, Hashable {
            public let source: String
            public let image: ID<Image>

            public init(source: String, image: ID<Image>) {
                self.source = source
                self.image = image
            }
        }

        public init() {}

        var isEmpty: Bool { lead == nil && inline.isEmpty && completed.isEmpty && !refreshed }
    }
}
