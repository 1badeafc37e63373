#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a running server writes into its data folder (postmaster.pid): who it is and where its socket lies.
struct ProcessFile: Equatable {
    let process: pid_t
    let port: Int
    let socketFolder: String
    /// "starting", "ready", "stopping", "standby".
    let state: String

    /// Nil when there is no such file, or the server has only begun to write it.
    init?(data: String) throws(ClusterError) {
        guard let bytes = try Files.read(data + "/postmaster.pid") else { return nil }
        // PostgreSQL's utils/pidfile.h: process, data folder, start time, port, socket folder, address, memory key, state.
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 8, let process = pid_t(lines[0]), process > 0, let port = Int(lines[3]) else { return nil }
        self.process = process
        self.port = port
        socketFolder = String(lines[4])
        state = lines[7].split(separator: " ").first.map(String.init) ?? ""
    }

    var isAlive: Bool { kill(process, 0) == 0 || errno == EPERM }
    var isReady: Bool { state == "ready" && isAlive }

    var running: Cluster.Running { Cluster.Running(socketFolder: socketFolder, port: port, process: process) }
}
