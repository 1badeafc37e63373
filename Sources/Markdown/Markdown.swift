import CMarkGFM
import Synchronization

/// CommonMark with tables, footnotes, strikethrough and bare links, as HTML that may stand on a page of ours.
///
/// What reaches the output is made by the renderer alone: raw HTML of the text is taken out of the tree, and a link or
/// image keeps its address only when the scheme is one of `schemes` or there is none.
public enum Markdown {
    /// A long novel has three million characters; a text beyond this is a mistake or an attack on the parser.
    public static let longestText = 1 << 20

    /// Addresses that do nothing but lead somewhere. Everything else (`javascript:`, `data:`, `vbscript:`, what the
    /// next browser invents) is emptied.
    public static let schemes: Set<String> = ["http", "https", "mailto", "tel"]

    /// How a text names a picture of the house: `image:12`. Not a scheme a browser knows: without a picture in its
    /// place, the address is emptied like any other.
    public static let referencePrefix = "image:"

    public struct Rendering: Hashable, Sendable {
        public let html: String
        /// How many pieces of raw HTML were taken out, comments not counted.
        public let droppedHTML: Int
        /// How many links and images lost their address.
        public let droppedAddresses: Int
        /// The pictures in the text, in its order, as it names them.
        public let images: [Image]
    }

    public struct Image: Hashable, Sendable {
        public let address: String
        /// The text in its place, without markup; empty when there is none.
        public let alt: String

        public init(address: String, alt: String) {
            self.address = address
            self.alt = alt
        }
    }

    public enum Failure: Error, Equatable {
        /// The text has so many bytes, more than `longestText`.
        case tooLong(bytes: Int)
        case outOfMemory
    }

    /// What a fenced block is called that holds HTML to be kept: "```{=html}".
    public static let keptHTML = "{=html}"

    /// Renders `text`. The result depends on the arguments alone.
    ///
    /// - Parameters:
    ///   - pictures: what stands in the place of each picture, in the text's order; nil, or beyond the end, leaves the
    ///     picture to its own address.
    ///   - keeping: makes the contents of a `{=html}` block fit for a page; what it gives goes out as it is. Without it
    ///     such a block is shown as code.
    public static func render(
        _ text: String, pictures: [Picture?] = [], keeping: ((String) -> String)? = nil
    ) throws(Failure) -> Rendering {
        try withDocument(text) { document, parser throws(Failure) in
            let images = images(in: document)
            let droppedHTML = dropRawHTML(in: document)
            if let keeping { keepBlocks(in: document, keeping) }
            place(pictures, in: document)
            let droppedAddresses = dropAddresses(in: document)
            let extensions = cmark_parser_get_syntax_extensions(parser)
            guard let rendered = cmark_render_html(document, options, extensions) else { throw .outOfMemory }
            defer { cmark_get_default_mem_allocator().pointee.free(rendered) }
            return Rendering(
                html: String(cString: rendered), droppedHTML: droppedHTML, droppedAddresses: droppedAddresses,
                images: images)
        }
    }

    /// The pictures in a text, in its order, without rendering it.
    public static func images(of text: String) throws(Failure) -> [Image] {
        try withDocument(text) { document, _ throws(Failure) in images(in: document) }
    }

    private static func withDocument<T>(
        _ text: String, _ body: (_ document: OpaquePointer, _ parser: OpaquePointer) throws(Failure) -> T
    ) throws(Failure) -> T {
        guard text.utf8.count <= longestText else { throw .tooLong(bytes: text.utf8.count) }
        _ = registered
        guard let parser = cmark_parser_new(options) else { throw .outOfMemory }
        defer { cmark_parser_free(parser) }
        for name in ["table", "strikethrough", "autolink"] {
            guard let found = cmark_find_syntax_extension(name) else { throw .outOfMemory }
            cmark_parser_attach_syntax_extension(parser, found)
        }
        var text = text
        let parsed = turn.withLock { _ -> UInt in
            text.withUTF8 { bytes in
                // The pointer is used during the call only: the parser copies what it keeps.
                bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
            }
            return UInt(bitPattern: cmark_parser_finish(parser))
        }
        guard let document = OpaquePointer(bitPattern: parsed) else { throw .outOfMemory }
        defer { cmark_node_free(document) }
        return try body(document, parser)
    }

