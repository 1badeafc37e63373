/// Why a spool can't take or give records.
public enum SpoolError: Error, Equatable, Sendable {
    /// No room on the disk: nothing was taken. Trying again is right.
    case full(path: String)
    /// More is waiting to be written than memory is given for. Trying again is right.
    case overloaded(limit: Int)
    case tooLarge(Int, limit: Int)
    /// Another process writes to this spool.
    case inUse(path: String)
    /// A segment ends before the next one begins: records that were acknowledged are lost behind this byte.
    case damaged(path: String, at: Int)
    /// The segment that a cursor is in was removed.
    case gone(path: String)
    /// The system's reason, in its words.
    case refused(path: String, reason: String)
    case closed
}
