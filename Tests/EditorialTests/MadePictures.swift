import Editorial
import Foundation
import Postgres
import TestDatabase
import Testing
import Values

/// Files made byte by byte, so that what is in them is known.
enum MadePictures {
    private static func big(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(value >> (8 * $0) & 0xFF) }
    }

    private static func little(_ value: Int, _ width: Int) -> [UInt8] { big(value, width).reversed() }

    private static func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        big(payload.count, 4) + Array(type.utf8) + payload + [0, 0, 0, 0]
    }

    static func png(_ width: Int = 640, _ height: Int = 480, seed: UInt8 = 0, telling: Bool = false) -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file += chunk("IHDR", big(width, 4) + big(height, 4) + [8, 6, 0, 0, 0])
        if telling {
            file += chunk("tEXt", Array("Author\0Somebody".utf8)) + chunk("eXIf", exif(orientation: 1, gps: true))
        }
        return file + chunk("IDAT", [seed, 1, 2, 3]) + chunk("IEND", [])
    }

    /// TIFF with an orientation, the camera's name, and the place if wanted.
    static func exif(orientation: Int, gps: Bool) -> [UInt8] {
        func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
            little(tag, 2) + little(type, 2) + little(count, 4) + value
        }
        var entries = [
            entry(0x010F, 2, 4, Array("ACME".utf8)), entry(0x0112, 3, 1, little(orientation, 2) + [0, 0]),
        ]
        if gps { entries.append(entry(0x8825, 4, 1, little(64, 4))) }
        return Array("II*\0".utf8) + little(8, 4) + little(entries.count, 2) + entries.flatMap { $0 } + [0, 0, 0, 0]
            + Array("GPS-SECRET-PLACE".utf8)
    }

    private static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker] + big(payload.count + 2, 2) + payload
    }

    /// A JPEG as a telephone makes it; the scan holds a stuffed FF and a restart marker.
    static func jpeg(
        _ width: Int = 800, _ height: Int = 600, orientation: Int = 1, gps: Bool = true, trailing: [UInt8] = []
    ) -> [UInt8] {
        let start: [UInt8] = [0xFF, 0xD8] + segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0])
        let told = segment(0xE1, Array("Exif\0\0".utf8) + exif(orientation: orientation, gps: gps))
        let frame = segment(0xC0, [8] + big(height, 2) + big(width, 2) + [1, 1, 0x11, 0])
        let scan = segment(0xDA, [1, 1, 0, 0, 63, 0]) + [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56, 0xFF, 0xD9]
        return start + told + frame + scan + trailing
    }

    /// From the wild: the smallest files of their kinds, one pixel each.
    static let real: [(format: PictureFile.Format, base64: String)] = [
        (.gif, "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
        (
            .png,
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        ),
        (.webp, "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"),
        (.webp, "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="),
        (
            .jpeg,
            "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8Q"
                + "EBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
        ),
    ]

    static func webp(telling: Bool) -> [UInt8] {
        func chunk(_ type: String, _ payload: [UInt8]) -> [UInt8] {
            Array(type.utf8) + little(payload.count, 4) + payload + (payload.count.isMultiple(of: 2) ? [] : [0])
        }
        var chunks = chunk("VP8X", [telling ? 0x0C : 0, 0, 0, 0] + little(299, 3) + little(199, 3))
        chunks += chunk("VP8L", [0x2F, 0, 0, 0, 0x10, 7, 0x10])
        if telling { chunks += chunk("EXIF", exif(orientation: 1, gps: true)) + chunk("XMP ", Array("<x/>".utf8)) }
        return Array("RIFF".utf8) + little(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks
    }

    static func avif(telling: Bool) -> [UInt8] {
        func box(_ type: String, _ payload: [UInt8]) -> [UInt8] {
            big(payload.count + 8, 4) + Array(type.utf8) + payload
        }
        let size = box("ispe", [0, 0, 0, 0] + big(320, 4) + big(240, 4))
        let item = telling ? box("infe", [2, 0, 0, 0, 0, 1, 0, 0] + Array("Exif\0".utf8)) : []
        return box("ftyp", Array("avif".utf8) + [0, 0, 0, 0] + Array("mif1".utf8))
            + box("meta", [0, 0, 0, 0] + size + item)
            + box("mdat", [1, 2, 3])
    }
}

extension Desk {
    /// A picture of the house; of another seed, another picture.
    func image(
        _ name: String = "dam.png", seed: UInt8 = 0, as who: String = "writer",
        _ change: @escaping @Sendable (inout Image.Change) -> Void = { $0.complete() }
    ) async throws -> Image {
        let file = try PictureFile(name: name, bytes: MadePictures.png(seed: seed))
        return try await act(who) { db, actor in
            var words = Image.Change()
            change(&words)
            return try AddImage(file, words, by: actor).perform(db).image
        }
    }

    func edit(_ id: ID<Image>, _ change: @escaping @Sendable (inout Image.Change) -> Void) async throws -> Image {
        try await act("writer") { db, actor in
            var words = Image.Change()
            change(&words)
            return try EditImage(id, words, by: actor).perform(db)
        }
    }

    /// A save that is about more than the body.
    @discardableResult
    func change(
        _ id: ID<Article>, as name: String = "writer", base: SaveRevision.Base? = .latest,
        _ change: @escaping @Sendable (inout SaveRevision.Change) -> Void
    ) async throws -> SaveRevision.Saved {
        try await act(name) { db, actor in
            var wanted = SaveRevision.Change()
            change(&wanted)
            return try SaveRevision(id, wanted, base: base, by: actor).perform(db)
        }
    }

    /// The names of the rules of pictures that keep a text in.
    func pictureBlocks(_ id: ID<Article>) async throws -> [String] {
        let found = try await test.app.read { db in
            try db.rows(
                """
                SELECT b.rule, b.message, b.overridable FROM editorial.article a, editorial.blocks(a.id, a.head) b \
                WHERE a.id = \(id) AND b.rule LIKE 'image%'
                """
            ) { (try $0.next(String.self), try $0.next(String.self), try $0.next(Bool.self)) }
        }
        #expect(found.allSatisfy { !$0.2 }, "no picture is overridden")
        return found.map { "\($0.0): \($0.1)" }
    }
}

extension Image.Change {
    /// Everything a page needs.
    mutating func complete() {
        alt = "A dry valley with a sign"
        caption = "The valley in March"
        photographer = "Ann Example"
        agency = "Example Press"
    }
}
