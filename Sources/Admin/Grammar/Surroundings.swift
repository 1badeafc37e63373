import FoundationEssentials
public import Terminal
public import Values

/// What a run of the program can see and touch outside the database. The process has one; a test makes its own.
public struct Surroundings: Sendable {
    /// Environment variables.
    public var environment: [String: String]
    /// Reads standard input: up to so many bytes, empty at the end.
    public var read: @Sendable (Int) throws(StreamError) -> [UInt8]
    /// Writes data lines.
    public var write: @Sendable ([UInt8]) throws(StreamError) -> Void
    /// Writes messages for people.
    public var writeMessage: @Sendable ([UInt8]) throws(StreamError) -> Void
    public var inputIsTerminal: Bool
    public var outputIsTerminal: Bool
    public var messagesAreSeen: Bool
    /// Width of the terminal that shows the output.
    public var columns: Int?
    /// The wall clock, for relative times and nothing else.
    public var now: @Sendable () -> Timestamp
    /// The folder that relative paths begin at.
    public var folder = "."
    /// The system user the process runs as; recorded with every act.
    public var systemUser: String

    public init(
        environment: [String: String], read: @escaping @Sendable (Int) throws(StreamError) -> [UInt8],
        write: @escaping @Sendable ([UInt8]) throws(StreamError) -> Void,
        writeMessage: @escaping @Sendable ([UInt8]) throws(StreamError) -> Void, inputIsTerminal: Bool = false,
        outputIsTerminal: Bool = false, messagesAreSeen: Bool = false, columns: Int? = nil,
        now: @escaping @Sendable () -> Timestamp, systemUser: String
    ) {
        self.environment = environment
        self.read = read
        self.write = write
        self.writeMessage = writeMessage
        self.inputIsTerminal = inputIsTerminal
        self.outputIsTerminal = outputIsTerminal
        self.messagesAreSeen = messagesAreSeen
        self.columns = columns
        self.now = now
        self.systemUser = systemUser
    }

    /// The process's own streams, environment and clock.
    public static func process(environment: [String: String]) -> Surroundings {
        Surroundings(
            environment: environment,
            read: { limit throws(StreamError) in try StandardStream.input.read(atMost: limit) },
            write: { bytes throws(StreamError) in try StandardStream.output.write(bytes) },
            writeMessage: { bytes throws(StreamError) in try StandardStream.error.write(bytes) },
            inputIsTerminal: StandardStream.input.isTerminal, outputIsTerminal: StandardStream.output.isTerminal,
            messagesAreSeen: StandardStream.error.isTerminal, columns: StandardStream.output.columns,
            now: { Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000)) },
            systemUser: ThisProcess.systemUser)
    }

    /// Whether the locale's characters are UTF-8: by the first of the three that says anything (POSIX, "Locale").
    var isUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let set = locale.uppercased()
        return set.contains("UTF-8") || set.contains("UTF8")
    }

    /// Writes one line for a person. A closed stderr is no reason to stop: whoever closed it doesn't want to know.
    func tell(_ message: String) {
        // The message is lost on purpose when nobody can be told.
        try? writeMessage(Array(Escape.escapedDocument(message).utf8) + [0x0a])
    }

    /// Writes data; throws when it can't be written.
    func emit(_ text: String) throws(StreamError) {
        guard !text.isEmpty else { return }
        try write(Array(text.utf8))
    }
}
