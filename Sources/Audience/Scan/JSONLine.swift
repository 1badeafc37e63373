/// Rewrites a line of JSON as the combined line that the same server would have written of the same request, so that
/// what follows reads one form only and both are counted alike.
///
/// What is missing or malformed is written so that it is refused for the reason it would be refused for there: no object
/// is no line, no time is a wrong time. An object that names one thing twice, or has an escape that doesn't exist in a
/// value that is read, is none: two readers would understand two requests. What isn't read is only passed over.
struct JSONLine: ~Copyable {
    private typealias Part = JSONFields.Part

    private static let deepest = 16
    private static let quote: UInt8 = 0x22
    private static let backslash: UInt8 = 0x5c

    /// A value as it stands in the line: between its quotes, where it is a text.
    struct Value: BitwiseCopyable {
        var text = ByteRange.empty
        /// Place of its name in the list.
        var rank = Int.max
    }

    /// Where a name lies in `nameBytes`, and what it stands for.
    struct Name: BitwiseCopyable {
        var offset: Int
        var length: Int
        var part: UInt8
        var server: UInt8
    }

    private var names: Slab<Name>
    private var nameBytes = Slab<UInt8>(capacity: 2048)
    private var text = ByteRange.empty
    private var at = 0
    /// How many arrays are open of which an element has been passed already.
    private var further = 0
    private var isAmbiguous = false
    private var isEscapedWrongly = false
    private var path = Slab<UInt8>(capacity: 128)
    private var values = Slab<Value>(repeating: Value(), count: Part.allCases.count)
    private var output = Slab<UInt8>(capacity: 4096)

    init(_ fields: JSONFields) {
        names = Slab(capacity: fields.names.count)
        for name in fields.names {
            names.append(
                Name(
                    offset: nameBytes.count, length: name.text.count, part: name.part.rawValue,
                    server: name.server.rawValue))
            name.text.withUnsafeBufferPointer { nameBytes.append(ByteRange($0).start, count: name.text.count) }
        }
    }

    /// Whose names the line before was written in, by what it called the request.
    var server: JSONFields.Server {
        let rank = min(values[Int(Part.target.rawValue)].rank, values[Int(Part.request.rawValue)].rank)
        return rank == .max ? .own : JSONFields.Server(rawValue: names[rank].server) ?? .own
    }

    /// A line of any form as a combined or common one; valid until the next call, where it had to be rewritten. No other
    /// form begins with a brace.
    @inline(__always)
    mutating func form(_ line: ByteRange) -> ByteRange {
        line.count > 0 && line[0] == 0x7b ? combined(line) : line
    }

    @inline(never)
    private mutating func combined(_ line: ByteRange) -> ByteRange {
        text = line
        at = 0
        further = 0
        isAmbiguous = false
        isEscapedWrongly = false
        path.removeAll()
        output.removeAll()
        for part in 0..<values.count { values[part] = Value() }
        guard object(0), isAtEnd(), !isAmbiguous else { return nothing() }
        write()
        return isEscapedWrongly ? nothing() : written
    }

    /// What is no line in any form.
    private mutating func nothing() -> ByteRange {
        output.removeAll()
        append("{")
        return written
    }

    private var written: ByteRange { ByteRange(UnsafePointer(output.base), output.count) }

    // MARK: Reading

    private mutating func skipSpace() {
        while at < text.count, text[at] == 0x20 || text[at] == 0x09 || text[at] == 0x0d { at &+= 1 }
    }

    private mutating func isAtEnd() -> Bool {
        skipSpace()
        return at == text.count
    }

    /// Passes over a byte that has to be there.
    private mutating func takes(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < text.count, text[at] == byte else { return false }
        at &+= 1
        return true
    }

