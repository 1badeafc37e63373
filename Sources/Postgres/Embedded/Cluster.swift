#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The embedded PostgreSQL: a private server of the installed version, made and started on demand, so that nothing has
/// to be set up before the first article.
///
/// It is the real server with fsync on. No network port; a socket in a folder of its own; and only the server's own
/// system user and root get in, checked by the kernel (peer), so that no other local user can connect.
///
///     HOME/cluster.lock           held while the server is made, started or stopped
///     HOME/cluster.ready          written once roles and database exist
///     HOME/postgres/              the server user's, 0700
///         data/                   the cluster; appears under this name only when it is complete
///         data.new.…/             one being made, or left by a process that was killed: removed
///         server.log
public struct Cluster: Sendable {
    /// How a server is told to end; see PostgreSQL's manual, "Shutting Down the Server".
    public enum StopMode: String, Sendable {
        /// Waits for every session to end.
        case smart
        /// Ends sessions, rolls their work back, writes everything out.
        case fast
        /// At once, as a crash: the next start recovers.
        case immediate
    }

    public enum Status: Sendable, Equatable {
        /// None has been made.
        case absent
        case stopped
        case running(Running)
    }

    /// A running server and how to reach it.
    public struct Running: Sendable, Equatable {
        public let socketFolder: String
        public let port: Int
        /// The server's main process.
        public let process: Int32

        /// As the role that owns the tables and runs migrations.
        public var ownerURL: String { url(role: Provision.owner) }
        /// As the role the program works as.
        public var appURL: String { url(role: Provision.app) }
        /// As the role of the public site.
        public var readerURL: String { url(role: Provision.reader) }
        /// As the server's superuser, for provisioning and backups.
        public var superuserURL: String { url(role: Cluster.superuser) }

        /// A libpq keyword string.
        public func url(role: String, database: String = Cluster.database) -> String {
            "host=\(socketFolder) port=\(port) dbname=\(database) user=\(role)"
        }
    }

    public static let database = "masthead"
    public static let superuser = "postgres"

    public let home: String
    let environment: [String: String]
    /// Below this initdb isn't even tried: a new cluster takes about 40 MB, and its first minutes as much again.
    var spaceNeeded: UInt64 = 100 << 20

    /// - Parameters:
    ///   - home: an absolute path, MASTHEAD_HOME.
    ///   - environment: the process's: PATH, XDG_RUNTIME_DIR and TMPDIR count.
    public init(home: String, environment: [String: String]) {
        self.home = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
        self.environment = environment
    }

