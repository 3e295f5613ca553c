import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("Damage to an object is found wherever it is, and named with its part", .timeLimit(.minutes(30)))
struct DamageMatrixTests {
    static let levels = [VerificationLevel.checksum, .restore]
    static let compressions = [Compression.zstd(level: 3), .gzip(level: 6), .none]

    /// Runs `body` with a dump of a few frames.
    static func withDump(
        _ compression: Compression, _ body: (ExportedDump, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT, data BLOB);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                  INSERT INTO items SELECT i, 'item ' || i, randomblob(8) FROM n;
                CREATE INDEX by_name ON items(name);
                """)
            let dump = try await ExportedDump(of: database.path, in: path, compression) { $0.frameSize = 2_000 }
            try await body(dump, path)
        }
    }

    /// Verifies the bytes in the place of the object's, which have to be found different.
    private static func expectDamage(
        _ bytes: [UInt8], _ dump: ExportedDump, _ level: VerificationLevel, _ what: String, in path: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try dump.replace(bytes)
        let report = try await Verification(
            store: dump.store, manifest: dump.manifest, level: level, workDirectory: path, tool: "test", progress: nil
        ).run()
        #expect(report.outcome == .different, "\(what)", sourceLocation: sourceLocation)
        let isNamed = report.differences.contains { $0.object == dump.object.key && $0.part == 1 }
        #expect(
            isNamed || (bytes.isEmpty && report.differences.first?.object == dump.object.key),
            "\(what) is not named in \(report.differences)", sourceLocation: sourceLocation)
        #expect(report.objects?.first?.matches == false, "\(what)", sourceLocation: sourceLocation)
    }

    @Test("a bit, in any place of the object", arguments: DamageMatrixTests.compressions, DamageMatrixTests.levels)
    func flippedBits(_ compression: Compression, _ level: VerificationLevel) async throws {
        try await Self.withDump(compression) { dump, path in
            let stored = try dump.stored
            let count = level == .checksum ? 200 : 30
            let places = Set((0..<count).map { $0 * stored.count / count } + [0, 1, 2, 3, 4, 5, stored.count - 1])
            for place in places {
                var bytes = stored
                bytes[place] ^= 1 << UInt8(place % 8)
                try await Self.expectDamage(bytes, dump, level, "a bit of byte \(place)", in: path)
            }
        }
    }

    @Test("each bit of a byte in the middle", arguments: DamageMatrixTests.levels)
    func everyBit(_ level: VerificationLevel) async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            let stored = try dump.stored
            for bit in 0..<8 {
                var bytes = stored
                bytes[stored.count / 2] ^= 1 << UInt8(bit)
                try await Self.expectDamage(bytes, dump, level, "bit \(bit)", in: path)
            }
        }
    }

    @Test("every byte of the seek table", arguments: DamageMatrixTests.levels)
    func seekTable(_ level: VerificationLevel) async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            let stored = try dump.stored
            let size = Int(try #require(SeekTable.size(fromFooter: Array(stored.suffix(SeekTable.footerSize)))))
            #expect(try dump.frames.count > 3)
            for place in (stored.count - size)..<stored.count {
                var bytes = stored
                bytes[place] ^= 0x04
                try await Self.expectDamage(bytes, dump, level, "byte \(place) of \(stored.count)", in: path)
            }
        }
    }

    @Test("an end at any frame, before it and behind it, and in the seek table", arguments: DamageMatrixTests.levels)
    func truncated(_ level: VerificationLevel) async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            let stored = try dump.stored
            let borders = try dump.frames.map { Int($0.offset + $0.size) }
            let places = [0, 1, 4] + borders.flatMap { [$0 - 1, $0, $0 + 1] }
            let ends = (1...20).map { stored.count - $0 }
            for place in Set(places + ends) {
                try await Self.expectDamage(
                    Array(stored[..<place]), dump, level, "cut off at \(place) of \(stored.count)", in: path)
            }
        }
    }

    @Test(
        "an end in any place of what has no frames", arguments: DamageMatrixTests.compressions.suffix(2),
        DamageMatrixTests.levels)
    func truncatedPlain(_ compression: Compression, _ level: VerificationLevel) async throws {
        try await Self.withDump(compression) { dump, path in
            let stored = try dump.stored
            for place in Set((0..<20).map { $0 * stored.count / 20 } + (1...9).map { stored.count - $0 }) {
                try await Self.expectDamage(
                    Array(stored[..<place]), dump, level, "cut off at \(place) of \(stored.count)", in: path)
            }
        }
    }

    @Test("frames that are exchanged, doubled, left out or of another dump", arguments: DamageMatrixTests.levels)
    func frames(_ level: VerificationLevel) async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            let stored = try dump.stored
            let frames = try dump.frames.map { Array(stored[Int($0.offset)..<Int($0.offset + $0.size)]) }
            try #require(frames.count > 3)
            let table = Array(stored.dropFirst(frames.reduce(0) { $0 + $1.count }))
            let others: [(String, [[UInt8]])] = [
                ("exchanged", [frames[0], frames[2], frames[1]] + frames.dropFirst(3)),
                ("doubled", [frames[0], frames[1], frames[1]] + frames.dropFirst(2)),
                ("left out", [frames[0]] + frames.dropFirst(2)),
                ("only the table", []),
                ("without the table", frames),
            ]
            for (what, other) in others {
                let bytes = Array(other.joined()) + (what == "without the table" ? [] : table)
                try await Self.expectDamage(bytes, dump, level, what, in: path)
            }
            // Another export has other blobs.
            try await Self.withDump(.zstd(level: 3)) { another, _ in
                try await Self.expectDamage(another.stored, dump, level, "of another dump", in: path)
            }
        }
    }

    @Test("more behind its end", arguments: DamageMatrixTests.compressions, DamageMatrixTests.levels)
    func lengthened(_ compression: Compression, _ level: VerificationLevel) async throws {
        try await Self.withDump(compression) { dump, path in
            let stored = try dump.stored
            let tails: [[UInt8]] = [[0], [0x41], [UInt8](repeating: 0, count: 4096), stored]
            for tail in tails {
                try await Self.expectDamage(stored + tail, dump, level, "\(tail.count) bytes more", in: path)
            }
        }
    }

    @Test(
        "and none is found where all is as it was", arguments: DamageMatrixTests.compressions, DamageMatrixTests.levels)
    func control(_ compression: Compression, _ level: VerificationLevel) async throws {
        try await Self.withDump(compression) { dump, path in
            try dump.replace(dump.stored)
            let report = try await Verification(
                store: dump.store, manifest: dump.manifest, level: level, workDirectory: path, tool: "test",
                progress: nil
            ).run()
            #expect(report.differences.map(\.message) == [])
        }
    }
}
