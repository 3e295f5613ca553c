import Foundation
import Model
import Storage
import TestSupport
import Testing
import Zlib
import Zstandard

@testable import Dump
@testable import Restore

@Suite("An archive of a dump's objects is read as if it had been made", .timeLimit(.minutes(30)))
struct ArchiveReaderTests {
    private static let id = "dump_20260315-023000"
    private static let frameSize = 100_000

    /// Objects in a store, and the archive that they make.
    struct Subject: Sendable {
        let made: MadeArchive
        let readers: [DumpReader]

        var reader: ArchiveReader { get throws { try ArchiveReader(made.archive, readers) } }

        /// The archive that says another CRC-32 of one entry.
        func archive(changing index: Int) throws -> ZipArchive {
            var entries = made.archive.entries
            let entry = entries[index]
            entries[index] = .init(name: entry.name, size: entry.size, crc32: entry.crc32 ^ 1)
            return try ZipArchive(entries, modified: MadeArchive.modified)
        }
    }

    private static let contents: [MadeArchive.Content] = {
        var generator = SeededGenerator(seed: 11)
        let sizes = [0, 5, 65_536, 300_001, 0, 131_072, 1, 700_000]
        return sizes.enumerated().map { index, size in
            let text = (0..<size).map { _ in UInt8.random(in: 0x30...0x33, using: &generator) }
            return MadeArchive.Content("t\(index).csv", text)
        }
    }()

