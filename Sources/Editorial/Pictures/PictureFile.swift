/// A picture's file after a look inside: what it is, how large, and without what it tells about the photographer.
///
/// A photo from a telephone says where and when it was taken, and with which device: published, that leads to a source's
/// door. JPEG, PNG and WebP are therefore rewritten without such data before they are stored (the picture itself isn't
/// touched, and which way is up stays). GIF has no place for it in common use. AVIF can't be rewritten that simply, so
/// one that carries such data is refused.
public struct PictureFile: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case png, jpeg, gif, webp, avif

        /// As in `editorial.media.type`.
        public var mediaType: String { "image/\(rawValue)" }
    }

    /// What was taken out of a file.
    public enum Removed: String, Sendable, CaseIterable {
        /// Where it was taken.
        case location
        /// Everything else a camera or a program wrote beside the picture.
        case cameraData = "camera data"
    }

    /// Longest file in bytes, as the database has it.
    public static let longest = 20 << 20
    /// Below this no picture of any format is whole; the database asks the same.
    static let shortest = 12

    public let name: String
    public let format: Format
    /// What is to be stored.
    public let bytes: [UInt8]
    /// In pixels, the way it is shown; nil where the file doesn't say in a way we read.
    public let size: Size?
    /// What the given file held and `bytes` don't.
    public let removed: [Removed]
    /// True when the place where it was taken is still in there, because that was asked for.
    public let tellsLocation: Bool

    public struct Size: Sendable, Hashable {
        public let width: Int
        public let height: Int
    }

    /// - Parameters:
    ///   - name: the file's name, for people.
    ///   - keepsLocation: leaves the bytes as they are.
    /// - Throws: ``EditorialError/pictureRefused(_:_:)``.
    public init(name: String, bytes: [UInt8], keepsLocation: Bool = false) throws(EditorialError) {
        do throws(PictureFault) {
            let read = try Self.read(bytes)
            let format = read.format
            guard !(format == .avif && read.tellsMore && !keepsLocation) else { throw .cannotStrip(.avif) }
            self.name = name
            self.format = format
            self.bytes = keepsLocation ? bytes : read.clean
            size = read.size
            tellsLocation = keepsLocation && read.tellsLocation
            var removed: [Removed] = []
            if !keepsLocation, read.tellsLocation { removed.append(.location) }
            if !keepsLocation, read.tellsMore { removed.append(.cameraData) }
            self.removed = removed
        } catch {
            throw .pictureRefused(name, error)
        }
    }

    /// What a reader of one format found.
    struct Reading {
        let format: Format
        var size: Size?
        var clean: [UInt8]
        var tellsLocation = false
        var tellsMore = false
    }

    private static func read(_ bytes: [UInt8]) throws(PictureFault) -> Reading {
        guard bytes.count <= longest else { throw .tooLarge(bytes: bytes.count) }
        guard !isSVG(bytes) else { throw .svg }
        let octets = Octets(bytes)
        if octets.begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return try PNGFile.read(octets) }
        if octets.begins([0xFF, 0xD8, 0xFF]) { return try JPEGFile.read(octets) }
        if octets.begins(Array("GIF8".utf8)) { return try GIFFile.read(octets) }
        if octets.begins(Array("RIFF".utf8)), octets.has("WEBP", at: 8) { return try WebPFile.read(octets) }
        if octets.has("ftypavif", at: 4) { return try AVIFFile.read(octets) }
        throw .unknownFormat
    }

    /// SVG is a program in the page: it runs scripts and loads what it likes. Named, because people try it.
    private static func isSVG(_ bytes: [UInt8]) -> Bool {
        let start = String(decoding: bytes.prefix(1_024), as: UTF8.self).lowercased()
        guard start.drop(while: { $0.isWhitespace || $0 == "\u{feff}" }).hasPrefix("<") else { return false }
        return start.contains("<svg") || start.contains("<!doctype svg")
    }
}

/// Why a file can't be a picture here.
public enum PictureFault: Error, Equatable, Sendable {
    case svg
    case unknownFormat
    case tooLarge(bytes: Int)
    /// It ends before the picture does.
    case truncated(PictureFile.Format)
    case malformed(PictureFile.Format, String)
    /// It carries data about its making that can't be taken out of this format.
    case cannotStrip(PictureFile.Format)
}

/// Bytes read at a place, nil beyond the end.
struct Octets {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    func begins(_ start: [UInt8]) -> Bool { bytes.starts(with: start) }

    func has(_ text: String, at place: Int) -> Bool {
        let wanted = Array(text.utf8)
        guard place >= 0, place + wanted.count <= bytes.count else { return false }
        return bytes[place..<place + wanted.count].elementsEqual(wanted)
    }

    /// A number of `width` bytes, most significant first.
    func big(_ width: Int, at place: Int) -> Int? {
        guard place >= 0, place + width <= bytes.count else { return nil }
        return bytes[place..<place + width].reduce(0) { $0 << 8 | Int($1) }
    }

    /// A number of `width` bytes, least significant first.
    func little(_ width: Int, at place: Int) -> Int? {
        guard place >= 0, place + width <= bytes.count else { return nil }
        return bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether the text stands anywhere in the range.
    func contains(_ text: String, in range: Range<Int>) -> Bool { place(of: text, in: range) != nil }

    func place(of text: String, in range: Range<Int>) -> Int? {
        let wanted = Array(text.utf8)
        let end = min(range.upperBound, bytes.count) - wanted.count
        guard let first = wanted.first, range.lowerBound <= end else { return nil }
        for place in range.lowerBound...end where bytes[place] == first && has(text, at: place) { return place }
        return nil
    }
}
