import Foundation
import Glibc
import Model
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump
@testable import Restore

@Suite("Ranges of a dump are read as they are in the whole", .timeLimit(.minutes(30)))
struct DumpReaderTests {
    static let compressions: [Compression] = [.zstd(level: 3), .gzip(level: 6), .none]

    /// The text of a few megabytes, and a dump of it.
    struct Subject: Sendable {
        let dump: ExportedDump
        let text: [UInt8]
        let cache: FrameCache

        var reader: DumpReader { reader(dump.store) }

        /// With a cache of its own, which holds nothing.
        var freshReader: DumpReader {
            DumpReader(store: dump.store, manifest: dump.manifest, object: dump.object, cache: FrameCache())
        }

        func reader(_ store: any ObjectStore) -> DumpReader {
            DumpReader(store: store, manifest: dump.manifest, object: dump.object, cache: cache)
        }

        /// Checks what is read of `range`.
        func check(_ range: Range<Int64>, _ location: SourceLocation = #_sourceLocation) async throws {
            let isRight = isSame(try await bytes(range), text, range)
            #expect(isRight, "\(range)", sourceLocation: location)
        }

        func bytes(_ range: Range<Int64>, _ reader: DumpReader? = nil) async throws -> [UInt8] {
            var found: [UInt8] = []
            try await (reader ?? self.reader).read(range) { piece in
                #expect(!piece.isEmpty && piece.count <= DumpReader.pieceSize)
                found += piece
            }
            return found
        }
    }

