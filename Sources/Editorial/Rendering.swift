/// Where a text becomes the HTML of a page, and the only place where it does: what is safe here is safe everywhere.
///
/// The Markdown renderer makes every tag itself; raw HTML and addresses that do more than lead somewhere are gone after
/// it. What this adds are frames of players, from the providers that `Config/embeds.json` lists and from nobody else.
public enum Rendering {
    public struct Page: Sendable, Hashable {
        public let html: String
        /// How many paragraphs became a player's frame.
        public let frames: Int
    }

    /// Renders a text with its pictures. The result depends on the arguments alone.
    ///
    /// - Throws: ``EditorialError/contentRefused(field:reason:)`` when it is too long.
    public static func page(_ content: Content, embeds: Embeds) throws(EditorialError) -> Page {
        let html = try content.html()
        guard !embeds.providers.isEmpty else { return Page(html: html, frames: 0) }
        var frames = 0
        let lines = html.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            guard let frame = frame(line, embeds) else { return String(line) }
            frames += 1
            return frame
        }
        return Page(html: lines.joined(separator: "\n"), frames: frames)
    }

    /// A paragraph that is one address and nothing else, as the renderer writes it. Nothing else comes out of it as such
    /// a line: in code and in words every `<` is escaped.
    private static func frame(_ line: Substring, _ embeds: Embeds) -> String? {
        let opening = "<p><a href=\""
        let closing = "</a></p>"
        guard line.hasPrefix(opening), line.hasSuffix(closing) else { return nil }
        let parts = line.dropFirst(opening.count).dropLast(closing.count).split(
            separator: "\">", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == parts[1] else { return nil }
        let address = String(parts[0]).replacing("&amp;", with: "&")
        guard let found = embeds.frame(for: address) else { return nil }
        // No request goes to the provider before the reader asks: the link is all there is until then.
        return """
            <figure class="embed" data-provider="\(found.provider.key)" data-frame="\(escaped(found.address))">\
            <a href="\(parts[0])" rel="noopener">Play on \(escaped(found.provider.name))</a></figure>
            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
