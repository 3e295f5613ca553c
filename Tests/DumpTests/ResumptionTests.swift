import Age
import Foundation
import Model
import Pipeline
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

@Suite("An export goes on from any of its checkpoints with the same bytes", .timeLimit(.minutes(30)))
struct ResumptionTests {
    static var someHazards: [Hazard] {
        stride(from: 1, to: Hazard.all.count, by: 4).map { Hazard.all[$0] }
    }

    @Test("whatever the source holds", arguments: Hazard.all)
    func everyCheckpoint(_ hazard: Hazard) async throws {
        try await goOn(hazard)
    }

    @Test("and where it writes rows alone", arguments: ResumptionTests.someHazards)
    func rowsAlone(_ hazard: Hazard) async throws {
        try await goOn(hazard, includesSchema: false)
    }

    @Test("and where it is a document of JSON", arguments: ResumptionTests.someHazards)
    func documents(_ hazard: Hazard) async throws {
        try await goOn(hazard, .json)
    }

    @Test("and where it is encrypted", arguments: ResumptionTests.someHazards)
    func encrypted(_ hazard: Hazard) async throws {
        try await goOn(hazard, for: [AgeIdentity().recipient])
    }

    @Test("and where it is encrypted, from many places in its chunks")
    func encryptedChunks() async throws {
        try await withHeavyTestDirectory { path in
            try Self.makeChunks(path)
            let recipients = [AgeIdentity().recipient, AgeIdentity().recipient]
            let exported = try await Self.whole(path, .sql, true, recipients)
            let whole = try #require(exported)
            let journal = try Journal(of: path)
            let places = journal.places(12)
            try #require(places.count >= 12 && whole.bytes.count > 5 * AgePayload.chunkSize)
            // How much each has left for the chunk that it ends in.
            #expect(Set(places.compactMap { journal.frames[$0].tail?.size }).count > places.count / 2)
            for place in places { try await goOn(path, whole, .sql, true, recipients, from: place, of: journal) }
        }
    }

    private static let one = AgeIdentity()
    private static let other = AgeIdentity()
    /// For whom an export was begun, and for whom it is by now.
    static let changes: [([AgeIdentity], [AgeIdentity])] = [
        ([one], [other]), ([one], [one, other]), ([one, other], [other]), ([], [other]), ([one], []),
    ]

