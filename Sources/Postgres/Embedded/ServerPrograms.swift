import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The installed server's programs: `initdb`, `pg_ctl` and `postgres` of one major version.
struct ServerPrograms: Equatable {
    let folder: String
    let major: Int

    /// PostgreSQL 15 is the oldest that is tested.
    static let oldestMajor = 15

    var initdb: String { folder + "/initdb" }
    var pgCtl: String { folder + "/pg_ctl" }

    /// Every usable installation, the preferred first: the one `pg_config` names, then Debian's folders by version,
    /// newest first, then PATH.
    static func installed(path: String) async -> [ServerPrograms] {
        var found: [ServerPrograms] = []
        for folder in await candidates(path: path) where !found.contains(where: { $0.folder == folder }) {
            if let programs = await ServerPrograms(folder: folder), programs.major >= oldestMajor {
                found.append(programs)
            }
        }
        return found
    }

    static func candidates(path: String) async -> [String] {
        let onPath = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        var folders: [String] = []
        for folder in onPath where executable(folder + "/pg_config") {
            if let named = await output(folder + "/pg_config", ["--bindir"]) { folders.append(named) }
        }
        let debian = "/usr/lib/postgresql"
        let majors = Files.names(in: debian).compactMap { Int($0) }.sorted(by: >)
        return folders + majors.map { "\(debian)/\($0)/bin" } + onPath
    }

    private init?(folder: String) async {
        guard ["initdb", "pg_ctl", "postgres"].allSatisfy({ Self.executable("\(folder)/\($0)") }),
            // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", "postgres (PostgreSQL) 17beta1"
            let version = await Self.output(folder + "/postgres", ["--version"]),
            let number = version.split(separator: " ").dropFirst(2).first,
            let major = Int(number.prefix { $0.isNumber })
        else { return nil }
        self.folder = folder
        self.major = major
    }

    private static func executable(_ path: String) -> Bool {
        // Not losing an error: what can't be looked at can't be run.
        guard let status = try? Files.target(path) else { return false }
        return status.kind != .folder && status.mode & 0o111 != 0
    }

    private static func output(_ program: String, _ arguments: [String]) async -> String? {
        // Not losing an error: an installation that can't be asked is one that can't be used, and the next is tried.
        guard
            let result = try? await Subprocess.run(
                .path(.init(program)), arguments: .init(arguments), output: .string(limit: 4_096)),
            result.terminationStatus == .exited(0)
        else { return nil }
        return result.standardOutput.split(separator: "\n").first.map(String.init)
    }
}
