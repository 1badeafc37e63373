import Editorial
import Foundation
import Testing

struct PictureFileTests {
    private func fault(_ bytes: [UInt8], keeps: Bool = false) -> PictureFault? {
        do {
            _ = try PictureFile(name: "x", bytes: bytes, keepsLocation: keeps)
            return nil
        } catch EditorialError.pictureRefused("x", let fault) { return fault } catch {
            Issue.record("\(error)")
            return nil
        }
    }

    private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        Data(bytes).range(of: Data(text.utf8)) != nil
    }

    @Test func aPicturesWidthAndHeightAreReadFromItsBytes() throws {
        let made: [([UInt8], PictureFile.Format, Int, Int)] = [
            (MadePictures.png(640, 480), .png, 640, 480), (MadePictures.jpeg(800, 600), .jpeg, 800, 600),
            (MadePictures.webp(telling: false), .webp, 300, 200), (MadePictures.avif(telling: false), .avif, 320, 240),
        ]
        for (bytes, format, width, height) in made {
            let file = try PictureFile(name: "lies.txt", bytes: bytes)
            #expect(file.format == format)
            #expect(file.size?.width == width, "\(format)")
            #expect(file.size?.height == height, "\(format)")
        }
        for (format, base64) in MadePictures.real {
            let bytes = [UInt8](try #require(Data(base64Encoded: base64)))
            let file = try PictureFile(name: "x", bytes: bytes)
            #expect(file.format == format)
            #expect(file.size?.width == 1 && file.size?.height == 1, "\(format)")
        }
    }

    @Test func aTurnedPhotoIsAsWideAsItIsShown() throws {
        let file = try PictureFile(name: "x", bytes: MadePictures.jpeg(800, 600, orientation: 6))
        #expect(file.size?.width == 600)
        #expect(file.size?.height == 800)
        // Which way is up stays in the file: read again it is the same.
        let again = try PictureFile(name: "x", bytes: file.bytes)
        #expect(again.size == file.size)
        #expect(again.bytes == file.bytes)
    }

    @Test func thePlaceWhereAPhotoWasTakenIsTakenOutOfIt() throws {
        for bytes in [
            MadePictures.jpeg(), MadePictures.png(telling: true), MadePictures.webp(telling: true),
        ] {
            #expect(contains(bytes, "GPS-SECRET-PLACE"))
            let file = try PictureFile(name: "x", bytes: bytes)
            #expect(file.removed.contains(.location))
            #expect(!file.tellsLocation)
            for word in ["GPS-SECRET-PLACE", "ACME", "Somebody", "<x/>"] { #expect(!contains(file.bytes, word)) }
            let again = try PictureFile(name: "x", bytes: file.bytes)
            #expect(again.removed == [])
        }
    }

    @Test func whatFollowsAPhotosEndGoesToo() throws {
        let file = try PictureFile(name: "x", bytes: MadePictures.jpeg(trailing: MadePictures.jpeg()))
        #expect(!contains(file.bytes, "GPS-SECRET-PLACE"))
        #expect(file.bytes.suffix(2) == [0xFF, 0xD9])
    }

    @Test func whoAsksForItKeepsThePlace() throws {
        let bytes = MadePictures.jpeg()
        let file = try PictureFile(name: "x", bytes: bytes, keepsLocation: true)
        #expect(file.bytes == bytes)
        #expect(file.removed == [])
        #expect(file.tellsLocation)
    }

    @Test func aFileWithoutSuchDataIsKeptToTheByte() throws {
        for bytes in [MadePictures.png(), MadePictures.webp(telling: false), MadePictures.avif(telling: false)] {
            let file = try PictureFile(name: "x", bytes: bytes)
            #expect(file.bytes == bytes)
            #expect(file.removed == [])
        }
    }

    @Test func svgIsRefusedByName() {
        for text in [
            "<svg xmlns='http://www.w3.org/2000/svg'/>", "\u{feff}\n <?xml version='1.0'?><svg/>",
            "<!DOCTYPE svg PUBLIC ''><SVG></SVG>",
        ] { #expect(fault(Array(text.utf8)) == .svg) }
    }

    @Test func everyTruncatedFileIsRefused() {
        let files: [([UInt8], PictureFile.Format)] = [
            (MadePictures.png(), .png), (MadePictures.jpeg(), .jpeg), (MadePictures.webp(telling: true), .webp),
            (MadePictures.avif(telling: false), .avif),
            (MadePictures.real.first.flatMap { Data(base64Encoded: $0.base64) }.map { [UInt8]($0) } ?? [], .gif),
        ]
        for (bytes, format) in files {
            #expect(fault(bytes) == nil, "\(format)")
            for length in 0..<bytes.count {
                #expect(fault(Array(bytes.prefix(length))) != nil, "\(format) cut to \(length) of \(bytes.count)")
            }
        }
    }

    @Test func garbageIsRefusedAndNeverStopsTheProgram() {
        #expect(fault(Array("hello, this is no picture".utf8)) == .unknownFormat)
        #expect(fault([]) == .unknownFormat)
        var random = SystemRandomNumberGenerator()
        let whole = [
            MadePictures.png(telling: true), MadePictures.jpeg(), MadePictures.webp(telling: true),
            MadePictures.avif(telling: true), [UInt8](Data(base64Encoded: MadePictures.real[0].base64) ?? Data()),
        ]
        for _ in 0..<3_000 {
            var bytes = whole.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // What comes out is a picture or a refusal; both are fine, a crash isn't.
            _ = fault(bytes)
        }
    }

    @Test func aFileOfMoreThanTwentyMebibytesIsRefused() {
        #expect(
            fault(MadePictures.png() + Array(repeating: 0, count: 20 << 20))
                == .tooLarge(bytes: (20 << 20) + MadePictures.png().count))
    }

    @Test func anAvifThatTellsMoreIsRefusedUnlessAskedFor() throws {
        #expect(fault(MadePictures.avif(telling: true)) == .cannotStrip(.avif))
        #expect(fault(MadePictures.avif(telling: true), keeps: true) == nil)
    }
}
