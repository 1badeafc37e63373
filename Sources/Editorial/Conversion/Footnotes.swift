internal import XML

/// Footnotes as the common plugins write them: a raised number that leads to an entry further down, which leads back.
enum Footnotes {
    /// Our own element for a note at the place it is about; no page has one, a hyphen would be a custom element's.
    static let element = "x-footnote"

    /// The same tree with each note put where it is referred to, and the entries taken away.
    static func gathered(_ nodes: [HTML.Node]) -> [HTML.Node] {
        var notes: [String: [HTML.Node]] = [:]
        findEntries(nodes, &notes)
        guard !notes.isEmpty else { return nodes }
        var referred: Set<String> = []
        findReferences(nodes, notes, &referred)
        let wanted = notes.filter { referred.contains($0.key) }
        return wanted.isEmpty ? nodes : replaced(nodes, wanted)
    }

    /// Entries: elements with an id that hold a link back to a reference.
    private static func findEntries(_ nodes: [HTML.Node], _ notes: inout [String: [HTML.Node]]) {
        for case .element(let element) in nodes {
            if let id = element.attributes["id"], ["li", "p", "div", "dd", "td"].contains(element.name),
                notes[id] == nil, element.children.contains(where: hasLinkBack)
            {
                notes[id] = withoutLinkBack(element.children)
            } else {
                findEntries(element.children, &notes)
            }
        }
    }

    private static func hasLinkBack(_ node: HTML.Node) -> Bool {
        guard case .element(let element) = node else { return false }
        return isLinkBack(element) || element.children.contains(where: hasLinkBack)
    }

    private static func isLinkBack(_ element: HTML.Element) -> Bool {
        guard element.name == "a", let address = element.attributes["href"], address.hasPrefix("#") else {
            return false
        }
        let text = element.children.text.filter { !$0.isWhitespace }
        return ["↩", "↩︎", "↑", "^", "⏎", "↵", "&#8617;"].contains(text)
            || address.contains("fnref") || address.contains("footnote-ref") || address.hasSuffix("-link")
    }

    private static func withoutLinkBack(_ nodes: [HTML.Node]) -> [HTML.Node] {
        nodes.compactMap { node in
            guard case .element(var element) = node else { return node }
            if isLinkBack(element) { return nil }
            element.children = withoutLinkBack(element.children)
            return .element(element)
        }
    }

    private static func target(of element: HTML.Element) -> String? {
        func link(_ element: HTML.Element) -> String? {
            guard element.name == "a", let address = element.attributes["href"], address.hasPrefix("#") else {
                return nil
            }
            return String(address.dropFirst())
        }
        let inner = element.children.compactMap { node -> HTML.Element? in
            guard case .element(let child) = node else { return nil }
            return child
        }
        if element.name == "sup" { return inner.count == 1 ? link(inner[0]) : nil }
        // Some write the link around the number, and some raise it with a style sheet.
        let isRaised = inner.first?.name == "sup" || element.attributes["class"]?.contains("footnote") == true
        return isRaised ? link(element) : nil
    }

    private static func findReferences(
        _ nodes: [HTML.Node], _ notes: [String: [HTML.Node]], _ referred: inout Set<String>
    ) {
        for case .element(let element) in nodes {
            if let id = target(of: element), notes[id] != nil {
                referred.insert(id)
            } else {
                findReferences(element.children, notes, &referred)
            }
        }
    }

    private static func replaced(_ nodes: [HTML.Node], _ notes: [String: [HTML.Node]]) -> [HTML.Node] {
        nodes.compactMap { node in
            guard case .element(var element) = node else { return node }
            if let id = element.attributes["id"], notes[id] != nil { return nil }
            if let id = target(of: element), let note = notes[id] {
                return .element(HTML.Element(Self.element, ["id": id], note))
            }
            let wasBlank = element.children.isBlank
            element.children = replaced(element.children, notes)
            // The list the entries stood in.
            return !wasBlank && element.children.isBlank ? nil : .element(element)
        }
    }
}
