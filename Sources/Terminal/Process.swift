import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The writing end of the pipe by which a signal's handler tells the thread that waits.
private let stopPipe = Atomic<Int32>(-1)

private final class StopWatch: Sendable {
    let reading: Int32
    let body: @Sendable () -> Void

    init(reading: Int32, body: @escaping @Sendable () -> Void) {
        self.reading = reading
        self.body = body
    }
}

/// What the system knows about the process.
public enum ThisProcess {
    /// Lets a write to a closed pipe fail instead of killing the process, so that a transaction under way ends in
    /// order. A handler, not SIG_IGN: a program started from here gets the default back.
    public static func survivesBrokenPipe() {
        signal(SIGPIPE, { _ in })
    }

    /// The name of the user the process runs as, from the system's accounts and not from the environment, which
    /// anyone may set. `uid:N` when the user has no name.
    public static var systemUser: String {
        let identifier = getuid()
        var record = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // 16 KiB holds any entry glibc's own functions would; a longer one is answered with the number.
        var text = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(identifier, &record, &text, text.count, &found) == 0, found != nil,
            let name = record.pw_name
        else { return "uid:\(identifier)" }
        return String(cString: name)
    }

    /// The words the process was started with, the program's name left out. Nil when one of them isn't UTF-8: repaired,
    /// it would be another word than the one that was meant.
    public static var arguments: [String]? {
        // Swift looks for the words beside the environment; a preloaded library (libfaketime, jemalloc's settings) that
        // changes a variable moves the environment away from them, and a process always has its name as a word.
        if CommandLine.argc == 0 { return keptByTheKernel }
        var words: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = CommandLine.unsafeArgv[index], let word = String(validatingCString: bytes) else {
                return nil
            }
            words.append(word)
        }
        return words
    }

    /// The words as Linux keeps them; none on other systems.
    private static var keptByTheKernel: [String]? {
        guard let file = fopen("/proc/self/cmdline", "r") else { return [] }
        defer { fclose(file) }
        var words: [String] = []
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        while getdelim(&line, &room, 0, file) > 0, let bytes = line {
            guard let word = String(validatingCString: bytes) else { return nil }
            words.append(word)
        }
        return Array(words.dropFirst())
    }

    /// The environment the process was started with. A variable that isn't UTF-8 is repaired, not dropped.
    public static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }

    /// Calls `body`, once and on a thread of its own, when the process is asked to stop: SIGTERM, or SIGINT from the
    /// keyboard. Neither ends it by itself any more; whoever asks a second time gets what the system does.
    public static func whenAskedToStop(_ body: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [0, 0]
        // Without a pipe the signals keep their meaning, and the process simply ends.
        guard pipe(&ends) == 0 else { return }
        stopPipe.store(ends[1], ordering: .sequentiallyConsistent)
        let watch = Unmanaged.passRetained(StopWatch(reading: ends[0], body: body))
        let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            guard let context else { return nil }
            let watch = Unmanaged<StopWatch>.fromOpaque(context).takeRetainedValue()
            var byte: UInt8 = 0
            while read(watch.reading, &byte, 1) < 0, errno == EINTR {}
            watch.body()
            return nil
        }
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        guard pthread_create(&thread, nil, run, watch.toOpaque()) == 0 else { return watch.release() }
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                // Only what a handler may do: no allocation, no lock.
                signal(number, SIG_DFL)
                var byte: UInt8 = 1
                _ = write(stopPipe.load(ordering: .relaxed), &byte, 1)
            }
        }
    }

    /// Ends the process with this exit code.
    public static func exit(_ code: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(code)
        #elseif canImport(Musl)
            Musl.exit(code)
        #else
            Darwin.exit(code)
        #endif
    }

    /// Becomes another program, found in the PATH unless it has a path; returns only when that can't be done.
    public static func become(_ program: String, _ arguments: [String], environment: [String: String]) -> StreamError {
        // Nothing is freed: either the program is another one afterwards, or it ends with the error.
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        for (name, value) in environment { setenv(name, value, 1) }
        execvp(program, &words)
        return StreamError(operation: "start \(program)", code: errno)
    }
}
