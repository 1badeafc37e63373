import Foundation
import TestDatabase
import Testing

/// The embedded server between real processes, which share nothing but the folder.
struct ClusterProcessTests {
    private func bash(_ script: String, home: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        process.environment = ["PATH": Program.folder + ":/usr/bin:/bin", "LANG": "C.UTF-8", "MASTHEAD_HOME": home]
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func processesStartingAtOnceAfterOneWasKilledHalfWayShareOneServer() throws {
        let home = "/tmp/masthead-processes-\(UUID().uuidString)"
        defer {
            // Removing what the test made: a folder that stays behind harms nobody.
            _ = try? bash("masthead db stop", home: home)
            try? FileManager.default.removeItem(atPath: home)
        }
        // Killed as soon as initdb has begun, so that nothing could be cleaned up.
        let killed = """
            masthead db init > /dev/null 2>&1 & process=$!
            until ls "$MASTHEAD_HOME/postgres" 2> /dev/null | grep -q 'data[.]new'; do
                kill -0 $process 2> /dev/null || { echo "ended too early"; exit; }
            done
            kill -9 $process; wait $process 2> /dev/null; ls "$MASTHEAD_HOME/postgres" | grep -c '^data$'
            """
        #expect(try bash(killed, home: home) == "0\n")

        let together = """
            for i in 1 2 3 4; do masthead db init > /dev/null & processes="$processes $!"; done
            for process in $processes; do wait $process; echo $?; done
            ls "$MASTHEAD_HOME/postgres" | grep -v '^data[.]new'
            """
        // The killed one's initdb outlives it and may still be writing; what it leaves is removed by a later start.
        let answered = try bash(together, home: home)
        #expect(answered == "0\n0\n0\n0\ndata\nserver.log\n")
        let servers =
            "head -1 -q \"$MASTHEAD_HOME/postgres/data/postmaster.pid\"; masthead db status --no-header | cut -f 2"
        let processes = try bash(servers, home: home).split(separator: "\n")
        #expect(processes.count == 2 && processes.first == processes.last)
    }
}
