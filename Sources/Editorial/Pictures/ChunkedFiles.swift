/// PNG (W3C, third edition): a signature, then chunks.
enum PNGFile {
    /// Chunks of words, time and Exif; the rest makes the picture.
    private static let telling: Set<String> = ["eXIf", "tEXt", "zTXt", "iTXt", "tIME"]

    static func read(_ octets: Octets) throws(PictureFault) -> PictureFile.Reading {
        var reading = PictureFile.Reading(format: .png, clean: Array(octets.bytes[..<8]))
        var place = 8
        var hasData = false
        while true {
            guard let length = octets.big(4, at: place), place + 8 <= octets.count else { throw .truncated(.png) }
            let payload = place + 8
            let end = payload + length + 4
            guard end <= octets.count else { throw .truncated(.png) }
            let type = String(decoding: octets.bytes[place + 4..<payload], as: UTF8.self)
            if reading.size == nil {
                guard type == "IHDR", let width = octets.big(4, at: payload),
                    let height = octets.big(4, at: payload + 4),
                    (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height)
                else { throw .malformed(.png, "it doesn't begin with its width and height") }
                reading.size = PictureFile.Size(width: width, height: height)
            }
            if telling.contains(type) {
                reading.tellsMore = true
                let hasGPS = octets.contains("GPSL", in: payload..<end)
                if hasGPS || TIFF(octets, payload..<end - 4).hasLocation { reading.tellsLocation = true }
            } else {
                reading.clean += octets.bytes[place..<end]
            }
            hasData = hasData || type == "IDAT"
            place = end
            guard type != "IEND" else { break }
        }
        guard hasData else { throw .malformed(.png, "there is no picture in it") }
        if place < octets.count { reading.tellsMore = true }
        return reading
    }
}

/// WebP (RFC 9649): RIFF chunks.
enum WebPFile {
    static func read(_ octets: Octets) throws(PictureFault) -> PictureFile.Reading {
        guard let length = octets.little(4, at: 4), length >= 4, 8 + length <= octets.count else {
            throw .truncated(.webp)
        }
        var reading = PictureFile.Reading(format: .webp, clean: Array(octets.bytes[..<12]))
        reading.tellsMore = 8 + length + 1 < octets.count
        var place = 12
        var hasData = false
        while place < 8 + length {
            guard let size = octets.little(4, at: place + 4) else { throw .truncated(.webp) }
            let payload = place + 8
            // Chunks are padded to even lengths; the last one's padding is sometimes missing.
            let end = min(payload + size + size % 2, octets.count)
            guard payload + size <= octets.count else { throw .truncated(.webp) }
            switch String(decoding: octets.bytes[place..<place + 4], as: UTF8.self) {
            case "EXIF", "XMP ":
                reading.tellsMore = true
                let exif = size >= 6 && octets.has("Exif\0\0", at: payload) ? payload + 6 : payload
                if octets.contains("GPSL", in: payload..<end) || TIFF(octets, exif..<end).hasLocation {
                    reading.tellsLocation = true
                }
            case let type:
                guard type != "VP8X" || size >= 10 else { throw .malformed(.webp, "its header is too short") }
                hasData = hasData || ["VP8 ", "VP8L", "ANMF"].contains(type)
                if reading.size == nil { reading.size = Self.size(octets, type, payload) }
                let start = reading.clean.count
                reading.clean += octets.bytes[place..<end]
                // Its flags say whether Exif and XMP follow.
                if type == "VP8X" { reading.clean[start + 8] &= ~0x0C }
            }
            place = end
        }
        guard hasData, reading.size != nil else { throw .malformed(.webp, "there is no picture in it") }
        let written = reading.clean.count - 8
        for byte in 0..<4 { reading.clean[4 + byte] = UInt8(truncatingIfNeeded: written >> (8 * byte)) }
        return reading
    }

