import Foundation
import Testing
import Values

@testable import Audience

/// What collectors were told, on a disk that is full, torn or damaged.
struct SpoolTests {
    private func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "spool-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func payload(_ number: Int, _ bytes: Int = 20) -> [UInt8] {
        Array("view \(number) ".utf8) + [UInt8](repeating: UInt8(number % 251), count: bytes)
    }

    private let noon = Timestamp(seconds: 1_770_000_000)

    /// Everything from a place on, read in pieces.
    private func all(_ folder: String, after start: SpoolCursor? = nil, limit: Int = 100) throws -> [SpoolRecord] {
        var (found, cursor): ([SpoolRecord], SpoolCursor?) = ([], start)
        while true {
            let part = try SpoolReader(folder: folder).read(after: cursor, limit: limit)
            if part.records.isEmpty { return found }
            found += part.records
            cursor = part.cursor
        }
    }

    private func segments(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".spool") }.sorted()
            .map { "\(folder)/\($0)" }
    }

    /// The examples of RFC 3720, appendix B.4, and the catalogue's check value.
    @Test func theChecksumIsThatOfTheStandard() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46dd_794e)
        #expect(CRC32C.checksum((0..<32).reversed().map { UInt8($0) }) == 0x113f_db5c)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    }

    @Test func whatIsTakenAtOnceIsFlushedTogetherAndReadInItsOrder() async throws {
        try await withFolder { folder in
            var options = Spool.Options()
            options.segmentBytes = 4_096
            let spool = try Spool(folder: folder, options)
            let taken = try await withThrowingTaskGroup(of: [(UInt64, Int)].self) { group in
                for lane in 0..<64 {
                    group.addTask {
                        var taken: [(UInt64, Int)] = []
                        for index in 0..<50 {
                            let number = lane * 50 + index
                            taken.append((try await spool.append(payload(number), at: noon), number))
                        }
                        return taken
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.map(\.0).sorted() == (1...3_200).map { UInt64($0) })
            #expect(await spool.flushes < 3_200, "sixty-four at once share their flushes")
            let found = try all(folder)
            #expect(found.map(\.sequence) == (1...3_200).map { UInt64($0) })
            let expected = Dictionary(uniqueKeysWithValues: taken)
            for record in found {
                let number = try #require(expected[record.sequence])
                #expect(record.payload == payload(number) && record.at == noon)
            }
            // Each task's own come in the order in which it was told that they were taken.
            for lane in 0..<64 {
                let own = taken.filter { $0.1 / 50 == lane }.sorted { $0.1 < $1.1 }.map(\.0)
                #expect(own == own.sorted())
            }
            #expect(try segments(folder).count > 10)
        }
    }

    @Test func aReaderGoesOnWhereItStoodWhileTheSpoolGrows() async throws {
        try await withFolder { folder in
            var options = Spool.Options()
            options.segmentBytes = 300
            let spool = try Spool(folder: folder, options)
            #expect(try SpoolReader(folder: folder).read(after: nil).records.isEmpty)
            var cursor: SpoolCursor?
            for number in 0..<40 {
                try await spool.append(payload(number), at: noon)
                let part = try SpoolReader(folder: folder).read(after: cursor)
                #expect(part.records.map(\.payload) == [payload(number)])
                cursor = part.cursor
                #expect(try SpoolReader(folder: folder).read(after: cursor).records.isEmpty)
            }
            let at = try #require(cursor)
            let before = try segments(folder)
            let removed = try SpoolReader(folder: folder).remove(
                countedBefore: at, writtenBefore: Timestamp(seconds: 0))
            #expect(removed == 0, "they are kept as long as an older backup may want them")
            let later = Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 3_600)
            #expect(try SpoolReader(folder: folder).remove(countedBefore: at, writtenBefore: later) == before.count - 1)
            try await spool.append(payload(40), at: noon)
            #expect(try all(folder, after: at).map(\.payload) == [payload(40)])
            let first = SpoolCursor(segment: 1, place: 8, next: 1)
            #expect(throws: SpoolError.gone(path: before[0])) { try SpoolReader(folder: folder).read(after: first) }
        }
    }

    /// A writer that died over its last record, at each byte of it, and each byte of it flipped.
    @Test func aTornTailIsCutAndNothingThatWasWholeIsLost() async throws {
        try await withFolder { folder in
            var whole = Data()
            do {
                let spool = try Spool(folder: folder)
                for number in 0..<3 { try await spool.append(payload(number), at: noon) }
                whole = try Data(contentsOf: URL(fileURLWithPath: try #require(try segments(folder).first)))
                await spool.close()
            }
            let path = try #require(try segments(folder).first)
            let last = whole.count - 24 - payload(2).count
            var damaged = (last..<whole.count).map { whole.prefix($0) }
            for place in last..<whole.count {
                var flipped = whole
                flipped[place] ^= 0x40
                damaged.append(flipped)
            }
            for bytes in damaged {
                try bytes.write(to: URL(fileURLWithPath: path))
                let spool = try Spool(folder: folder)
                #expect(try await spool.append(payload(7), at: noon) == 3)
                #expect(try all(folder).map(\.payload) == [payload(0), payload(1), payload(7)])
                await spool.close()
            }
        }
    }

    @Test func aSegmentThatEndsBeforeTheNextBeginsIsDamage() async throws {
        try await withFolder { folder in
            var options = Spool.Options()
            options.segmentBytes = 200
            let spool = try Spool(folder: folder, options)
            for number in 0..<20 { try await spool.append(payload(number), at: noon) }
            let paths = try segments(folder)
            #expect(paths.count > 3)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: paths[1]))
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: URL(fileURLWithPath: paths[1]))
            let error = #expect(throws: SpoolError.self) { try all(folder) }
            guard case .damaged(let path, let place) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(path == paths[1] && place < bytes.count)
        }
    }

    /// Between fork and exec a child has all of its parent's files open, whatever they were opened with.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd")))
    func aClosedSpoolIsFreeThoughAChildStillHoldsItsLock() async throws {
        try await withFolder { folder in
            let first = try Spool(folder: folder)
            let held = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
                .filter { number in
                    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
                    return path == folder + "/spool.lock"
                }
            let child = dup(try #require(held.first))
            defer { close(child) }
            await first.close()
            let second = try Spool(folder: folder)
            #expect(try await second.append(payload(1), at: noon) == 1)
            await second.close()
        }
    }

    @Test func oneProcessWritesToASpoolAndTheNextWhenItHasEnded() async throws {
        try await withFolder { folder in
            let first = try Spool(folder: folder)
            #expect(throws: SpoolError.inUse(path: folder)) { try Spool(folder: folder) }
            try await first.append(payload(1), at: noon)
            await first.close()
            let second = try Spool(folder: folder)
            #expect(try await second.append(payload(2), at: noon) == 2)
            await #expect(throws: SpoolError.closed) { try await first.append(payload(3), at: noon) }
            await #expect(throws: SpoolError.tooLarge(65_537, limit: 65_536)) {
                try await second.append([UInt8](repeating: 0, count: 65_537), at: noon)
            }
            try await second.append([], at: noon)
            #expect(try all(folder).map(\.payload) == [payload(1), payload(2), []])
            #expect(throws: SpoolError.self) { _ = try Spool(folder: folder + "/nowhere") }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func aFullDiskRefusesAndLosesNothingAndTakesAgainWhenThereIsRoom() async throws {
        try await withFolder { folder in
            let mounted = try mount(["-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", folder])
            guard mounted else { return print("skipped: this machine doesn't let us mount a small disk") }
            defer { _ = try? run("umount", [folder]) }
            let filler = folder + "/filler"
            try Data(count: 512 * 1024).write(to: URL(fileURLWithPath: filler))
            var options = Spool.Options()
            options.segmentBytes = 100 * 1024
            let spool = try Spool(folder: folder, options)
            var taken: [Int] = []
            var refused = 0
            for number in 0..<80 {
                do {
                    try await spool.append(payload(number, 10_000), at: noon)
                    taken.append(number)
                } catch SpoolError.full {
                    refused += 1
                }
            }
            #expect(refused > 10 && taken.count > 10)
            #expect(try all(folder, limit: 50_000).map(\.payload) == taken.map { payload($0, 10_000) })
            try FileManager.default.removeItem(atPath: filler)
            for number in 80..<90 {
                try await spool.append(payload(number, 10_000), at: noon)
                taken.append(number)
            }
            #expect(try all(folder, limit: 50_000).map(\.payload) == taken.map { payload($0, 10_000) })
            await spool.close()
        }
    }

    private func mount(_ arguments: [String]) throws -> Bool { try run("mount", arguments) }

    private func run(_ program: String, _ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
