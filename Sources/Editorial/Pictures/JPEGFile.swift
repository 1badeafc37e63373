/// JPEG (ITU-T T.81): segments, then scans, then the end.
enum JPEGFile {
    /// Walks the segments and copies those that belong to the picture. Left out: APP1 (Exif and XMP, which hold place,
    /// time, device and a small picture that may show what was cropped away), APP2 of multi-picture files, and what
    /// stands after the end (those pictures, each with an Exif of its own).
    static func read(_ octets: Octets) throws(PictureFault) -> PictureFile.Reading {
        var walk = Walk(octets)
        while try walk.step() {}
        guard let size = walk.size else { throw .malformed(.jpeg, "it doesn't say how large it is") }
        var reading = PictureFile.Reading(format: .jpeg, size: size, clean: walk.kept)
        if walk.orientation >= 5 { reading.size = PictureFile.Size(width: size.height, height: size.width) }
        reading.tellsLocation = walk.tellsLocation
        reading.tellsMore = walk.tellsMore
        return reading
    }

    private struct Walk {
        let octets: Octets
        var place = 2
        var kept: [UInt8] = [0xFF, 0xD8]
        var size: PictureFile.Size?
        var orientation = 1
        var tellsLocation = false
        var tellsMore = false

        init(_ octets: Octets) { self.octets = octets }

        /// One segment; false at the end of the picture.
        mutating func step() throws(PictureFault) -> Bool {
            guard place + 1 < octets.count else { throw .truncated(.jpeg) }
            guard octets.bytes[place] == 0xFF else { throw .malformed(.jpeg, "a segment doesn't begin as one") }
            let marker = octets.bytes[place + 1]
            switch marker {
            case 0xFF: place += 1
            case 0xD9:
                kept += [0xFF, 0xD9]
                if place + 2 < octets.count { tellsMore = true }
                return false
            case 0x01, 0xD0...0xD7:
                kept += [0xFF, marker]
                place += 2
            default: try segment(marker)
            }
            return true
        }

        private mutating func segment(_ marker: UInt8) throws(PictureFault) {
            guard let length = octets.big(2, at: place + 2) else { throw .truncated(.jpeg) }
            guard length >= 2 else { throw .malformed(.jpeg, "a segment has no length") }
            let end = place + 2 + length
            guard end <= octets.count else { throw .truncated(.jpeg) }
            let payload = place + 4
            switch marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = octets.big(2, at: payload + 1), let width = octets.big(2, at: payload + 3),
                    height > 0, width > 0
                else { throw .malformed(.jpeg, "it has no width or no height") }
                size = PictureFile.Size(width: width, height: height)
                kept += octets.bytes[place..<end]
            case 0xE1: application(payload..<end)
            case 0xE2 where octets.has("MPF\0", at: payload): tellsMore = true
            default: kept += octets.bytes[place..<end]
            }
            place = end
            if marker == 0xDA { try scan() }
        }

        private mutating func application(_ range: Range<Int>) {
            if range.count >= 6, octets.has("Exif\0\0", at: range.lowerBound) {
                let exif = TIFF(octets, range.lowerBound + 6..<range.upperBound)
                if exif.hasLocation { tellsLocation = true }
                if let turned = exif.orientation, (2...8).contains(turned), orientation == 1 {
                    orientation = turned
                    let said = TIFF.segment(orientation: turned)
                    kept += said
                    // Nothing more was in it.
                    if octets.bytes[range].elementsEqual(said.dropFirst(4)) { return }
                }
            } else if octets.contains("GPSL", in: range) {
                tellsLocation = true
            }
            tellsMore = true
        }

        /// Entropy-coded data: an FF in it is followed by 00 or a restart marker; anything else is the next segment.
        private mutating func scan() throws(PictureFault) {
            let start = place
            while place + 1 < octets.count {
                if octets.bytes[place] == 0xFF {
                    let next = octets.bytes[place + 1]
                    if next != 0, !(0xD0...0xD7).contains(next) {
                        kept += octets.bytes[start..<place]
                        return
                    }
                    place += 1
                }
                place += 1
            }
            throw .truncated(.jpeg)
        }
    }
}

/// The part of Exif that matters here: TIFF 6.0's first directory.
struct TIFF {
    private(set) var orientation: Int?
    private(set) var hasLocation = false

    init(_ octets: Octets, _ range: Range<Int>) {
        let isLittle = octets.has("II", at: range.lowerBound)
        guard isLittle || octets.has("MM", at: range.lowerBound) else { return }
        func number(_ width: Int, _ place: Int) -> Int? {
            let at = range.lowerBound + place
            guard place >= 0, at + width <= range.upperBound else { return nil }
            return isLittle ? octets.little(width, at: at) : octets.big(width, at: at)
        }
        guard let first = number(4, 4), let count = number(2, first) else { return }
        for entry in 0..<count {
            let place = first + 2 + entry * 12
            guard let tag = number(2, place) else { return }
            if tag == 0x0112 { orientation = number(2, place + 8) }
            if tag == 0x8825 { hasLocation = true }
        }
    }

    /// An APP1 segment that says which way is up and nothing else.
    static func segment(orientation: Int) -> [UInt8] {
        let directory: [UInt8] = [
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(clamping: orientation), 0, 0, 0, 0, 0, 0,
        ]
        let payload = Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8] + directory
        return [0xFF, 0xE1, 0, UInt8(clamping: payload.count + 2)] + payload
    }
}
