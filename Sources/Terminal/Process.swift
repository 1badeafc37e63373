#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
        var words: [String] = []
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = CommandLine.unsafeArgv[index], let word = String(validatingCString: bytes) else {
                return nil
            }
            words.append(word)
        }
        return words
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
