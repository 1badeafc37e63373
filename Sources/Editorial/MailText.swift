internal import Values

/// Bytes of a mail as text.
enum MailText {
    /// A header's bytes: UTF-8 as RFC 6532 allows, else Latin-1, which never fails.
    static func header(_ bytes: some Sequence<UInt8>) -> String { decoded(Array(bytes), charset: nil) }

    /// Text in a charset by its name; what is unknown or broken is read as UTF-8, else as Windows-1252.
    static func decoded(_ bytes: [UInt8], charset: String?) -> String {
        let bytes = bytes.filter { $0 != 0 }
        switch charset?.lowercased() {
        case "iso-8859-1", "latin1", "latin-1", "iso8859-1", "windows-1252", "cp1252": return windows1252(bytes)
        default: return String(validating: bytes, as: UTF8.self) ?? windows1252(bytes)
        }
    }

    /// Latin-1 with the letters that mail programs mean by its control characters (WHATWG Encoding).
    private static func windows1252(_ bytes: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes {
            let value = (0x80...0x9f).contains(byte) ? upper[Int(byte - 0x80)] : UInt32(byte)
            scalars.append(Unicode.Scalar(value) ?? "\u{fffd}")
        }
        return String(scalars)
    }

    private static let upper: [UInt32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d,
        0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d,
        0x17e, 0x178,
    ]

    /// One line: no control characters, one space where there were more.
    static func line(_ text: String) -> String {
        text.split { $0.isWhitespace || $0.isNewline || $0.unicodeScalars.allSatisfy(isControl) }
            .map { String(String.UnicodeScalarView($0.unicodeScalars.filter { !isControl($0) })) }
            .joined(separator: " ")
    }

