import CXML

/// HTML as a tree, read as forgivingly as a browser does, with limits. What the tree may say on a page is decided by
/// who walks it.
public enum HTML {
    public indirect enum Node: Hashable, Sendable {
        case element(Element)
        case text(String)
    }

    public struct Element: Hashable, Sendable {
        /// In lower case.
        public var name: String
        /// Names in lower case.
        public var attributes: [String: String]
        public var children: [Node]

        public init(_ name: String, _ attributes: [String: String] = [:], _ children: [Node] = []) {
            self.name = name
            self.attributes = attributes
            self.children = children
        }
    }

    public enum Failure: Error, Hashable, Sendable {
        /// So many bytes, more than `longest`.
        case tooLong(bytes: Int)
        case unreadable
    }

    /// Longest text, in bytes.
    public static let longest = 10_000_000
    /// Elements within each other; what is deeper hangs on the last that counts, so that a walker may recurse.
    public static let deepest = 100

    /// The contents of the body. Comments and processing instructions are left out.
    public static func parse(_ text: String) throws(Failure) -> [Node] {
        let bytes = Array(text.utf8).filter { $0 != 0 }
        guard bytes.count <= longest else { throw .tooLong(bytes: bytes.count) }
        guard bytes.contains(where: { !Set<UInt8>([0x20, 0x09, 0x0A, 0x0D]).contains($0) }) else { return [] }
        let options =
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
            | HTML_PARSE_NONET.rawValue | HTML_PARSE_NODEFDTD.rawValue | HTML_PARSE_COMPACT.rawValue
        // A wrapper of our own, so that text before the first element keeps its place and nothing goes to a head.
        let whole = Array("<html><body>".utf8) + bytes + Array("</body></html>".utf8)
        let document = whole.withUnsafeBytes { buffer in
            // The pointer is used during the call only: the tree holds copies.
            htmlReadMemory(
                buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count), nil, "UTF-8", Int32(options))
        }
        guard let document else { throw .unreadable }
        defer { xmlFreeDoc(document) }
        guard let root = xmlDocGetRootElement(document) else { throw .unreadable }
        return children(of: root, depth: 0).flatMap { node -> [Node] in
            guard case .element(let element) = node, ["body", "head"].contains(element.name) else { return [node] }
            return element.children
        }
    }

    private static func children(of parent: xmlNodePtr, depth: Int) -> [Node] {
        var nodes: [Node] = []
        var next = parent.pointee.children
        while let node = next {
            next = node.pointee.next
            switch node.pointee.type {
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
                let text = node.pointee.content.map { String(cString: $0) } ?? ""
                if case .text(let before)? = nodes.last {
                    nodes[nodes.count - 1] = .text(before + text)
                } else {
                    nodes.append(.text(text))
                }
            case XML_ELEMENT_NODE:
                if depth >= deepest {
                    nodes.append(.text(words(below: node)))
                } else {
                    let name = node.pointee.name.map { String(cString: $0) }?.lowercased() ?? ""
                    nodes.append(
                        .element(Element(name, attributes(of: node), children(of: node, depth: depth + 1))))
                }
            default: continue
            }
        }
        return nodes
    }

    /// All text below a node that is too deep to be looked at.
    private static func words(below node: xmlNodePtr) -> String {
        guard let content = xmlNodeGetContent(node) else { return "" }
        defer { masthead_xml_free(content) }
        return String(cString: content)
    }

    private static func attributes(of node: xmlNodePtr) -> [String: String] {
        var attributes: [String: String] = [:]
        var next = node.pointee.properties
        while let attribute = next {
            next = attribute.pointee.next
            guard let name = attribute.pointee.name.map({ String(cString: $0) })?.lowercased() else { continue }
            let value = attribute.pointee.children.flatMap { xmlNodeListGetString(node.pointee.doc, $0, 1) }
            attributes[name] = value.map { String(cString: $0) } ?? ""
            if let value { masthead_xml_free(value) }
        }
        return attributes
    }
}
