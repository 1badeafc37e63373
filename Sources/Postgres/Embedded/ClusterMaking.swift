#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Cluster {
    /// Makes the data folder if there is none. It is made beside and takes its name when it is complete and on disk, so
    /// whatever carries that name is a whole cluster: a process killed half-way, or a full disk, leaves nothing that
    /// could be taken for one.
    func make(as user: ServerUser) async throws {
        try checkAncestors(for: user)
        try checkHome(user)
        if try Files.makeFolder(serverFolder, mode: 0o700), geteuid() != user.id {
            try Files.give(serverFolder, to: user)
        }
        try checkServerFolder(user)
        await removeLeftovers(as: user)
        if try Files.status(data) != nil {
            guard try Files.status(data + "/PG_VERSION") != nil else {
                throw ClusterError.unusable(path: data, reason: "it is there and is not a PostgreSQL cluster")
            }
            return
        }
        try forgetReady()
        guard try Files.freeBytes(serverFolder) >= spaceNeeded else { throw ClusterError.diskFull(path: serverFolder) }

        let programs = try await programs()
        // A name of its own for every try: an initdb that outlived its killed parent can't get into this one.
        let draft = "\(data).new.\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        do {
            try await user.run(
                programs.initdb,
                [
                    "-D", draft, "-U", Self.superuser, "--auth-local=peer", "--auth-host=reject", "--encoding=UTF8",
                    "--locale=\(Self.locale)", "--data-checksums",
                ])
            try await write(Self.settings, asLast: draft + "/postgresql.conf", user)
            try await write(Self.access, as: draft + "/pg_hba.conf", user)
            try await write(Self.identities(of: user), as: draft + "/pg_ident.conf", user)
            for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"] { try Files.sync("\(draft)/\(name)") }
            try Files.sync(draft)
            try Files.rename(draft, to: data)
            try Files.sync(serverFolder)
        } catch {
            await removeLeftovers(as: user)
            if case ClusterError.failed(_, let output) = error, output.contains("No space left on device") {
                throw ClusterError.diskFull(path: serverFolder)
            }
            throw error
        }
    }

    /// Sorting by bytes is the same on every machine and never changes with an upgrade of the system's library, which
    /// would break indexes silently.
    private static var locale: String {
        #if canImport(Darwin)
            "C"
        #else
            "C.UTF-8"
        #endif
    }

    private static let settings = """

        # Masthead's embedded server. The socket's folder is given when it is started.
        listen_addresses = ''
        unix_socket_permissions = 0700
        fsync = on
        full_page_writes = on
        synchronous_commit = on
        timezone = 'UTC'
        log_timezone = 'UTC'
        lc_messages = 'C'
        log_min_messages = warning

        """

    /// The kernel says who connects; nobody else's word counts, and there is no line for a network.
    private static let access = """
        # TYPE  DATABASE  USER  METHOD
        local   all       all   peer map=masthead

        """

    /// The server's own system user, and root, may be any of Masthead's roles.
    private static func identities(of user: ServerUser) -> String {
        var lines = ["# MAP  SYSTEM-USER  ROLE"]
        for name in user.mayConnect {
            for role in Provision.roles + [superuser] { lines.append("masthead \"\(name)\" \(role)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Written as the server's user: root writing into a folder of another's could be led elsewhere by a link.
    private func write(_ text: String, as path: String, _ user: ServerUser) async throws {
        try await user.run("/bin/sh", ["-c", "printf %s \"$2\" > \"$1\"", "sh", path, text])
    }

    private func write(_ text: String, asLast path: String, _ user: ServerUser) async throws {
        try await user.run("/bin/sh", ["-c", "printf %s \"$2\" >> \"$1\"", "sh", path, text])
    }

    /// An initdb that outlived its killed parent may be writing into its folder while it is removed. What stays for
    /// that reason is in nobody's way and is removed by the next start: not losing an error that anybody could act on.
    private func removeLeftovers(as user: ServerUser) async {
        let leftovers = Files.names(in: serverFolder).filter { $0.hasPrefix("data.new.") }
        guard !leftovers.isEmpty else { return }
        _ = try? await user.run("/bin/rm", ["-rf", "--"] + leftovers.map { "\(serverFolder)/\($0)" })
    }

    /// Whoever owns the home can put another folder in the server's place.
    private func checkHome(_ user: ServerUser) throws(ClusterError) {
        guard let owner = try Files.target(home)?.owner, [0, geteuid(), user.id].contains(owner) else {
            throw .unusable(path: home, reason: "it belongs to another user")
        }
    }

    private func checkServerFolder(_ user: ServerUser) throws(ClusterError) {
        guard let status = try Files.status(serverFolder), status.kind == .folder else {
            throw .unusable(path: serverFolder, reason: "it is not a folder")
        }
        guard status.owner == user.id else {
            throw .unusable(path: serverFolder, reason: "it doesn't belong to the user \(user.name)")
        }
        guard status.mode & 0o077 == 0 else {
            throw .unusable(path: serverFolder, reason: "others may enter it; chmod it to 0700")
        }
    }

    /// initdb's own words for this are "could not change directory": they don't say which of them is closed.
    private func checkAncestors(for user: ServerUser) throws(ClusterError) {
        var path = ""
        for part in home.split(separator: "/") {
            path += "/\(part)"
            guard let folder = try Files.target(path), user.canPass(folder) else {
                throw .impassable(path: path, user: user.name)
            }
        }
    }
}