    /// Text with LF for line ends, and no control character but that and the tab.
    static func plain(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars
        where scalar == "\n" || scalar == "\t" || !isControl(scalar) { scalars.append(scalar) }
        return String(scalars).trimmed() + "\n"
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

    static func base64(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in bytes {
            let value: UInt8
            switch byte {
            case 65...90: value = byte - 65
            case 97...122: value = byte - 71
            case 48...57: value = byte + 4
            case 43, 45: value = 62
            case 47, 95: value = 63
            case 61: return result
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    static func quotedPrintable(_ bytes: some Swift.Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "=") else {
                result.append(bytes[place])
                place += 1
                continue
            }
            if place + 1 < bytes.count, bytes[place + 1] == 0x0a {
                place += 2
            } else if place + 2 < bytes.count, bytes[place + 1] == 0x0d, bytes[place + 2] == 0x0a {
                place += 3
            } else if place + 2 < bytes.count, let high = digit(bytes[place + 1]), let low = digit(bytes[place + 2]) {
                result.append(high << 4 | low)
                place += 3
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// The words of a page, for a mail that has nothing else.
    static func withoutTags(_ html: String) -> String {
        var text = ""
        var isTag = false
        for character in html {
            if character == "<" {
                isTag = true
            } else if character == ">", isTag {
                isTag = false
                text += " "
            } else if !isTag {
                text.append(character)
            }
        }
        for (entity, letter) in [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
            text = text.replacing(entity, with: letter)
        }
        return text
    }
}

/// "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=" (RFC 2047).
enum EncodedWords {
    static func decoded(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        var lastWasWord = false
        while let start = rest.firstRange(of: "=?") {
            let before = rest[..<start.lowerBound]
            guard let word = word(rest[start.upperBound...]) else {
                result += rest[..<start.upperBound]
                rest = rest[start.upperBound...]
                lastWasWord = false
                continue
            }
            // White space between two encoded words isn't there.
            if !(lastWasWord && before.allSatisfy(\.isWhitespace)) { result += before }
            result += word.text
            rest = word.rest
            lastWasWord = true
        }
        return result + rest
    }

    private static func word(_ text: Substring) -> (text: String, rest: Substring)? {
        guard let first = text.firstIndex(of: "?") else { return nil }
        let charset = text[..<first].split(separator: "*").first.map(String.init) ?? ""
        let afterCharset = text[text.index(after: first)...]
        guard let second = afterCharset.firstIndex(of: "?") else { return nil }
        let encoding = afterCharset[..<second].lowercased()
        let afterEncoding = afterCharset[afterCharset.index(after: second)...]
        guard let end = afterEncoding.firstRange(of: "?=") else { return nil }
        let payload = afterEncoding[..<end.lowerBound]
        guard !payload.contains(where: \.isWhitespace) || encoding == "q" else { return nil }
        let bytes: [UInt8]
        switch encoding {
        case "b": bytes = MailText.base64(payload.utf8)
        case "q": bytes = MailText.quotedPrintable(Array(payload.replacing("_", with: "=20").utf8))
        default: return nil
        }
        return (MailText.decoded(bytes, charset: charset), afterEncoding[end.upperBound...])
    }
}

/// The first mailbox of a From: `"Example, Ann" <ann@example.org>`, `ann@example.org (Ann)`.
struct MailAddress {
    let name: String
    let email: EmailAddress

    init?(_ header: String) {
        var isQuoted = false
        var (plain, angled) = ("", String?.none)
        var comment = ""
        var depth = 0
        for character in header {
            switch character {
            case "\"" where depth == 0: isQuoted.toggle()
            case "(" where !isQuoted: depth += 1
            case ")" where !isQuoted && depth > 0: depth -= 1
            case _ where depth > 0: comment.append(character)
            case "<" where !isQuoted && angled == nil: angled = ""
            case ">" where !isQuoted && angled != nil: depth = -1
            case "," where !isQuoted: depth = -1
            default: if angled != nil { angled?.append(character) } else { plain.append(character) }
            }
            if depth < 0 { break }
        }
        let address = (angled ?? plain).trimmed()
        // An address that can't be read is no sender: there would be nobody to answer.
        guard let email = try? EmailAddress(address) else { return nil }
        self.email = email
        name = EncodedWords.decoded(angled == nil ? comment : plain).trimmed()
    }
}

/// "Mon, 23 Nov 2026 09:00:00 -0500 (EST)".
enum MailDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    static func instant(_ text: String) -> Timestamp? {
        let bare = text.split(separator: "(").first.map(String.init) ?? ""
        var words = bare.split { $0.isWhitespace || $0 == "," }.map { $0.lowercased() }
        if let first = words.first, first.first?.isLetter == true { words.removeFirst() }
        guard words.count >= 4, let day = Int(words[0]), var year = Int(words[2]),
            let month = months.firstIndex(of: String(words[1].prefix(3)))
        else { return nil }
        if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
        let time = words[3].split(separator: ":").map { Int($0) ?? -1 }
        // A date no calendar has is no date; the mail is taken in without one.
        guard (2...3).contains(time.count), (0..<24).contains(time[0]), (0..<60).contains(time[1]),
            time.count == 2 || (0...60).contains(time[2]),
            let date = try? LocalDate(year: year, month: month + 1, day: day)
        else { return nil }
        let wall = Int64(date.daysSince1970) * 86_400 + Int64(time[0] * 3_600 + time[1] * 60)
        return Timestamp(
            seconds: wall + Int64(time.count == 3 ? min(time[2], 59) : 0) - offset(words.dropFirst(4).first))
    }

    /// Seconds east of UTC; what isn't known is UTC (RFC 5322, 4.3).
    private static func offset(_ zone: String?) -> Int64 {
        guard let zone else { return 0 }
        let named: [String: Int64] = [
            "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
        ]
        if let hours = named[zone] { return hours * 3_600 }
        guard zone.count == 5, let sign = zone.first, sign == "+" || sign == "-", let digits = Int64(zone.dropFirst())
        else { return 0 }
        let seconds = digits / 100 * 3_600 + digits % 100 * 60
        return sign == "-" ? -seconds : seconds
    }
}
