/// One part of a mail: its headers and its body, as bytes.
struct MailEntity {
    private let headers: [(name: String, value: String)]
    private let body: ArraySlice<UInt8>

    private static let mostHeaders = 1_000
    private static let longestHeader = 64 << 10

    init(_ bytes: ArraySlice<UInt8>) {
        var headers: [(name: String, value: String)] = []
        var rest = bytes
        while let line = Self.line(&rest) {
            if line.isEmpty { break }
            if let first = line.first, first == 0x20 || first == 0x09, !headers.isEmpty {
                // A folded line goes on with the header above it.
                if headers[headers.count - 1].value.utf8.count < Self.longestHeader {
                    headers[headers.count - 1].value += " " + MailText.header(line.drop { $0 == 0x20 || $0 == 0x09 })
                }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), headers.count < Self.mostHeaders {
                let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
                let value = line[line.index(after: colon)...].prefix(Self.longestHeader)
                headers.append((name.trimmed(), MailText.header(value).trimmed()))
            }
        }
        self.headers = headers
        body = rest
    }

    /// The next line without its end (CR LF, or LF alone); nil at the end.
    private static func line(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard !bytes.isEmpty else { return nil }
        guard let end = bytes.firstIndex(of: 0x0a) else {
            defer { bytes = bytes[bytes.endIndex...] }
            return bytes
        }
        let line = bytes[..<end]
        bytes = bytes[(end + 1)...]
        return line.last == 0x0d ? line.dropLast() : line
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    var type: (name: String, parameters: [String: String]) {
        Self.value(header("content-type") ?? "text/plain")
    }

    /// The name a part was attached under; nil for what is the mail itself.
    var fileName: String? {
        let disposition = Self.value(header("content-disposition") ?? "")
        let named = disposition.parameters["filename"] ?? type.parameters["name"]
        if let named { return EncodedWords.decoded(named) }
        return disposition.name == "attachment" ? "" : nil
    }

    /// "text/plain; charset=utf-8; name=\"a;b\"".
    private static func value(_ text: String) -> (name: String, parameters: [String: String]) {
        var pieces: [String] = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ";", !isQuoted {
                pieces.append("")
            } else {
                pieces[pieces.count - 1].append(character)
            }
        }
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            parameters[String(piece[..<equals]).trimmed().lowercased()] =
                String(piece[piece.index(after: equals)...]).trimmed()
        }
        return (pieces[0].trimmed().lowercased(), parameters)
    }

    var decodedBody: [UInt8] {
        switch header("content-transfer-encoding")?.lowercased() {
        case "base64": MailText.base64(body)
        case "quoted-printable": MailText.quotedPrintable(body)
        default: Array(body)
        }
    }

    /// What stands between the lines of the boundary.
    func parts(boundary: String, limit: Int) -> [MailEntity] {
        let mark = Array("--\(boundary)".utf8)
        var parts: [MailEntity] = []
        var rest = body
        var start: Int?
        while let line = Self.line(&rest), parts.count < limit {
            guard line.starts(with: mark) else { continue }
            let tail = line.dropFirst(mark.count)
            let isEnd = tail.starts(with: [0x2d, 0x2d])
            guard isEnd || tail.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
            if let start { parts.append(MailEntity(body[start..<line.startIndex])) }
            if isEnd { return parts }
            start = rest.startIndex
        }
        if let start, parts.count < limit { parts.append(MailEntity(body[start...])) }
        return parts
    }
}
