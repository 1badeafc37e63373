import FoundationEssentials

/// The folder with the files that come with the program: Migrations and Config.
public struct Share: Sendable, Equatable {
    public let path: String

    public var migrations: String { path + "/Migrations" }
    public var config: String { path + "/Config" }

    /// MASTHEAD_SHARE, else PREFIX/share/masthead beside PREFIX/bin, else the nearest folder above the executable that
    /// has both (a checkout).
    ///
    /// - Throws: `SettingsError` when MASTHEAD_SHARE isn't such a folder, or none was found.
    public static func find(environment: [String: String], executable: String) throws(SettingsError) -> Share {
        if let said = environment["MASTHEAD_SHARE"], !said.isEmpty {
            guard isShare(said) else {
                throw SettingsError([
                    .init(key: nil, origin: "MASTHEAD_SHARE", reason: "\(said) has no folders Migrations and Config")
                ])
            }
            return Share(path: said)
        }
        var folder = parent(executable)
        let installed = parent(folder) + "/share/masthead"
        if isShare(installed) { return Share(path: installed) }
        while !folder.isEmpty {
            if isShare(folder) { return Share(path: folder) }
            folder = parent(folder)
        }
        let reason = "no folder with Migrations and Config was found near \(executable); set MASTHEAD_SHARE"
        throw SettingsError([.init(key: nil, origin: "installation", reason: reason)])
    }

    /// The running program's own path, links resolved.
    public static var executable: String {
        // Not losing an error: where there is no /proc, the name it was called by has to do.
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return path ?? ProcessInfo.processInfo.arguments.first ?? ""
    }

    /// "" above the top.
    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private static func isShare(_ path: String) -> Bool {
        ["Migrations", "Config"].allSatisfy { name in
            var isFolder = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder) && isFolder
        }
    }
}