    /// - Parameter cache: Of 16 MiB where none is given.
    func withSubject(
        _ compression: Compression, frameSize: Int, rows: Int = 20_000, partSize: Int64 = 5 << 20,
        cache: FrameCache = FrameCache(), _ body: (Subject) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let source = try Database(path: path + "/source.db", access: .create)
            try source.execute(
                """
                CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                  INSERT INTO t SELECT i, hex(i * 7919) || ' ' || hex(i * i * 104729), printf('%.*c', i % 90, 'x') FROM n;
                """)
            let plain = try await ExportedDump(of: path + "/source.db", in: path, .none) { $0.frameSize = frameSize }
            let dump = try await ExportedDump(of: path + "/source.db", in: path, compression) {
                $0.frameSize = frameSize
                $0.partSize = partSize
            }
            try await body(Subject(dump: dump, text: plain.stored, cache: cache))
        }
    }

    // MARK: What is read

    @Test("whatever the range", arguments: DumpReaderTests.compressions, [20_000, 700_000])
    func ranges(_ compression: Compression, frameSize: Int) async throws {
        try await withSubject(compression, frameSize: frameSize) { subject in
            let size = subject.reader.size
            #expect(size == Int64(subject.text.count))
            try await subject.reader.open()
            try await subject.check(0..<size)
            let odd: [Range<Int64>] = [0..<1, size - 1..<size, 0..<0, size..<size, 7..<7, 1..<size - 1]
            for range in odd { try await subject.check(range) }
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<30 {
                let start = Int64.random(in: 0..<size, using: &generator)
                try await subject.check(start..<Int64.random(in: start...size, using: &generator))
                try await subject.check(start..<min(size, start + Int64.random(in: 1...1000, using: &generator)))
            }
        }
    }

    @Test("at the borders of frames, and over them", arguments: [20_000, 700_000])
    func borders(frameSize: Int) async throws {
        try await withSubject(.zstd(level: 3), frameSize: frameSize) { subject in
            let frames = try subject.dump.frames
            try #require(frames.count > 2)
            for frame in frames.prefix(3) + frames.suffix(3) {
                let start = frame.dumpOffset
                let end = start + frame.dumpSize
                try await subject.check(start..<end)
                try await subject.check(end - 1..<end)
                try await subject.check(start..<start + 1)
                try await subject.check(max(0, start - 1)..<min(subject.reader.size, start + 1))
                try await subject.check(max(0, start - 1)..<min(subject.reader.size, end + 1))
            }
        }
    }

    @Test("as it is stored", arguments: DumpReaderTests.compressions)
    func storedBytes(_ compression: Compression) async throws {
        try await withSubject(compression, frameSize: 100_000) { subject in
            let stored = try subject.dump.stored
            let size = subject.reader.storedSize
            #expect(size == Int64(stored.count))
            let ranges: [Range<Int64>] = [0..<size, 0..<1, size - 1..<size, 0..<0, size / 3..<size / 2]
            for range in ranges {
                var found: [UInt8] = []
                try await subject.reader.readStored(range) { piece in
                    #expect(piece.count <= DumpReader.pieceSize)
                    found += piece
                }
                let isRight = isSame(found, stored, range)
                #expect(isRight, "\(range)")
            }
        }
    }

    @Test("and what lies outside of it is refused")
    func outside() async throws {
        try await withSubject(.none, frameSize: 100_000, rows: 100) { subject in
            let reader = subject.reader
            let behind = reader.size + 1
            let ranges: [Range<Int64>] = [-1..<1, 0..<behind, behind..<behind]
            for range in ranges {
                let error = await failure { try await reader.read(range) { _ in } }
                #expect(error?.code == .usage)
                let other = await failure { try await reader.readStored(range) { _ in } }
                #expect(other?.code == .usage)
            }
        }
    }

    @Test("frames that are too large for the cache as well", arguments: [0, 5_000, 60_000])
    func largeFrames(limit: Int) async throws {
        let cache = FrameCache(limit: limit)
        try await withSubject(.zstd(level: 3), frameSize: 100_000, cache: cache) { subject in
            let size = subject.reader.size
            try await subject.check(0..<size)
            for frame in try subject.dump.frames {
                let start = frame.dumpOffset + frame.dumpSize / 3
                try await subject.check(start..<min(size, start + frame.dumpSize))
            }
            #expect(cache.size <= limit)
        }
    }

    // MARK: Many readers

    @Test("by many at once who share a small cache", arguments: DumpReaderTests.compressions)
    func manyReaders(_ compression: Compression) async throws {
        let limit = 60_000
        let cache = FrameCache(limit: limit, decompressions: 2)
        try await withSubject(compression, frameSize: 20_000, rows: 5000, cache: cache) { subject in
            let size = subject.reader.size
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(number))
                        for _ in 0..<4 {
                            let start = Int64.random(in: 0..<size, using: &generator)
                            try await subject.check(start..<Int64.random(in: start...size, using: &generator))
                            #expect(cache.size <= limit)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("and a frame that had to make room while somebody was slow comes back")
    func evictedFrames() async throws {
        // Two of its frames, of eight or so.
        let cache = FrameCache(limit: 1_600_000, decompressions: 2)
        try await withSubject(.zstd(level: 3), frameSize: 700_000, rows: 60_000, cache: cache) { subject in
            let size = subject.reader.size
            try #require(try subject.dump.frames.count > 4)
            var found: [UInt8] = []
            var pieces = 0
            try await subject.reader.read(0..<size) { piece in
                found += piece
                pieces += 1
                // Somebody else passes by meanwhile.
                if pieces <= 4 { try await subject.check(0..<size) }
            }
            #expect(pieces > 8)
            let isRight = isSame(found, subject.text, 0..<size)
            #expect(isRight)
            #expect(cache.size <= 1_600_000)
        }
    }

    @Test("and those who want the same frame wait for one fetch of it")
    func sharedFrame() async throws {
        try await withSubject(.zstd(level: 3), frameSize: 100_000) { subject in
            let meter = StoreMeter(store: "disk")
            let store = MeteredStore(subject.dump.store, meter: meter)
            let frame = try #require(try subject.dump.frames.dropFirst(2).first)
            let range = frame.dumpOffset..<frame.dumpOffset + frame.dumpSize
            try await subject.reader(store).open()
            func gets() -> Int64? { meter.counts.first { $0.operation == "get" }?.count }
            #expect(gets() == 1)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await subject.bytes(range, subject.reader(store)).count }
                }
                for try await count in group { #expect(count == Int(frame.dumpSize)) }
            }
            #expect(gets() == 2)
        }
    }

    // MARK: Ends before the end

    @Test("until whoever reads it has had enough", arguments: DumpReaderTests.compressions)
    func thrownByTheReader(_ compression: Compression) async throws {
        struct Enough: Error {}
        try await withSubject(compression, frameSize: 700_000) { subject in
            var pieces = 0
            do {
                try await subject.reader.read(0..<subject.reader.size) { _ in
                    pieces += 1
                    if pieces == 2 { throw Enough() }
                }
                Issue.record("nothing was thrown")
            } catch is Enough {}
            #expect(pieces == 2)
        }
    }

    @Test("until the task is cancelled, and then nothing is fetched any more")
    func cancelled() async throws {
        try await withSubject(.zstd(level: 3), frameSize: 100_000) { subject in
            let frame = try #require(try subject.dump.frames.dropFirst().first)
            let store = HeldStore(subject.dump.store, holding: frame.offset)
            let reader = subject.reader(store)
            try await reader.open()
            let task = Task { try await reader.read(frame.dumpOffset..<frame.dumpOffset + 10) { _ in } }
            await store.waitForArrival()
            task.cancel()
            await store.waitForDeparture()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("and whoever waits for the same frame gets it all the same")
    func cancelledBesideOthers() async throws {
        try await withSubject(.zstd(level: 3), frameSize: 100_000) { subject in
            let frame = try #require(try subject.dump.frames.dropFirst().first)
            let store = HeldStore(subject.dump.store, holding: frame.offset)
            let reader = subject.reader(store)
            try await reader.open()
            let range = frame.dumpOffset..<frame.dumpOffset + frame.dumpSize
            let first = Task { try await subject.bytes(range, reader) }
            await store.waitForArrival()
            let others = (0..<5).map { _ in Task { try await subject.bytes(range, reader) } }
            first.cancel()
            store.letGo()
            for other in others {
                let isRight = isSame(try await other.value, subject.text, range)
                #expect(isRight)
            }
            _ = await first.result
        }
    }
}

/// The failure that `body` throws; records an issue when it throws nothing, or an error of another shape.
func failure<Value>(
    at location: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async -> (any Failure)? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as any Failure {
        return error
    } catch {
        Issue.record("not of the shape of failures: \(error)", sourceLocation: location)
    }
    return nil
}

/// Whether `found` is what stands in `range` of `whole`. A report need not show either.
func isSame(_ found: [UInt8], _ whole: [UInt8], _ range: Range<Int64>) -> Bool {
    guard found.count == range.count else { return false }
    return found.withUnsafeBytes { found in
        whole.withUnsafeBytes { whole in
            let wanted = whole[Int(range.lowerBound)..<Int(range.upperBound)]
            guard let left = found.baseAddress, let right = UnsafeRawBufferPointer(rebasing: wanted).baseAddress else {
                return found.isEmpty
            }
            return memcmp(left, right, found.count) == 0
        }
    }
}
