import CXML

/// Reads XML as a stream of events, at most one element's worth in memory.
///
/// Nothing outside the bytes given is ever fetched, and a document type is refused where it stands: with it go external
/// entities and the bombs that are made of entities. Depth and the size of one text have limits.
public final class XMLReader {
    public enum Event: Hashable, Sendable {
        /// `name` as it is written, prefix included.
        case start(name: String, attributes: [String: String], line: Int)
        case end(name: String)
        /// Text and CDATA alike; one text may come in several events.
        case text(String)
    }

    /// What can't be read, with the line it stands in, from 1.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let line: Int
        public let reason: String

        public var description: String { "line \(line): \(reason)" }
    }

    /// Elements within each other. No honest feed comes near.
    public static let deepest = 100
    /// Longest piece of text the parser hands out, in bytes: libxml2's own limit for one node.
    public static let longestText = 10_000_000

    private let reader: xmlTextReaderPtr
    private let source: Source
    private var pending: Event?
    private var isOver = false

    /// - Parameters:
    ///   - lines: how many lines of the document stand before the first byte, for the numbers in errors.
    ///   - read: gives up to so many bytes, none at the end. What it throws ends the reading as a failure.
    public init(linesBefore lines: Int = 0, read: @escaping (Int) throws -> [UInt8]) {
        source = Source(linesBefore: lines, read: read)
        // The parser holds the source unretained: it lives as long as this object, which frees the parser first.
        let opaque = Unmanaged.passUnretained(source).toOpaque()
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_COMPACT.rawValue | XML_PARSE_NOCDATA.rawValue)
        guard
            let made = xmlReaderForIO(
                { context, buffer, length in
                    guard let context, let buffer else { return -1 }
                    let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
                    return source.fill(buffer, Int(length))
                }, { _ in 0 }, opaque, nil, "UTF-8", options)
        else { preconditionFailure("out of memory") }
        reader = made
        xmlTextReaderSetStructuredErrorHandler(
            reader,
            { context, error in
                guard let context, let error else { return }
                let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
                source.note(error)
            }, opaque)
    }

    /// All of `text`.
    public convenience init(_ text: String, linesBefore lines: Int = 0) {
        var rest = Array(text.utf8)[...]
        self.init(linesBefore: lines) { limit in
            defer { rest = rest.dropFirst(limit) }
            return Array(rest.prefix(limit))
        }
    }

    deinit { xmlFreeTextReader(reader) }

    /// The next event; nil at the end of the document.
    public func next() throws(Failure) -> Event? {
        if let event = pending {
            pending = nil
            return event
        }
        while !isOver {
            let result = xmlTextReaderRead(reader)
            if let failure = source.failure { throw stop(failure) }
            guard result >= 0 else { throw stop(Failure(line: line, reason: "it isn't well-formed XML")) }
            guard result == 1 else {
                isOver = true
                return nil
            }
            if let event = try event() { return event }
        }
        return nil
    }

    private var line: Int { source.linesBefore + Int(xmlTextReaderGetParserLineNumber(reader)) }

    private func stop(_ failure: Failure) -> Failure {
        isOver = true
        return failure
    }

    private func event() throws(Failure) -> Event? {
        switch xmlReaderTypes(UInt32(xmlTextReaderNodeType(reader))) {
        case XML_READER_TYPE_ELEMENT:
            guard xmlTextReaderDepth(reader) < Self.deepest else {
                throw stop(Failure(line: line, reason: "elements stand more than \(Self.deepest) deep"))
            }
            let name = text(xmlTextReaderConstName(reader))
            if xmlTextReaderIsEmptyElement(reader) == 1 { pending = .end(name: name) }
            return .start(name: name, attributes: attributes(), line: line)
        case XML_READER_TYPE_END_ELEMENT: return .end(name: text(xmlTextReaderConstName(reader)))
        case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA, XML_READER_TYPE_SIGNIFICANT_WHITESPACE,
            XML_READER_TYPE_WHITESPACE:
            return .text(text(xmlTextReaderConstValue(reader)))
        case XML_READER_TYPE_DOCUMENT_TYPE:
            throw stop(Failure(line: line, reason: "a document type (<!DOCTYPE) isn't accepted"))
        case XML_READER_TYPE_ENTITY_REFERENCE:
            throw stop(Failure(line: line, reason: "the entity &\(text(xmlTextReaderConstName(reader))); is unknown"))
        default: return nil
        }
    }

    private func attributes() -> [String: String] {
        var attributes: [String: String] = [:]
        while xmlTextReaderMoveToNextAttribute(reader) == 1 {
            attributes[text(xmlTextReaderConstName(reader))] = text(xmlTextReaderConstValue(reader))
        }
        xmlTextReaderMoveToElement(reader)
        return attributes
    }

    /// Copies the parser's string, which is its own and UTF-8.
    private func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }
}

/// Where the parser's bytes come from, and what it said about them.
private final class Source {
    let linesBefore: Int
    private let read: (Int) throws -> [UInt8]
    private(set) var failure: XMLReader.Failure?

    init(linesBefore: Int, read: @escaping (Int) throws -> [UInt8]) {
        self.linesBefore = linesBefore
        self.read = read
    }

    /// At most `length` bytes are written to `buffer`, which the parser made that long.
    func fill(_ buffer: UnsafeMutablePointer<CChar>, _ length: Int) -> Int32 {
        do {
            let bytes = try read(length).prefix(length)
            for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
            return Int32(bytes.count)
        } catch {
            failure = XMLReader.Failure(line: linesBefore, reason: "\(error)")
            return -1
        }
    }

    /// Keeps the first error; warnings are about style.
    func note(_ error: xmlErrorPtr) {
        // A prefix nobody declared is part of a name, as far as we are concerned.
        guard failure == nil, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue,
            error.pointee.domain != Int32(XML_FROM_NAMESPACE.rawValue)
        else { return }
        let said = error.pointee.message.map { String(cString: $0) } ?? "it isn't well-formed XML"
        let reason = said.split(whereSeparator: \.isNewline).joined(separator: " ")
        failure = XMLReader.Failure(line: linesBefore + Int(error.pointee.line), reason: reason)
    }
}
