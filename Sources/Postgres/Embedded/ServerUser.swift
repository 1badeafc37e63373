import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The system's user the embedded server runs as: whoever runs Masthead, but `postgres` for root, as whom a PostgreSQL
/// server refuses to run.
struct ServerUser: Equatable {
    let id: uid_t
    let group: gid_t
    let name: String

    static let nameForRoot = "postgres"

    /// - Parameter folder: the server's folder. When root comes to one that another user made, the server goes on as
    ///   that user: its files are theirs.
    static func chosen(for folder: String) throws(ClusterError) -> ServerUser {
        let current = geteuid()
        if let existing = try Files.status(folder), existing.owner != current {
            guard current == 0 else {
                throw .unusable(
                    path: folder, reason: "it belongs to the user \(named(existing.owner)?.name ?? "\(existing.owner)")"
                )
            }
            guard let owner = named(existing.owner) else {
                throw .unusable(path: folder, reason: "its owner, user number \(existing.owner), doesn't exist")
            }
            return owner
        }
        if current == 0 {
            guard let user = named(nameForRoot) else { throw .noServerUser(nameForRoot) }
            return user
        }
        guard let user = named(current) else { throw .noServerUser("\(current)") }
        return user
    }

    /// The user Masthead itself runs as may be another than the server's (root), and then may connect, too.
    var mayConnect: [String] { name == "root" ? [name] : [name, "root"] }

    private static func named(_ id: uid_t) -> ServerUser? {
        record { getpwuid_r(id, $0, $1, $2, $3) }
    }

    private static func named(_ name: String) -> ServerUser? {
        record { getpwnam_r(name, $0, $1, $2, $3) }
    }

    private static func record(
        _ look: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> CInt
    ) -> ServerUser? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        // Far more than any line of a user table; its strings live here, so it is read out before it goes.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            guard let start = buffer.baseAddress, look(&entry, start, buffer.count, &found) == 0, found != nil else {
                return nil
            }
            return ServerUser(id: entry.pw_uid, group: entry.pw_gid, name: String(cString: entry.pw_name))
        }
    }

    /// Can this user enter the folder? By its permission bits; access lists aren't looked at.
    func canPass(_ folder: Files.Status) -> Bool {
        let bit: mode_t = folder.owner == id ? 0o100 : folder.group == group ? 0o010 : 0o001
        return folder.mode & bit != 0
    }

    /// Runs a program as this user, in a clean environment: PGDATA and the like of whoever calls must not reach it.
    ///
    /// - Returns: what it wrote, both streams.
    /// - Throws: `ClusterError.failed` when it doesn't end with 0.
    @discardableResult
    func run(_ program: String, _ arguments: [String]) async throws -> String {
        // Not setuid in the forked child: glibc's waits there for threads that the fork left behind, for ever (seen). A
        // program of its own changes the user and then becomes the one that was asked for.
        let command =
            id == geteuid()
            ? [program]
            : ["/usr/bin/setpriv", "--reuid=\(id)", "--regid=\(group)", "--clear-groups", "--", program]
        let environment: [Environment.Key: String] = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC",
        ]
        let result = try await Subprocess.run(
            .path(.init(command[0])), arguments: .init(command.dropFirst() + arguments),
            environment: .custom(environment), workingDirectory: "/", output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        let output = result.standardOutput
        guard result.terminationStatus == .exited(0) else {
            let name = program.split(separator: "/").last.map(String.init) ?? program
            throw ClusterError.failed(program: name, output: Self.end(of: output))
        }
        return output
    }

    /// The last lines of an output: where programs say what stopped them.
    static func end(of output: String) -> String {
        output.split(separator: "\n").suffix(8).joined(separator: "\n")
    }
}
