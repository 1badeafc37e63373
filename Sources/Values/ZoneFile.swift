import FoundationEssentials

/// Reads a compiled zone file (TZif, RFC 9636) into a table of offsets.
enum ZoneFile {
    /// Throws when the name isn't one, or the file is missing, older than version 2, broken, or counts leap seconds
    /// (PostgreSQL doesn't, and the two must agree).
    static func read(_ name: String) throws(ValueError) -> Zone.Table {
        func refused(_ reason: String) -> ValueError { ValueError(kind: "time zone", value: name, reason: reason) }
        guard isName(name) else { throw refused("write an IANA name such as Europe/Warsaw") }
        guard !abbreviations.contains(name) else {
            throw refused("PostgreSQL takes it for an offset without summer time; name a place such as Europe/Brussels")
        }
        let folder = ProcessInfo.processInfo.environment["TZDIR"] ?? "/usr/share/zoneinfo"
        let path = "\(folder)/\(name)"
        guard let data = FileManager.default.contents(atPath: path) else {
            guard FileManager.default.fileExists(atPath: folder) else {
                throw refused("there are no zone files at \(folder) (install tzdata, or set TZDIR)")
            }
            throw refused("there is no such zone in \(folder)")
        }
        guard data.count <= longest else { throw refused("\(path) is too long for a zone file") }
        var reader = Reader([UInt8](data))
        guard let table = reader.table() else { throw refused("\(path) is not a zone file this can read") }
        return table
    }

    /// The machine's own zone: TZ, else what /etc/localtime points at, else UTC.
    static func systemName() -> String {
        if let name = ProcessInfo.processInfo.environment["TZ"], !name.isEmpty {
            return name.hasPrefix(":") ? String(name.dropFirst()) : name
        }
        // Not losing an error: no such link simply means that the machine names no zone.
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/etc/localtime"),
            let folder = target.firstRange(of: "zoneinfo/")
        else { return "UTC" }
        return String(target[folder.upperBound...])
    }

    /// Zones by their file, but `AT TIME ZONE 'CET'` looks among the abbreviations first (tried on PostgreSQL 15): the
    /// database and the program would disagree all summer.
    private static let abbreviations: Set = ["CET", "EET", "MET", "WET"]

    /// The largest file of today is under 4 KiB.
    private static let longest = 1 << 20

