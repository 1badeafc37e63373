/// What the journal refuses.
public enum JournalError: Error, Equatable {
    /// The key has answered another request already: a caller that reuses keys would get somebody else's answer.
    case keyUsedForAnotherRequest(key: String)
    /// A key has 1 to 255 bytes.
    case badKey(String)
    /// This isn't an anchor that this version wrote, or somebody changed it since.
    case badAnchor(line: Int, reason: String)
}
