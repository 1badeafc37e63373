/// A recursive-descent reader of RFC 8259 over bytes; see `JSON.init(parsing:)` for what it refuses.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    /// Nested deeper than this is an attack on the stack, not a document.
    private static let deepest = 128

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(ValueError) -> JSON {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw refused("something follows the value") }
        return value
    }

    private mutating func value(depth: Int) throws(ValueError) -> JSON {
        guard depth <= Self.deepest else { throw refused("it is nested deeper than \(Self.deepest) levels") }
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), (0x30...0x39)?: return try number()
        case nil: throw refused("it ends where a value should be")
        default: throw refused("a value should be here")
        }
    }

    private mutating func object(depth: Int) throws(ValueError) -> JSON {
        position += 1
        var members: [String: JSON] = [:]
        skipSpace()
        if skip(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw refused("a key in quotes should be here") }
            let start = position
            let key = try string()
            skipSpace()
            guard skip(UInt8(ascii: ":")) else { throw refused("a colon should be here") }
            skipSpace()
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: key) == nil else {
                position = start
                throw refused("the key \"\(key)\" comes twice")
            }
            skipSpace()
            if skip(UInt8(ascii: "}")) { return .object(members) }
            guard skip(UInt8(ascii: ",")) else { throw refused("a comma or } should be here") }
        }
    }

    private mutating func array(depth: Int) throws(ValueError) -> JSON {
        position += 1
        var items: [JSON] = []
        skipSpace()
        if skip(UInt8(ascii: "]")) { return .array(items) }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if skip(UInt8(ascii: "]")) { return .array(items) }
            guard skip(UInt8(ascii: ",")) else { throw refused("a comma or ] should be here") }
        }
    }

    private mutating func number() throws(ValueError) -> JSON {
        let start = position
        var isWhole = true
        _ = skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try digits() }
        if skip(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isWhole = false
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // Minus zero is a whole number only in text.
        if isWhole, text != "-0", let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func digits() throws(ValueError) {
        let start = position
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw refused("a digit should be here") }
    }

    private mutating func string() throws(ValueError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw refused("the text before here is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20: throw refused("a control character stands unescaped in a text")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw refused("a text is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ValueError) {
        guard let byte = peek else { throw refused("it ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw refused("half a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw refused("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw refused("half a surrogate pair") }
            text += String(Character(scalar)).utf8
        default: throw refused("no such escape")
        }
    }

    private mutating func hexadecimal() throws(ValueError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw refused("\\u needs four hexadecimal digits")
            }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func word(_ text: String, _ value: JSON) throws(ValueError) -> JSON {
        guard bytes[position...].starts(with: text.utf8) else { throw refused("a value should be here") }
        position += text.utf8.count
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func refused(_ reason: String) -> ValueError {
        let around = bytes[max(0, position - 20)..<min(bytes.count, position + 20)]
        return ValueError(
            kind: "JSON", value: String(decoding: around, as: UTF8.self), reason: "\(reason) (byte \(position))")
    }
}