    @Test("but begins anew where its recipients have changed meanwhile", arguments: ResumptionTests.changes)
    func changedRecipients(before: [AgeIdentity], after: [AgeIdentity]) async throws {
        try await withHeavyTestDirectory { path in
            try Self.makeChunks(path)
            let exported = try await Self.whole(path, .sql, true, before.map(\.recipient))
            let whole = try #require(exported)
            let journal = try Journal(of: path)
            let place = journal.frames.count / 2

            let folder = try journal.cutOff(in: path, after: place)
            let same = try await Self.export(path, "resumed", .sql, true, before.map(\.recipient))
            #expect(same.result.resumedAt != nil, "there is something to go on with")
            try FileManager.default.removeItem(atPath: folder)

            _ = try journal.cutOff(in: path, after: place)
            let anew = try await Self.export(path, "resumed", .sql, true, after.map(\.recipient))
            #expect(anew.result.resumedAt == nil)
            let plain = before.isEmpty ? whole.bytes : try AgeFile.decrypt(whole.bytes, with: before)
            for identity in after { #expect(try AgeFile.decrypt(anew.bytes, with: [identity]) == plain) }
            if after.isEmpty { #expect(anew.bytes == plain) }
            guard !before.isEmpty, !after.isEmpty else { return }
            // Whoever could open what was begun has no key of what is there now.
            let key = try #require(RunKey(in: path + "/whole")).fileKey(of: whole.result.objects[0].key)
            #expect(try AgeFile.decrypt(whole.bytes, key) == plain)
            #expect(throws: AgeError.self) { try AgeFile.decrypt(anew.bytes, key) }
            for identity in before where !after.contains(identity) {
                #expect(throws: AgeError.noMatch) { try AgeFile.decrypt(anew.bytes, with: [identity]) }
            }
        }
    }

    @Test("but not from a copy that memory may have lost with the machine", arguments: [true, false], [[], [one]])
    func reboot(diskHasIt: Bool, identities: [AgeIdentity]) async throws {
        try await withTemporaryDirectory { path in
            try Self.makeChunks(path)
            let recipients = identities.map(\.recipient)
            let whole = try await Self.export(
                path, "whole", .sql, true, recipients, diskDelay: diskHasIt ? .zero : .seconds(3600),
                untilOnDisk: diskHasIt)
            let journal = try Journal(of: path)
            let folder = try journal.cutOff(in: path, after: journal.frames.count / 2, ofAnotherBoot: true)
            try #require(journal.diskHasSnapshot == diskHasIt)
            #expect(RunFiles.holdSnapshot(in: folder) == diskHasIt)
            let resumed = try await Self.export(path, "resumed", .sql, true, recipients)
            // What was encrypted of one copy shares no key with what is encrypted of another.
            #expect((resumed.bytes == whole.bytes) == (diskHasIt || identities.isEmpty))
            #expect((resumed.result.resumedAt != nil) == diskHasIt)
        }
    }

    @Test("nor from one that the file system has lost", arguments: [0, 4096])
    func lost(bytes: Int) async throws {
        try await withTemporaryDirectory { path in
            try Self.makeChunks(path)
            let whole = try await Self.export(path, "whole", .sql, true, [])
            let folder = try Journal(of: path).cutOff(in: path, after: 0)
            #expect(RunFiles.holdSnapshot(in: folder))
            try #require(truncate(folder + "/" + RunFiles.snapshot, bytes) == 0)
            #expect(!RunFiles.holdSnapshot(in: folder))
            let resumed = try await Self.export(path, "resumed", .sql, true, [])
            #expect(resumed.bytes == whole.bytes)
            #expect(resumed.result.resumedAt == nil)
        }
    }

    /// A source whose dump has many chunks and several frames in each.
    private static func makeChunks(_ path: String) throws {
        try Database(path: path + "/source.db", access: .create).execute(
            """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
              INSERT INTO t SELECT i, randomblob(4000 + i) FROM n;
            """)
    }

    private func goOn(
        _ hazard: Hazard, _ format: DumpFormat = .sql, includesSchema: Bool = true, for recipients: [AgeRecipient] = []
    ) async throws {
        try await withHeavyTestDirectory { path in
            let writer = try hazard.make(at: path + "/source.db")
            defer { withExtendedLifetime(writer) {} }
            guard let whole = try await Self.whole(path, format, includesSchema, recipients) else { return }
            let journal = try Journal(of: path)
            for place in journal.places(3) {
                try await goOn(path, whole, format, includesSchema, recipients, from: place, of: journal)
            }
        }
    }

    private func goOn(
        _ path: String, _ whole: Exported, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient],
        from place: Int, of journal: Journal
    ) async throws {
        let folder = try journal.cutOff(in: path, after: place)
        let resumed = try await Self.export(path, "resumed", format, includesSchema, recipients)
        try #require(resumed.bytes == whole.bytes, "after frame \(place + 1) of \(journal.frames.count)")
        #expect(resumed.result.tables == whole.result.tables)
        #expect(resumed.result.schema == whole.result.schema)
        #expect(resumed.result.excluded == whole.result.excluded)
        #expect(resumed.result.notes == whole.result.notes)
        #expect(resumed.result.snapshot == whole.result.snapshot)
        #expect((resumed.result.resumedAt ?? 0) > 0)
        try FileManager.default.removeItem(atPath: folder)
    }

    /// What the export `whole` has written down.
    private struct Journal {
        private let lines: [Data]
        private let snapshot: Data
        /// Those of `lines` that end a frame.
        private let ends: [Int]
        let frames: [ExportJournal.Frame]
        let diskHasSnapshot: Bool

        init(of path: String) throws {
            let folder = path + "/whole"
            let records = try journalLines(in: folder)
            var snapshot = Data()
            var ends: [Int] = []
            var frames: [ExportJournal.Frame] = []
            for (index, (record, line)) in records.enumerated() {
                switch record {
                case .snapshot: snapshot = line
                case .frame(let frame):
                    ends.append(index)
                    frames.append(frame)
                default: break
                }
            }
            lines = records.map(\.line)
            self.snapshot = snapshot
            self.ends = ends
            diskHasSnapshot = records.contains { line in
                if case .snapshot(let record) = line.record { record.memory == nil } else { false }
            }
            self.frames = frames
        }

        /// The first frame, the last one, and about so many between them.
        func places(_ count: Int) -> [Int] {
            let step = max(1, frames.count / count)
            return frames.indices.filter { $0 == 0 || $0 % step == step / 2 || $0 == frames.count - 1 }
        }

        /// Makes the folder `resumed` what `whole` was when that frame had ended.
        /// - Parameter ofAnotherBoot: As if the machine had been started again since.
        func cutOff(in path: String, after place: Int, ofAnotherBoot: Bool = false) throws -> String {
            let end = ends[place]
            // The record behind it is cut off in the middle, as at the end of a machine.
            let torn = end + 1 < lines.count ? lines[end + 1].prefix(lines[end + 1].count / 2) : Data()
            let taken = ofAnotherBoot ? try Self.rebooted(snapshot) : snapshot
            let kept = lines[...end].filter { $0 != snapshot } + [taken, torn]
            let folder = path + "/resumed"
            try FileManager.default.copyItem(atPath: path + "/whole", toPath: folder)
            try Data(kept.joined(separator: [UInt8(ascii: "\n")])).write(to: URL(fileURLWithPath: folder + "/journal"))
            return folder
        }

        private static func rebooted(_ line: Data) throws -> Data {
            let boot = try #require(Boot.id)
            let json = String(decoding: line, as: UTF8.self).drop { $0 != " " }.dropFirst()
                .replacingOccurrences(of: boot, with: "another boot")
            return Data("\(ExportJournal.check(Array(json.utf8))) \(json)".utf8)
        }
    }

    /// - Returns: nil where only its own application can back it up, in whatever format: there is nothing to go on with.
    private static func whole(
        _ path: String, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient]
    ) async throws -> Exported? {
        do {
            return try await export(path, "whole", format, includesSchema, recipients)
        } catch {
            let statements = try? await export(path, "statements", .sql, true, [])
            try #require(statements?.bytes == nil, "\(error)")
            return nil
        }
    }