    private func withSubject(_ compression: Compression, _ body: (Subject) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let store = try DirectoryStore(path: path + "/store")
            var objects: [Manifest.StoredObject] = []
            for content in Self.contents {
                let part = Part(bytes: try Self.stored(content.text, compression))
                let key = "shop/\(Self.id).csv/\(content.name)\(compression.suffix)"
                _ = try await store.create(key, part)
                objects.append(
                    Manifest.StoredObject(
                        key: key, size: part.size, uncompressedSize: Int64(content.text.count), etag: nil,
                        parts: [.init(number: 1, size: part.size, sha256: part.sha256Hex, etag: nil)]))
            }
            let time = Timestamp(seconds: 1_773_541_801)
            let manifest = Manifest(
                id: Self.id, database: "shop", appliance: "test", tool: "test", startedAt: time, finishedAt: time,
                source: .init(
                    kind: "sqlite", pageSize: 4096, pageCount: 1, encoding: "UTF-8", journalMode: "wal", autoVacuum: 0,
                    userVersion: 0, applicationID: 0, sqliteVersion: "3.40.1"),
                snapshot: .init(method: .copy, consistent: true, begunAt: time, takenAt: time),
                options: .init(
                    format: .csv, compression: compression.name, compressionLevel: compression.level, chunkRows: 1000,
                    partSize: 8 << 20),
                objects: objects, tables: [], schema: [], excluded: [], foreignCollations: [], notes: [])
            let cache = FrameCache()
            let readers = objects.map { DumpReader(store: store, manifest: manifest, object: $0, cache: cache) }
            try await body(Subject(made: try MadeArchive(Self.contents), readers: readers))
        }
    }

    private static func stored(_ text: [UInt8], _ compression: Compression) throws -> [UInt8] {
        var stored: [UInt8] = []
        switch compression {
        case .none:
            stored = text
        case .gzip(let level):
            let gzip = try GzipCompressor(level: level)
            guard !text.isEmpty else { break }
            try text.withUnsafeBytes { text in
                try gzip.compress(text, endMember: true) { stored.append(contentsOf: $0) }
            }
        case .zstd(let level):
            let zstd = try ZstdCompressor(level: level)
            var table = SeekTable()
            for start in stride(from: 0, to: text.count, by: frameSize) {
                let frame = text[start..<min(start + frameSize, text.count)]
                let before = stored.count
                try frame.withUnsafeBytes { frame in
                    try zstd.compress(frame, endFrame: true) { stored.append(contentsOf: $0) }
                }
                table.append(compressed: Int64(stored.count - before), decompressed: Int64(frame.count))
            }
            stored += table.encoded
        }
        return stored
    }

    private func bytes(_ reader: ArchiveReader, _ range: Range<Int64>) async throws -> [UInt8] {
        var found: [UInt8] = []
        try await reader.read(range) { piece in
            #expect(!piece.isEmpty && piece.count <= DumpReader.pieceSize)
            found += piece
        }
        return found
    }

    // MARK: What is read

    @Test("whatever the range", arguments: DumpReaderTests.compressions)
    func ranges(_ compression: Compression) async throws {
        try await withSubject(compression) { subject in
            let reader = try subject.reader
            let whole = subject.made.whole
            let size = reader.size
            #expect(size == Int64(whole.count))
            var generator = SeededGenerator(seed: 7)
            var ranges: [Range<Int64>] = [0..<size, 0..<1, size - 1..<size, 0..<0, size..<size, 1..<size - 1]
            for _ in 0..<20 {
                let start = Int64.random(in: 0..<size, using: &generator)
                ranges.append(start..<Int64.random(in: start...size, using: &generator))
                ranges.append(start..<min(size, start + Int64.random(in: 1...1000, using: &generator)))
            }
            for range in ranges {
                let isRight = isSame(try await bytes(reader, range), whole, range)
                #expect(isRight, "\(range)")
            }
        }
    }

    @Test("so that unzip finds it sound", arguments: DumpReaderTests.compressions)
    func unzip(_ compression: Compression) async throws {
        try await withSubject(compression) { subject in
            try await withTemporaryDirectory { path in
                let reader = try subject.reader
                let whole = try await bytes(reader, 0..<reader.size)
                try Data(whole).write(to: URL(fileURLWithPath: path + "/a.zip"))
                let test = try await ZipPrograms.unzipTest(path + "/a.zip")
                #expect(test.exitCode == 0, "\(test)")
            }
        }
    }

    @Test("and what lies outside of it is refused")
    func outside() async throws {
        try await withSubject(.none) { subject in
            let reader = try subject.reader
            let behind = reader.size + 1
            let ranges: [Range<Int64>] = [-1..<1, 0..<behind, behind..<behind]
            for range in ranges {
                let error = await failure { try await reader.read(range) { _ in } }
                #expect(error?.code == .usage)
            }
        }
    }

    @Test("until whoever reads it has had enough")
    func thrownByTheReader() async throws {
        struct Enough: Error {}
        try await withSubject(.zstd(level: 3)) { subject in
            let reader = try subject.reader
            var pieces = 0
            await #expect(throws: Enough.self) {
                try await reader.read(0..<reader.size) { _ in
                    pieces += 1
                    if pieces == 4 { throw Enough() }
                }
            }
            #expect(pieces == 4)
        }
    }

    // MARK: What differs

    @Test("but not an object whose CRC-32 is another", arguments: DumpReaderTests.compressions, [1, 3, 5, 7])
    func differentCRC(_ compression: Compression, index: Int) async throws {
        try await withSubject(compression) { subject in
            let archive = try subject.archive(changing: index)
            let reader = try ArchiveReader(archive, subject.readers)
            let place = archive.headers[index] + archive.records.localSize(archive.entries[index])
            let end = place + archive.entries[index].size
            var given: Int64 = 0
            let error = await failure {
                try await reader.read(0..<archive.size) { given += Int64($0.count) }
            }
            #expect(error?.code == .difference)
            #expect(error?.message.contains("shop/\(Self.id).csv/t\(index).csv") == true)
            #expect(error?.message.contains("CRC-32") == true)
            #expect(error?.hint?.contains("nightjar verify \(Self.id)") == true)
            #expect(given >= place && given < end, "\(given) bytes were given, up to \(place)..<\(end)")
            // Of a part of it nobody can say.
            _ = try await bytes(reader, place + 1..<archive.size)
            _ = try await bytes(reader, 0..<end - 1)
        }
    }

    @Test("nor an empty one that is said not to be")
    func differentCRCOfNothing() async throws {
        try await withSubject(.none) { subject in
            let archive = try subject.archive(changing: 4)
            let error = #expect(throws: NightjarError.self) { _ = try ArchiveReader(archive, subject.readers) }
            #expect(error?.code == .difference)
            #expect(error?.message.contains("t4.csv") == true)
        }
    }

    @Test("nor objects of other sizes than the archive's entries have")
    func otherReaders() async throws {
        try await withSubject(.none) { subject in
            for readers in [[], Array(subject.readers.dropLast()), Array(subject.readers.reversed())] {
                let error = #expect(throws: NightjarError.self) {
                    _ = try ArchiveReader(subject.made.archive, readers)
                }
                #expect(error?.code == .internal)
            }
        }
    }
}
