import Foundation
import Testing

/// What only the real process can show: its streams, its exit code.
struct ProgramTests {
    private struct Ran: Equatable {
        let out: String
        let err: String
    }

    /// Runs a line of bash with the built program first in the PATH.
    private func bash(_ line: String) throws -> Ran {
        let process = Process()
        let out = Pipe()
        let err = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", line]
        process.environment = ["PATH": Program.folder + ":/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.standardOutput = out
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Little is written to stderr, so reading one after the other can't fill a pipe.
        let data = out.fileHandleForReading.readDataToEndOfFile()
        let errors = err.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Ran(out: String(decoding: data, as: UTF8.self), err: String(decoding: errors, as: UTF8.self))
    }

    @Test func dataGoesToStdoutAndMessagesToStderr() throws {
        #expect(try bash("masthead --version; echo $?") == Ran(out: "0.1.0\n0\n", err: ""))
        let wrong = try bash("masthead nonsense; echo $?")
        #expect(wrong == Ran(out: "64\n", err: "masthead: 'nonsense' isn't a command. See 'masthead --help'.\n"))
    }

    @Test func aWordThatIsNotUTF8IsRefusedRatherThanRepaired() throws {
        let wrong = try bash("masthead section add law --name $'caf\\xe9'; echo $?")
        #expect(wrong == Ran(out: "64\n", err: "masthead: A word of the command line isn't UTF-8. Nothing was done.\n"))
    }

    @Test func aFullDiskBehindTheOutputIsAnError() throws {
        let ran = try bash("masthead completions bash > /dev/full; echo $?")
        #expect(ran.out == "73\n")
        #expect(ran.err.hasPrefix("masthead: The output couldn't be written (write: No space left on device)."))
        let shell = try bash("echo help exit-codes | masthead shell > /dev/full; echo $?")
        #expect(shell.out == "73\n")
    }

    @Test func aReaderWhoLeavesEndsTheProgramQuietly() throws {
        let line = "for i in {1..200}; do echo completions bash; done | masthead shell | head -c 1 > /dev/null"
        #expect(try bash(line + "; echo ${PIPESTATUS[1]}") == Ran(out: "141\n", err: ""))
    }

    @Test func aClosedStderrDoesNotHideTheExitCode() throws {
        #expect(try bash("masthead nonsense 2>&-; echo $?") == Ran(out: "64\n", err: ""))
    }

    @Test func theShellAnswersBeforeItsReaderHasSaidEverything() throws {
        // The reader sends a line, waits for the answer, and only then sends the next: no answer may be kept back.
        let ran = try bash(
            """
            coproc masthead shell --status
            echo nonsense >&${COPROC[1]}; read -r -t 20 line <&${COPROC[0]}; echo "$line"
            echo help exit-codes >&${COPROC[1]}; read -r -t 20 line <&${COPROC[0]}; echo "$line"
            exec {COPROC[1]}>&-; wait
            """)
        #expect(
            ran.out == "error\t64\tusage\t'nonsense' isn't a command. See 'masthead --help'.\nEXIT CODES\n")
    }
}