    private mutating func object(_ depth: Int) -> Bool {
        guard depth < JSONLine.deepest, takes(0x7b) else { return false }
        if takes(0x7d) { return true }
        repeat {
            skipSpace()
            guard let key = string(), takes(0x3a) else { return false }
            let outer = path.count
            if outer > 0 { path.append(0x2e) }
            path.append(key.start, count: min(key.count, JSONFields.longestName + 1))
            guard value(depth) else { return false }
            path.truncate(to: outer)
        } while takes(0x2c)
        return takes(0x7d)
    }

    private mutating func array(_ depth: Int) -> Bool {
        guard depth < JSONLine.deepest, takes(0x5b) else { return false }
        if takes(0x5d) { return true }
        let outside = further
        repeat {
            guard value(depth) else { return false }
            further = outside + 1
        } while takes(0x2c)
        further = outside
        return takes(0x5d)
    }

    private mutating func value(_ depth: Int) -> Bool {
        skipSpace()
        guard at < text.count else { return false }
        switch text[at] {
        case JSONLine.quote:
            guard let found = string() else { return false }
            note(found)
            return true
        case 0x7b: return object(depth &+ 1)
        case 0x5b: return array(depth &+ 1)
        default: return word()
        }
    }

    /// What stands between the quotes that begin here.
    private mutating func string() -> ByteRange? {
        guard at < text.count, text[at] == JSONLine.quote else { return nil }
        let open = at &+ 1
        var from = open
        while true {
            let close = text.find(JSONLine.quote, from: from)
            if close < 0 { return nil }
            var slashes = 0
            while close &- 1 &- slashes >= open, text[close &- 1 &- slashes] == JSONLine.backslash { slashes &+= 1 }
            if slashes & 1 == 0 {
                at = close &+ 1
                return ByteRange(text.start + open, close &- open)
            }
            from = close &+ 1
        }
    }

    /// A number, true, false or null.
    private mutating func word() -> Bool {
        let begin = at
        while at < text.count, text[at] != 0x2c, text[at] != 0x7d, text[at] != 0x5d, text[at] > 0x20 {
            guard text[at] != JSONLine.quote, text[at] != 0x3a else { return false }
            at &+= 1
        }
        let word = ByteRange(text.start + begin, at &- begin)
        if word.count == 0 { return false }
        if !word.equals("null") { note(word) }
        return true
    }

    /// Keeps a value that a part is known by. Of a header's several the first.
    private mutating func note(_ value: ByteRange) {
        if further > 0 { return }
        let path = ByteRange(UnsafePointer(path.base), path.count)
        for rank in 0..<names.count {
            let name = names[rank]
            if path.count != name.length { continue }
            guard path.equals(ByteRange(UnsafePointer(nameBytes.base + name.offset), name.length)) else { continue }
            let part = Int(name.part)
            if rank == values[part].rank { isAmbiguous = true }
            if rank < values[part].rank { values[part] = Value(text: value, rank: rank) }
            return
        }
    }

    // MARK: Writing

    private func has(_ part: Part) -> Bool { values[Int(part.rawValue)].text.count > 0 }

    private subscript(part: Part) -> ByteRange { values[Int(part.rawValue)].text }

    private mutating func append(_ text: StaticString) { output.append(text.utf8Start, count: text.utf8CodeUnitCount) }

    private mutating func write() {
        if has(.host), isWord(self[.host]) {
            output.append(self[.host].start, count: self[.host].count)
            append(" ")
        }
        if has(.address), isWord(self[.address]) {
            output.append(self[.address].start, count: self[.address].count)
        } else {
            append("-")
        }
        append(" - - [")
        let before = output.count
        if !writeTime(self[.time]) {
            output.truncate(to: before)
            append("??????????????????????????")
        }
        append("] \"")
        if has(.request) {
            writeEscaped(self[.request])
        } else if has(.method), has(.target) {
            writeEscaped(self[.method])
            append(" ")
            writeEscaped(self[.target])
            append(" HTTP/1.1")
        }
        append("\" ")
        if has(.status), isWord(self[.status]) {
            output.append(self[.status].start, count: self[.status].count)
        } else {
            append("0")
        }
        append(" 0 ")
        writeQuoted(.referrer)
        append(" ")
        writeQuoted(.agent)
        // The place of X-Forwarded-For is right behind the agent.
        guard has(.forwarded) || has(.purpose) else { return }
        append(" ")
        writeQuoted(.forwarded)
        append(" ")
        writeQuoted(.purpose)
    }

