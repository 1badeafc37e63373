/// The segment that is written to, and how far it is whole. Whoever holds it writes alone.
struct SpoolFile: Sendable {
    let segment: SpoolSegment
    private let descriptor: Descriptor
    /// Behind the last record that is on the disk for certain.
    private(set) var end: Int
    /// False when the segment must not be written to any more, because nobody knows what is behind its end.
    private(set) var isSound = true

    /// Makes a segment. It, its name in the folder, and what names its form are on the disk when this returns.
    init(new segment: SpoolSegment) throws(SpoolError) {
        self.segment = segment
        descriptor = try Descriptor(segment.path, for: .create)
        end = 0
        do throws(SpoolError) {
            try append(SpoolSegment.magic)
            try Descriptor.flush(folder: segment.folder)
        } catch {
            close()
            // The first failure is what is told.
            try? Descriptor.remove(segment.path)
            throw error
        }
    }

    /// Opens a segment to go on behind its last whole record; what is torn there is cut off.
    init(_ segment: SpoolSegment, cutAt end: Int) throws(SpoolError) {
        self.segment = segment
        self.end = end
        descriptor = try Descriptor(segment.path, for: .write)
        do throws(SpoolError) {
            try descriptor.cut(at: end)
            try descriptor.flush()
        } catch {
            close()
            throw error
        }
    }

    /// Whether it holds records.
    var isBegun: Bool { end > SpoolSegment.magic.count }

    /// Writes bytes behind the end; they are on the disk when this returns. When it throws, nothing is behind the end,
    /// or the segment is unsound.
    mutating func append(_ bytes: [UInt8]) throws(SpoolError) {
        do throws(SpoolError) {
            try descriptor.write(bytes, at: end)
        } catch {
            do throws(SpoolError) { try descriptor.cut(at: end) } catch { isSound = false }
            throw error
        }
        do throws(SpoolError) {
            try descriptor.flush()
        } catch {
            // The kernel may have dropped what it couldn't write, and says so once.
            isSound = false
            throw error
        }
        end += bytes.count
    }

    func close() { descriptor.closeNow() }
}