    /// Has an object when the disk has the snapshot.
    private struct PatientStore: ForwardingStore {
        let store: any ObjectStore
        let folder: String

        func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
            try await waitForSnapshotOnDisk(in: folder)
            return try await store.create(key, part)
        }
    }

    private struct Exported {
        /// Of the only object.
        let bytes: [UInt8]
        let result: Export.Result
    }

    /// Exports to a store of its own, with a checkpoint after every other row, or a few dozen of them.
    private static func export(
        _ path: String, _ name: String, _ format: DumpFormat, _ includesSchema: Bool, _ recipients: [AgeRecipient],
        diskDelay: Duration = .seconds(3600), untilOnDisk: Bool = false
    ) async throws -> Exported {
        let folder = "\(path)/\(name)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let directory = try DirectoryStore(path: "\(path)/store-\(UUID().uuidString)")
        let store: any ObjectStore = untilOnDisk ? PatientStore(store: directory, folder: folder) : directory
        var options = Export.Options(
            snapshot: SnapshotOptions(
                method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                maximumLock: .seconds(10)),
            format: format, chunkRows: 2, exclude: [], compression: .zstd(level: 3), partSize: 5 << 20,
            uploadConcurrency: 2,
            tool: "test", includesSchema: includesSchema, recipients: recipients)
        let size = FileStatus(path + "/source.db")?.size ?? 0
        options.snapshot.diskDelay = diskDelay
        options.frameSize = max(1, Int(size - (64 << 10)) / 40)
        let result = try await Export(
            source: SQLiteFile(path: path + "/source.db"), store: store,
            keys: DumpKeys(filesOf: "dump", format, .none), workDirectory: folder, options: options,
            progress: RunProgress(), keepingAfter: { _ in true }
        ).run()
        try #require(result.objects.count == 1)
        let bytes = try await store.get(result.objects[0].key, range: nil).collect(limit: 1 << 30)
        await store.shutdown()
        return Exported(bytes: bytes, result: result)
    }
}