    private static func size(_ octets: Octets, _ type: String, _ payload: Int) -> PictureFile.Size? {
        switch type {
        case "VP8X":
            guard let width = octets.little(3, at: payload + 4), let height = octets.little(3, at: payload + 7) else {
                return nil
            }
            return PictureFile.Size(width: width + 1, height: height + 1)
        case "VP8L":
            guard octets.big(1, at: payload) == 0x2F, let bits = octets.little(4, at: payload + 1) else { return nil }
            return PictureFile.Size(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
        case "VP8 ":
            guard octets.big(3, at: payload + 3) == 0x9D012A, let width = octets.little(2, at: payload + 6),
                let height = octets.little(2, at: payload + 8), width & 0x3FFF > 0, height & 0x3FFF > 0
            else { return nil }
            return PictureFile.Size(width: width & 0x3FFF, height: height & 0x3FFF)
        default: return nil
        }
    }
}

/// GIF (87a and 89a): blocks up to a trailer.
enum GIFFile {
    static func read(_ octets: Octets) throws(PictureFault) -> PictureFile.Reading {
        guard octets.has("87a", at: 3) || octets.has("89a", at: 3) else {
            throw .malformed(.gif, "it is of no version there is")
        }
        guard let width = octets.little(2, at: 6), let height = octets.little(2, at: 8),
            let flags = octets.big(1, at: 10)
        else { throw .truncated(.gif) }
        guard width > 0, height > 0 else { throw .malformed(.gif, "it has no width or no height") }
        var place = 13 + table(flags)
        var hasImage = false
        while true {
            switch octets.big(1, at: place) {
            case 0x3B:
                guard hasImage else { throw .malformed(.gif, "there is no picture in it") }
                return PictureFile.Reading(
                    format: .gif, size: PictureFile.Size(width: width, height: height),
                    clean: Array(octets.bytes[...place]), tellsMore: place + 1 < octets.count)
            case 0x21: place = try blocks(octets, from: place + 2)
            case 0x2C:
                guard let local = octets.big(1, at: place + 9) else { throw .truncated(.gif) }
                hasImage = true
                place = try blocks(octets, from: place + 11 + table(local))
            case nil: throw .truncated(.gif)
            default: throw .malformed(.gif, "a block doesn't begin as one")
            }
        }
    }

    /// The length of the colour table that these flags announce.
    private static func table(_ flags: Int) -> Int { flags & 0x80 == 0 ? 0 : 3 << (flags & 7 + 1) }

    /// Past a run of sub-blocks.
    private static func blocks(_ octets: Octets, from start: Int) throws(PictureFault) -> Int {
        var place = start
        while true {
            guard let length = octets.big(1, at: place) else { throw .truncated(.gif) }
            place += 1 + length
            if length == 0 { return place }
        }
    }
}

/// AVIF: boxes of ISO/IEC 14496-12.
enum AVIFFile {
    static func read(_ octets: Octets) throws(PictureFault) -> PictureFile.Reading {
        var reading = PictureFile.Reading(format: .avif, clean: octets.bytes)
        var place = 0
        var types: Set<String> = []
        while place < octets.count {
            guard var length = octets.big(4, at: place), place + 8 <= octets.count else { throw .truncated(.avif) }
            // 0 is "to the end", 1 a length of eight bytes behind the type.
            if length == 0 { length = octets.count - place }
            if length == 1 {
                guard let long = octets.big(4, at: place + 12), octets.big(4, at: place + 8) == 0 else {
                    throw .truncated(.avif)
                }
                length = long
            }
            guard length >= 8 else { throw .malformed(.avif, "a box has no length") }
            let end = place + length
            guard end <= octets.count else { throw .truncated(.avif) }
            let type = String(decoding: octets.bytes[place + 4..<place + 8], as: UTF8.self)
            types.insert(type)
            if type == "meta" { look(octets, place..<end, &reading) }
            place = end
        }
        guard types.isSuperset(of: ["meta", "mdat"]) else { throw .malformed(.avif, "there is no picture in it") }
        return reading
    }

    /// Sizes are in `ispe` boxes, the picture's own the largest; Exif and XMP are items of their own.
    private static func look(_ octets: Octets, _ range: Range<Int>, _ reading: inout PictureFile.Reading) {
        var from = range.lowerBound
        while let place = octets.place(of: "ispe", in: from..<range.upperBound) {
            if let width = octets.big(4, at: place + 8), let height = octets.big(4, at: place + 12),
                (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height),
                width * height > (reading.size.map { $0.width * $0.height } ?? 0)
            {
                reading.size = PictureFile.Size(width: width, height: height)
            }
            from = place + 4
        }
        reading.tellsMore =
            octets.contains("Exif", in: range) || octets.contains("application/rdf+xml", in: range)
        reading.tellsLocation = reading.tellsMore
    }
}
