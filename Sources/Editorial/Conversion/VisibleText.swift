internal import XML

/// What a reader would read of HTML, as words in order: the measure of whether a conversion lost any.
enum VisibleText {
    static func words(_ nodes: [HTML.Node]) -> [String] {
        var text = ""
        collect(nodes, &text)
        return words(text)
    }

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// The words of HTML that the renderer wrote; nil when it can't be read back.
    static func words(html: String) -> [String]? {
        // Losing the reason is right: who asks falls back to keeping the original.
        (try? HTML.parse(html)).map(words)
    }

    static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "img", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
        "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", Footnotes.element,
    ]

    private static func collect(_ nodes: [HTML.Node], _ text: inout String) {
        for node in nodes {
            switch node {
            case .text(let piece): text += piece
            case .element(let element):
                if Sanitiser.removed.contains(element.name) || isBackReference(element) { continue }
                if element.name == "q" { text += "“" }
                if !inline.contains(element.name) { text += "\n" }
                collect(element.children, &text)
                if !inline.contains(element.name) { text += "\n" }
                if element.name == "q" { text += "”" }
            }
        }
    }

    /// The arrow under a footnote, by which the renderer leads back.
    private static func isBackReference(_ element: HTML.Element) -> Bool {
        element.attributes["class"]?.contains("footnote-backref") == true
    }
}

extension [HTML.Node] {
    /// All text below, as it stands.
    var text: String {
        reduce(into: "") { text, node in
            switch node {
            case .text(let piece): text += piece
            case .element(let element): text += element.name == "br" ? "\n" : element.children.text
            }
        }
    }

    /// Nothing to see: no text, no picture.
    var isBlank: Bool {
        allSatisfy { node in
            switch node {
            case .text(let text): text.allSatisfy(\.isWhitespace)
            case .element(let element):
                !["img", "hr", "iframe", "video", "audio", "input"].contains(element.name) && element.children.isBlank
            }
        }
    }
}
