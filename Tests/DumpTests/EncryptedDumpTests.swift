import Age
import Foundation
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("An encrypted dump", .timeLimit(.minutes(30))) struct EncryptedDumpTests {
    private static let identity = AgeIdentity()
    private static let other = AgeIdentity()
    private static let compressions = [Compression.zstd(level: 3), .gzip(level: 6), .none]

    /// Two tables of several chunks each, and one of a few rows.
    private static func withDump(
        _ compression: Compression, _ format: DumpFormat = .sql, _ body: (ExportedDump, String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let database = try Database(path: path + "/source.db", access: .create)
            try database.execute(
                """
                CREATE TABLE first(id INTEGER PRIMARY KEY, name TEXT, data BLOB);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
                  INSERT INTO first SELECT i, 'item ' || i, randomblob(200) FROM n;
                CREATE TABLE second(id INTEGER PRIMARY KEY, data BLOB);
                INSERT INTO second SELECT id, randomblob(300) FROM first;
                CREATE TABLE small(a, b);
                INSERT INTO small VALUES (1, 'one'), (2, NULL);
                """)
            let dump = try await ExportedDump(of: database.path, in: path, compression) {
                $0.format = format
                $0.frameSize = 20_000
                $0.recipients = [other.recipient, identity.recipient]
            }
            try await body(dump, path)
        }
    }

    private static func opening(_ identity: AgeIdentity = identity) -> DumpOpening { .identities([identity]) }

    private static func verify(
        _ dump: ExportedDump, _ path: String, _ opening: DumpOpening?, _ level: VerificationLevel = .restore
    ) async throws -> VerificationReport {
        try await Verification(
            store: dump.store, manifest: dump.manifest, level: level, workDirectory: path, tool: "test", progress: nil,
            opening: opening
        ).run()
    }

    @Test("is a file of age's around the dump", arguments: compressions)
    func file(_ compression: Compression) async throws {
        try await Self.withDump(compression) { dump, path in
            let plain = try await ExportedDump(of: path + "/source.db", in: path, compression) { $0.frameSize = 20_000 }
            let stored = try dump.stored
            #expect(try AgeFile.decrypt(stored, with: [Self.identity]) == plain.stored)
            #expect(try AgeFile.decrypt(stored, with: [Self.other]) == plain.stored)
            #expect(dump.object.plainSize == plain.object.size)
            #expect(dump.object.uncompressedSize == plain.object.uncompressedSize)
            #expect(!stored.contains("CREATE TABLE".utf8) && !stored.contains("item 1".utf8))
        }
    }

    @Test("is proved by whoever can open it", arguments: compressions, DumpFormat.allCases)
    func proof(_ compression: Compression, _ format: DumpFormat) async throws {
        try await Self.withDump(compression, format) { dump, path in
            let report = try await Self.verify(dump, path, Self.opening())
            #expect(report.outcome == .proved, "\(report.differences)")
            #expect(report.objects?.allSatisfy { $0.matches } == true)
            let checked = try await Self.verify(dump, path, nil, .checksum)
            #expect(checked.outcome == .checked)
            let key = try #require(RunKey(in: URL(filePath: dump.storePath).deletingLastPathComponent().path + "/work"))
            #expect(try await Self.verify(dump, path, .run(key)).outcome == .proved)
        }
    }

    @Test("is opened by nobody else")
    func strangers() async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            for opening in [nil, DumpOpening.identities([AgeIdentity()])] {
                let error = await #expect(throws: NightjarError.self) { try await Self.verify(dump, path, opening) }
                #expect(error?.code == .encrypted)
                #expect(error?.hint?.contains("--identity") == true)
                let plan = await #expect(throws: NightjarError.self) {
                    try await Restoration(
                        store: dump.store, manifest: dump.manifest,
                        options: .init(target: path + "/new.db", tables: ["small"], force: false), progress: nil,
                        opening: opening
                    ).run()
                }
                #expect(plan?.code == .encrypted)
                #expect(!FileManager.default.fileExists(atPath: path + "/new.db"))
            }
        }
    }

    @Test("gives one table back without the others", arguments: compressions)
    func oneTable(_ compression: Compression) async throws {
        try await Self.withDump(compression) { dump, path in
            let target = path + "/new.db"
            let restored = try await Restoration(
                store: dump.store, manifest: dump.manifest,
                options: .init(target: target, tables: ["small"], force: false), progress: nil,
                opening: Self.opening()
            ).run()
            #expect(restored.rows == 2)
            // gzip has no seek table.
            if compression.name != "gzip" { #expect(restored.bytesFetched < dump.object.size / 3) }
            #expect(try Database(path: target, access: .readOnly).integer("SELECT count(*) FROM small") == 2)
        }
    }

    @Test("is read by ranges as the dump is", arguments: compressions)
    func ranges(_ compression: Compression) async throws {
        try await Self.withDump(compression) { dump, path in
            let plain = try await ExportedDump(of: path + "/source.db", in: path, .none)
            let text = try plain.stored
            let reader = DumpReader(
                store: dump.store, manifest: dump.manifest, object: dump.object, cache: FrameCache(),
                opening: Self.opening())
            #expect(reader.size == Int64(text.count))
            #expect(reader.storedSize == dump.object.size)
            try await reader.open()
            for range in [0..<text.count, 1..<2, 65_535..<65_537, 100_000..<300_000, text.count - 5..<text.count] {
                var bytes: [UInt8] = []
                try await reader.read(Int64(range.lowerBound)..<Int64(range.upperBound)) { bytes += $0 }
                #expect(bytes == Array(text[range]), "\(range)")
            }
            var stored: [UInt8] = []
            try await reader.readStored(0..<reader.storedSize) { stored += $0 }
            #expect(try stored == dump.stored)
        }
    }

    @Test("that was changed, cut off or reordered is no backup", arguments: compressions)
    func damage(_ compression: Compression) async throws {
        try await Self.withDump(compression) { dump, path in
            let stored = try dump.stored
            let head = try #require(dump.object.head).size
            var reordered = Array(stored[..<head])
            reordered += stored[(head + 65_552)..<(head + 2 * 65_552)] + stored[head..<(head + 65_552)]
            reordered += stored[(head + 2 * 65_552)...]
            var changed = stored
            changed[head + 70_000] ^= 1
            var otherHead = stored
            otherHead[40] ^= 1
            let cases: [(String, [UInt8])] = [
                ("reordered", reordered), ("changed", changed), ("head", otherHead), ("empty", []),
                ("cut off", Array(stored.dropLast(100))), ("cut off at a chunk", Array(stored[..<(head + 3 * 65_552)])),
                ("cut off in the head", Array(stored[..<50])),
            ]
            for (name, bytes) in cases {
                try dump.replace(bytes)
                let report = try await Self.verify(dump, path, Self.opening())
                #expect(report.outcome == .different, "\(name)")
                #expect(report.differences.first?.object == dump.object.key, "\(name): \(report.differences)")
                let error = await #expect(throws: NightjarError.self, "\(name)") {
                    try await Restoration(
                        store: dump.store, manifest: dump.manifest,
                        options: .init(target: path + "/new.db", tables: [], force: false), progress: nil,
                        opening: Self.opening()
                    ).run()
                }
                #expect(error?.code == .difference, "\(name)")
                #expect(error?.message.contains(dump.object.key) == true, "\(name): \(error?.message ?? "")")
                #expect(!FileManager.default.fileExists(atPath: path + "/new.db"), "\(name)")
            }
        }
    }

    @Test("is not taken for another one that is encrypted for the same people")
    func swapped() async throws {
        try await Self.withDump(.zstd(level: 3)) { dump, path in
            let another = try await ExportedDump(of: path + "/source.db", in: path, .zstd(level: 3)) {
                $0.frameSize = 20_000
                $0.recipients = [Self.other.recipient, Self.identity.recipient]
            }
            try dump.replace(try another.stored)
            let report = try await Self.verify(dump, path, Self.opening())
            #expect(report.outcome == .different)
            // Also where nobody compares all bytes.
            let error = await #expect(throws: NightjarError.self) {
                try await Restoration(
                    store: dump.store, manifest: dump.manifest,
                    options: .init(target: path + "/new.db", tables: ["small"], force: false), progress: nil,
                    opening: Self.opening()
                ).run()
            }
            #expect(error?.code == .difference)
            #expect(error?.message.contains("another object") == true)
        }
    }
}