    /// Only names inside the folder: a zone comes from settings and rows, and must not become a way to open any file.
    private static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, isLetter(first) else { return false }
            return part.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "+-_".utf8.contains($0) }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension ZoneFile {
    /// The layout of RFC 9636, section 3: a version 1 block to step over, then the same with 8-byte times, then the
    /// footer with the rule for all later years.
    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        private struct Header {
            let version: UInt8
            let utIndicators: Int, standardIndicators: Int, leaps: Int, changes: Int, types: Int, nameBytes: Int

            func length(timeSize: Int) -> Int {
                changes * (timeSize + 1) + types * 6 + nameBytes + leaps * (timeSize + 4) + standardIndicators
                    + utIndicators
            }
        }

        mutating func table() -> Zone.Table? {
            guard let first = header(), first.version >= UInt8(ascii: "2") else { return nil }
            position += first.length(timeSize: 4)
            guard let header = header(), header.leaps == 0, header.types > 0 else { return nil }
            let start = position
            guard start + header.length(timeSize: 8) < bytes.count else { return nil }

            let times = (0..<header.changes).map { integer(at: start + $0 * 8, size: 8) }
            let typesStart = start + header.changes * 8
            let offsetsStart = typesStart + header.changes
            var offsets: [Int] = []
            for type in 0..<header.types {
                offsets.append(Int(integer(at: offsetsStart + type * 6, size: 4)))
            }
            // Twenty-six hours is RFC 9636's limit; a day is what PostgreSQL and every real zone stay within.
            guard offsets.allSatisfy({ abs($0) < 86_400 }) else { return nil }
            var changes: [Zone.Table.Change] = []
            for (index, time) in times.enumerated() {
                let type = Int(bytes[typesStart + index])
                guard type < offsets.count, index == 0 || times[index - 1] < time else { return nil }
                changes.append(.init(start: time, offset: offsets[type]))
            }
            position = start + header.length(timeSize: 8)
            guard let footer = footer() else { return nil }
            if footer.isEmpty { return Zone.Table(initialOffset: offsets[0], listed: changes) }
            guard let rule = ZoneRule(footer) else { return nil }
            return Zone.Table(initialOffset: offsets[0], listed: changes, then: rule)
        }

        private mutating func header() -> Header? {
            guard bytes.count >= position + 44, bytes[position...].starts(with: "TZif".utf8) else { return nil }
            let version = bytes[position + 4]
            let counts = (0..<6).map { Int(integer(at: position + 20 + $0 * 4, size: 4)) }
            position += 44
            guard counts.allSatisfy({ (0...65_536).contains($0) }) else { return nil }
            return Header(
                version: version, utIndicators: counts[0], standardIndicators: counts[1], leaps: counts[2],
                changes: counts[3], types: counts[4], nameBytes: counts[5])
        }

        private func footer() -> String? {
            guard position < bytes.count, bytes[position] == 0x0A,
                let end = bytes[(position + 1)...].firstIndex(of: 0x0A)
            else { return nil }
            return String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        }

        /// Big-endian, two's complement. Within bounds: the caller has checked the whole block's length.
        private func integer(at index: Int, size: Int) -> Int64 {
            var value = Int64(Int8(bitPattern: bytes[index]))
            for byte in bytes[(index + 1)..<(index + size)] { value = value << 8 | Int64(byte) }
            return value
        }
    }
}

extension Zone.Table {
    /// A table of the listed changes alone: the last offset stays.
    init(initialOffset: Int, listed: [Change]) {
        self.init(initialOffset: initialOffset, changes: Self.merged(listed, after: initialOffset), cycleStart: nil)
    }

    /// A table of the listed changes and, after the last of them, those the rule makes.
    init(initialOffset: Int, listed: [Change], then rule: ZoneRule) {
        guard rule.daylight != nil else {
            var changes = listed
            // Without a change in the file the rule repeats what its only type says.
            if changes.isEmpty { changes.append(Change(start: 0, offset: rule.standardOffset)) }
            self.init(initialOffset: initialOffset, listed: changes)
            return
        }
        let lastListed = listed.last?.start ?? -62_135_596_800  // The year 1, when nothing is listed.
        let firstYear = LocalDateTime(wallSeconds: max(lastListed, -62_135_596_800)).date.year
        var changes = listed
        // One cycle, and two years at either end, so that every instant in it has a change on both sides.
        for year in firstYear...(firstYear + 404) {
            changes += rule.changes(in: year).filter { $0.start > lastListed }
        }
        let cycleYear = LocalDate(uncheckedYear: firstYear + 2, month: 1, day: 1)
        self.init(
            initialOffset: initialOffset, changes: Self.merged(changes, after: initialOffset),
            cycleStart: Int64(cycleYear.daysSince1970) * 86_400)
    }

    /// Sorted, without the changes that change no offset (only a name, or whether it is called summer time).
    private static func merged(_ changes: [Change], after initialOffset: Int) -> [Change] {
        var merged: [Change] = []
        for change in changes {
            // Two changes at one instant (summer time all year round): the later in the list holds.
            if let last = merged.last, last.start == change.start { merged.removeLast() }
            if change.offset != merged.last?.offset ?? initialOffset { merged.append(change) }
        }
        return merged
    }
}

extension Zone {
    /// The machine's own zone, UTC when it names none. For output on a terminal only: what is stored and reported is
    /// in the publication's zone.
    public static var system: Zone {
        // Not losing an error: a machine with an unknown zone still has to print times, and UTC is said with them.
        (try? named(ZoneFile.systemName())) ?? .utc
    }
}