    /// Where the data lies when nobody says: for root the system's state folder (its own home can't be entered by the
    /// server's user), else the user's data folder. Nil when the environment names neither.
    public static func defaultHome(environment: [String: String]) -> String? {
        if geteuid() == 0 { return "/var/lib/masthead" }
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/masthead" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/share/masthead" }
        return nil
    }

    var serverFolder: String { home + "/postgres" }
    var data: String { serverFolder + "/data" }
    var log: String { serverFolder + "/server.log" }
    private var readyMark: String { home + "/cluster.ready" }

    /// Long enough for another process to make the cluster, or to recover it after a crash.
    private static let lockPatience = Duration.seconds(180)
    private var lock: FileLock { FileLock(path: home + "/cluster.lock", patience: Self.lockPatience) }

    // MARK: What it is asked

    /// The running server: made, started and provisioned first where that is still to do. Cheap when it runs already.
    public func ensureRunning() async throws -> Running {
        if let running = try ready() { return running }
        try prepareHome()
        return try await lock.whileHeld {
            if let running = try ready() { return running }
            let user = try ServerUser.chosen(for: serverFolder)
            try await make(as: user)
            let running = try await launch(as: user)
            try await Provision.apply(
                maintenanceURL: running.url(role: Self.superuser, database: "postgres"),
                databaseURL: running.superuserURL, database: Self.database)
            try Files.write("\(Provision.version)\n", to: readyMark)
            return running
        }
    }

    public func start() async throws { _ = try await ensureRunning() }

    /// Stops the server; false when it didn't run.
    public func stop(_ mode: StopMode = .fast) async throws -> Bool {
        guard try Files.status(data) != nil else { return false }
        return try await lock.whileHeld {
            guard let file = try ProcessFile(data: data), file.isAlive else { return false }
            let user = try ServerUser.chosen(for: serverFolder)
            let programs = try await programs()
            // A folder in the runtime folder is litter once the server is gone; one that isn't empty stays.
            defer { rmdir(file.socketFolder) }
            try await user.run(programs.pgCtl, ["stop", "-D", data, "-m", mode.rawValue, "-w", "-t", "120"])
            return true
        }
    }

    public func status() throws -> Status {
        guard try Files.status(data) != nil else { return .absent }
        guard let file = try ProcessFile(data: data), file.isReady else { return .stopped }
        return .running(file.running)
    }

    /// The programs of the version that made the data, or the preferred ones where there is none yet.
    func programs() async throws -> ServerPrograms {
        let path = environment["PATH"] ?? ""
        let installed = await ServerPrograms.installed(path: path)
        guard let preferred = installed.first else {
            throw ClusterError.serverMissing(searched: await ServerPrograms.candidates(path: path))
        }
        guard let bytes = try Files.read(data + "/PG_VERSION") else { return preferred }
        guard let major = Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }) else {
            throw ClusterError.unusable(path: data, reason: "its PG_VERSION can't be read")
        }
        guard let fitting = installed.first(where: { $0.major == major }) else {
            throw ClusterError.versionMissing(path: data, major: major, installed: installed.map(\.major))
        }
        return fitting
    }

    // MARK: Steps, under the lock

    /// Running, reachable, and with everything in it: nothing to do and nothing to lock.
    private func ready() throws(ClusterError) -> Running? {
        guard let mark = try Files.read(readyMark), mark == Array("\(Provision.version)\n".utf8) else { return nil }
        guard let file = try ProcessFile(data: data), file.isReady else { return nil }
        let folder = SocketFolder(running: file.socketFolder)
        guard folder.answers else { return nil }
        try folder.check(for: ServerUser.chosen(for: serverFolder))
        return file.running
    }

    private func prepareHome() throws(ClusterError) {
        guard home.hasPrefix("/") else { throw .unusable(path: home, reason: "give the full path, from / on") }
        // It goes through the shells of initdb and pg_ctl, inside double quotes.
        guard !home.contains(where: { "\"'`$\\\n".contains($0) }) else {
            throw .unusable(path: home, reason: "quotes, $ and \\ aren't allowed in its path")
        }
        try Files.makeFolders(home, mode: geteuid() == 0 ? 0o755 : 0o700)
        guard try Files.target(home)?.kind == .folder else { throw .unusable(path: home, reason: "it is not a folder") }
    }

    private func launch(as user: ServerUser) async throws -> Running {
        // Whoever started it may have been stopped before the server was ready.
        let deadline = ContinuousClock.now + .seconds(120)
        while let file = try ProcessFile(data: data), file.state == "starting", file.isAlive,
            ContinuousClock.now < deadline
        {
            try await Task.sleep(for: .milliseconds(50))
        }
        if let file = try ProcessFile(data: data), file.isReady, SocketFolder(running: file.socketFolder).answers {
            try SocketFolder(running: file.socketFolder).check(for: user)
            return file.running
        }
        let folder = try SocketFolder(data: data, user: user, environment: environment)
        try folder.make(for: user)
        let programs = try await programs()
        // A year of warnings must not fill the disk: the last run's are enough.
        if Files.size(log) > 16 << 20 { try Files.rename(log, to: log + ".1") }
        let before = Files.size(log)
        do {
            try await user.run(
                programs.pgCtl,
                ["start", "-D", data, "-l", log, "-w", "-t", "120", "-o", "-c unix_socket_directories=\(folder.path)"])
        } catch ClusterError.failed(_, let output) {
            let said = try Files.read(log, from: before).map { String(decoding: $0, as: UTF8.self) } ?? output
            if said.contains("No space left on device") { throw ClusterError.diskFull(path: data) }
            throw ClusterError.failed(program: "postgres", output: ServerUser.end(of: said))
        }
        guard let file = try ProcessFile(data: data), file.isReady else {
            throw ClusterError.failed(program: "postgres", output: "it ended right after it was started; see \(log)")
        }
        return file.running
    }

    func forgetReady() throws(ClusterError) { try Files.remove(readyMark) }
}