    /// CMARK_OPT_UNSAFE stays out: the renderer's own safe mode is the second fence behind ours.
    private static let options =
        CMARK_OPT_FOOTNOTES | CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE

    /// The registry of extensions is a plain C list: it is filled once, by whichever thread comes first, while the
    /// others wait.
    private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()

    /// One text is parsed at a time. The library keeps the characters that its extensions look out for in one table of
    /// the whole process, fills it when a parse begins and empties it when that ends: of two at once, one would be blind
    /// to `~` and `www.` from then on.
    private static let turn = Mutex(())

    private static func dropRawHTML(in document: OpaquePointer) -> Int {
        var dropped = 0
        for node in nodes(of: document) {
            let type = cmark_node_get_type(node)
            guard type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE else { continue }
            let literal = cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
            if !literal.hasPrefix("<!--") { dropped += 1 }
            cmark_node_unlink(node)
            cmark_node_free(node)
        }
        return dropped
    }

    private static func keepBlocks(in document: OpaquePointer, _ keeping: (String) -> String) {
        for node in nodes(of: document) where cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK {
            guard let info = cmark_node_get_fence_info(node), String(cString: info) == keptHTML,
                let kept = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK)
            else { continue }
            let html = cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
            cmark_node_set_on_enter(kept, keeping(html))
            // Where the parent takes no custom block the code block stays, and shows the HTML as text.
            guard cmark_node_replace(node, kept) == 1 else {
                cmark_node_free(kept)
                continue
            }
            cmark_node_free(node)
        }
    }

    private static func dropAddresses(in document: OpaquePointer) -> Int {
        var dropped = 0
        for node in nodes(of: document) {
            let type = cmark_node_get_type(node)
            guard type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE else { continue }
            let address = cmark_node_get_url(node).map { String(cString: $0) } ?? ""
            guard !isHarmless(address) else { continue }
            cmark_node_set_url(node, "")
            dropped += 1
        }
        return dropped
    }

    static func images(in document: OpaquePointer) -> [Image] {
        nodes(of: document).filter { cmark_node_get_type($0) == CMARK_NODE_IMAGE }.map { image in
            let written = cmark_node_get_url(image).map { String(cString: $0) } ?? ""
            let address = isHarmless(written) || written.hasPrefix(referencePrefix) ? written : ""
            let words = nodes(of: image).filter { cmark_node_get_type($0) != CMARK_NODE_IMAGE }.compactMap { node in
                cmark_node_get_literal(node).map { String(cString: $0) }
            }
            return Image(address: address, alt: words.joined())
        }
    }

    /// The nodes in document order, each once; none of them is freed while a later one hangs below it, because neither
    /// raw HTML nor what is collected here for change has children that are freed with it.
    static func nodes(of document: OpaquePointer) -> [OpaquePointer] {
        guard let iterator = cmark_iter_new(document) else { return [] }
        defer { cmark_iter_free(iterator) }
        var found: [OpaquePointer] = []
        while true {
            let event = cmark_iter_next(iterator)
            if event == CMARK_EVENT_DONE { return found }
            if event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) { found.append(node) }
        }
    }

    /// True for an address without scheme (a path, a fragment, a relative one) or with one of `schemes`.
    public static func isHarmless(_ address: String) -> Bool {
        // Some browsers skip control characters in a scheme; with one in it, it isn't in the list.
        guard let end = address.utf8.firstIndex(where: { ":/?#".utf8.contains($0) }),
            address.utf8[end] == UInt8(ascii: ":")
        else { return true }
        return schemes.contains(address[..<end].lowercased())
    }
}