    /// Whether it can stand unquoted: a name, an address or a number.
    private func isWord(_ text: ByteRange) -> Bool {
        for index in 0..<text.count
        where text[index] <= 0x20 || text[index] == JSONLine.quote
            || text[index] == JSONLine.backslash || text[index] == 0x5b && index > 0 || text[index] >= 0x7f
        {
            return false
        }
        return text.count <= 255
    }

    /// A field in quotes; an empty one is the dash that servers write for it.
    private mutating func writeQuoted(_ part: Part) {
        append("\"")
        if has(part) { writeEscaped(self[part]) } else { append("-") }
        append("\"")
    }

    /// JSON's escapes as servers escape in their logs: `\"`, `\\` and `\xHH`.
    private mutating func writeEscaped(_ text: ByteRange) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index &+= 1
            guard byte == JSONLine.backslash, index < text.count else {
                write(byte)
                continue
            }
            let escape = text[index]
            index &+= 1
            switch escape {
            case 0x22, 0x2f, 0x5c: write(escape)
            case 0x62: write(0x08)
            case 0x66: write(0x0c)
            case 0x6e: write(0x0a)
            case 0x72: write(0x0d)
            case 0x74: write(0x09)
            case 0x75:
                if let (scalar, length) = scalar(text, index) {
                    index &+= length
                    UTF8.encode(scalar)?.forEach { write($0) }
                } else {
                    // Half of a surrogate pair is written by some, and is no character.
                    if unit(text, index) == nil { isEscapedWrongly = true } else { index &+= 4 }
                    write(0x3f)
                }
            // nginx without `escape=json` writes these into what it calls JSON.
            case 0x78 where index &+ 1 < text.count:
                if let high = ContentKey.hex(text[index]), let low = ContentKey.hex(text[index &+ 1]) {
                    write(high << 4 | low)
                    index &+= 2
                } else {
                    isEscapedWrongly = true
                }
            default: isEscapedWrongly = true
            }
        }
    }

    private mutating func write(_ byte: UInt8) {
        switch byte {
        case JSONLine.quote, JSONLine.backslash:
            output.append(JSONLine.backslash)
            output.append(byte)
        case 0..<0x20, 0x7f:
            append("\\x")
            for nibble in [byte >> 4, byte & 15] { output.append(nibble < 10 ? 0x30 + nibble : 0x37 + nibble) }
        default: output.append(byte)
        }
    }

    /// The character of four hexadecimal digits, or of a pair of them, and how many bytes were read.
    private func scalar(_ text: ByteRange, _ index: Int) -> (Unicode.Scalar, Int)? {
        guard let first = unit(text, index) else { return nil }
        if let scalar = Unicode.Scalar(first) { return (scalar, 4) }
        guard first < 0xdc00, index &+ 5 < text.count, text[index &+ 4] == JSONLine.backslash,
            text[index &+ 5] == 0x75, let second = unit(text, index &+ 6), (0xdc00...0xdfff).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)).map { ($0, 10) }
    }

    private func unit(_ text: ByteRange, _ index: Int) -> UInt32? {
        guard index &+ 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = ContentKey.hex(text[index &+ offset]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    // MARK: Times

    /// Writes a time as the combined format has it. False for none that can be read; what is wrong in it otherwise is
    /// found where it is read again.
    private mutating func writeTime(_ text: ByteRange) -> Bool {
        if text.count == LogTime.length, text[2] == 0x2f {
            guard isWordOrSpace(text) else { return false }
            output.append(text.start, count: text.count)
            return true
        }
        if text.count >= 20, text[4] == 0x2d, text[7] == 0x2d { return writeInternetTime(text) }
        return writeEpoch(text)
    }

    private func isWordOrSpace(_ text: ByteRange) -> Bool {
        for index in 0..<text.count where text[index] < 0x20 || text[index] == 0x5d || text[index] >= 0x7f {
            return false
        }
        return true
    }

    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// `2026-05-17T10:05:03.123+02:00` (RFC 3339), with or without the fraction.
    private mutating func writeInternetTime(_ text: ByteRange) -> Bool {
        let month = JSONLine.number(text, 5, 2)
        guard (1...12).contains(month), text[13] == 0x3a, text[16] == 0x3a else { return false }
        for index in [0, 1, 2, 3, 8, 9, 11, 12, 14, 15, 17, 18] where text[index] &- 0x30 > 9 { return false }
        output.append(text.start + 8, count: 2)
        append("/")
        output.append(JSONLine.months.utf8Start + (month &- 1) &* 3, count: 3)
        append("/")
        output.append(text.start, count: 4)
        append(":")
        output.append(text.start + 11, count: 8)
        append(" ")
        var index = 19
        if text[index] == 0x2e {
            index &+= 1
            while index < text.count, text[index] &- 0x30 < 10 { index &+= 1 }
        }
        let zone = text.from(index)
        if zone.count == 1, zone[0] == 0x5a || zone[0] == 0x7a {
            append("+0000")
            return true
        }
        guard zone.count == 5 || zone.count == 6 && zone[3] == 0x3a else { return false }
        output.append(zone.start, count: 3)
        output.append(zone.end - 2, count: 2)
        return isWordOrSpace(zone)
    }

    /// Seconds since 1970 with or without a fraction, or thousandths, millionths or billionths of them.
    private mutating func writeEpoch(_ text: ByteRange) -> Bool {
        var digits = 0
        while digits < text.count, text[digits] &- 0x30 < 10 { digits &+= 1 }
        guard digits > 0, digits <= 19, digits == text.count || text[digits] == 0x2e else { return false }
        var seconds: Int64 = 0
        for index in 0..<digits {
            let (product, isOver) = seconds.multipliedReportingOverflow(by: 10)
            let (sum, isFull) = product.addingReportingOverflow(Int64(text[index] &- 0x30))
            guard !isOver, !isFull else { return false }
            seconds = sum
        }
        // Seconds have so many digits until the year 5138; who counts smaller has more.
        while seconds > 99_999_999_999 { seconds /= 1_000 }
        write(seconds: seconds)
        return true
    }

    private mutating func write(seconds: Int64) {
        // Days since 1970 as a date (Hinnant, "chrono-compatible low-level date algorithms").
        let shifted = Int(seconds / 86_400) + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marched = (5 * ofYear + 2) / 153
        let month = marched < 10 ? marched + 3 : marched - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let second = Int(seconds % 86_400)
        write(ofYear - (153 * marched + 2) / 5 + 1, digits: 2)
        append("/")
        output.append(JSONLine.months.utf8Start + (month - 1) * 3, count: 3)
        append("/")
        write(min(year, 9_999), digits: 4)
        for part in [second / 3_600, second / 60 % 60, second % 60] {
            append(":")
            write(part, digits: 2)
        }
        append(" +0000")
    }

    private mutating func write(_ number: Int, digits: Int) {
        var power = 1
        for _ in 1..<digits { power *= 10 }
        while power > 0 {
            output.append(0x30 + UInt8(number / power % 10))
            power /= 10
        }
    }

    private static func number(_ text: ByteRange, _ offset: Int, _ digits: Int) -> Int {
        var value = 0
        for index in offset..<(offset + digits) {
            guard text[index] &- 0x30 < 10 else { return -1 }
            value = value * 10 + Int(text[index] &- 0x30)
        }
        return value
    }
}
