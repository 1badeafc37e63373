import Foundation

/// A row of the report: our figures against a peer's, measured in turns in one run, so that a noisy machine is noisy to both.
struct Comparison {
    let name: String
    let unit: String
    let goal: String
    var ours: [Double] = []
    var peers: [Double] = []
    /// True where less is better: times.
    var isTime = false

    /// How many times as good as the peer we are; for times, how many times as long we take.
    var ratio: Double { median(ours) / median(peers) }

    func print() {
        Swift.print(
            "\(name)\n    ours \(Self.text(ours)) \(unit)    peer \(Self.text(peers)) \(unit)    "
                + "ratio \(Self.round(ratio)) (goal \(goal))")
    }

    private static func text(_ figures: [Double]) -> String {
        "\(round(median(figures))) [\(round(figures.min() ?? 0)) … \(round(figures.max() ?? 0))]"
    }

    static func round(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : String((value * 1000).rounded() / 1000)
    }
}

func median(_ figures: [Double]) -> Double {
    let sorted = figures.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}

/// Seconds that `body` takes.
func seconds(_ body: () async throws -> Void) async throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    try await body()
    let parts = (clock.now - start).components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
}

struct CommandFailed: Error, CustomStringConvertible {
    let description: String
}

/// Runs a program to its end and returns what it printed. Throws with its stderr when it fails.
@discardableResult
func run(_ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws
    -> String
{
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    let errors = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput =
        try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
        throw CommandFailed(description: "\(program) \(arguments) ended with \(process.terminationStatus): \(said)")
    }
    return String(decoding: data, as: UTF8.self)
}

/// Where a program lies on the PATH, or nil.
func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(program)" }.first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}

/// Runs a program to its end without looking at what it prints: for timing. Foundation's `Process` takes tens of
/// milliseconds to notice an end.
func spawn(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var variables =
        ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
        for pointer in words + variables { free(pointer) }
    }
    var process = pid_t()
    guard posix_spawn(&process, program, &actions, nil, &words, &variables) == 0 else {
        throw CommandFailed(description: "\(program) could not be started")
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw CommandFailed(description: "\(program) \(arguments) ended with status \(status)") }
}
