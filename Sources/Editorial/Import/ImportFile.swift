/// A file that somebody wants in: its name inside the folder and its bytes.
public struct ImportFile: Sendable {
    public let name: String
    public let bytes: [UInt8]
    /// Pictures the file names by the SHA-256 of their bytes, in hexadecimal, as they lay beside it.
    public let media: [String: [UInt8]]
    /// What turning it into a file left open.
    let owed: [Owed]

    /// Something the file doesn't say and nobody invents.
    struct Owed: Hashable, Sendable {
        let kind: Debt.Kind
        let detail: String

        init(_ kind: Debt.Kind, _ detail: String) {
            self.kind = kind
            self.detail = detail
        }
    }

    public init(name: String, bytes: [UInt8], media: [String: [UInt8]] = [:]) {
        self.init(name: name, bytes: bytes, media: media, owed: [])
    }

    init(name: String, bytes: [UInt8], media: [String: [UInt8]] = [:], owed: [Owed]) {
        self.name = name
        self.bytes = bytes
        self.media = media
        self.owed = owed
    }

    /// Longest file, in bytes: a text of a megabyte and room for its front matter.
    public static let longest = 1 << 21
}

/// Why a file was left out. `reason` is for the person who has the file in front of him.
public struct ImportRefusal: Error, Sendable, Hashable {
    public let name: String
    public let reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}
