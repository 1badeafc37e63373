/// A file that somebody wants in: its name inside the folder and its bytes.
public struct ImportFile: Sendable {
    public let name: String
    public let bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Longest file, in bytes: a text of a megabyte and room for its front matter.
    static let longest = 1 << 21
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
