import Foundation
import Model
import Testing

@testable import Dump
@testable import Restore

extension DumpReaderTests {
    @Test("but not what is damaged", arguments: DumpReaderTests.compressions.prefix(2), [16 << 20, 0])
    func damagedFrame(_ compression: Compression, limit: Int) async throws {
        let cache = FrameCache(limit: limit)
        try await withSubject(compression, frameSize: 100_000, cache: cache) { subject in
            let place = subject.dump.object.size / 2
            let frame = try subject.dump.frames.first { $0.offset + $0.size > place }
            try subject.dump.damage(at: frame.map { $0.offset + $0.size / 2 } ?? place)
            let whole = await failure { try await subject.bytes(0..<subject.reader.size) }
            #expect(whole?.code == .difference)
            #expect(whole?.message.contains(ExportedDump.key) == true)
            guard let frame else { return }
            let error = await failure { try await subject.bytes(frame.dumpOffset..<frame.dumpOffset + frame.dumpSize) }
            #expect(error?.code == .difference)
            // What others hold is none the worse for it.
            try await subject.check(0..<frame.dumpOffset)
            try await subject.check(frame.dumpOffset + frame.dumpSize..<subject.reader.size)
        }
    }

    @Test("nor stored bytes that are not those of their part", arguments: DumpReaderTests.compressions)
    func damagedPart(_ compression: Compression) async throws {
        // An uncompressed part has several pieces, and ends in the middle of one.
        let partSize: Int64 = compression == .none ? 300_001 : 30_001
        try await withSubject(compression, frameSize: 100_000, partSize: partSize) { subject in
            let stored = try subject.dump.stored
            let parts = subject.dump.object.parts
            try #require(parts.count > 2)
            let whole = 0..<Int64(stored.count)
            for index in [0, parts.count / 2, parts.count - 1] {
                let start = Int64(index) * partSize
                let end = start + parts[index].size
                let place = start + parts[index].size / 2
                let reader = subject.freshReader
                try subject.dump.damage(at: place)
                var given: Int64 = 0
                let error = await failure {
                    try await reader.readStored(whole) { given += Int64($0.count) }
                }
                #expect(error?.code == .difference)
                #expect(error?.message.contains(ExportedDump.key) == true)
                #expect(error?.message.contains("of part \(parts[index].number) differs") == true)
                #expect(given >= start && given < end, "\(given) bytes were given, up to \(start)..<\(end)")
                // Within the damaged part, and all of the others.
                let other = subject.freshReader
                let sound: [Range<Int64>] = [start..<place, place + 1..<end, 0..<start, end..<whole.upperBound]
                for range in sound {
                    var found: [UInt8] = []
                    try await other.readStored(range) { found += $0 }
                    let isRight = isSame(found, stored, range)
                    #expect(isRight, "\(range)")
                }
                // The same bit again: what the store holds now is read, by way of the same cache.
                try subject.dump.damage(at: place)
                var found: [UInt8] = []
                try await reader.readStored(whole) { found += $0 }
                let isMended = isSame(found, stored, whole)
                #expect(isMended)
            }
        }
    }

    @Test("nor all of a dump that has damage anywhere", arguments: [Compression.gzip(level: 6), .none])
    func damagedText(_ compression: Compression) async throws {
        let partSize: Int64 = compression == .none ? 300_001 : 30_001
        try await withSubject(compression, frameSize: 100_000, partSize: partSize) { subject in
            let size = subject.reader.size
            let storedSize = subject.reader.storedSize
            for place in [storedSize / 100, storedSize / 2, storedSize - 1] {
                let reader = subject.freshReader
                try subject.dump.damage(at: place)
                var given: Int64 = 0
                let error = await failure {
                    try await reader.read(0..<size) { given += Int64($0.count) }
                }
                #expect(error?.code == .difference)
                #expect(given < size)
                // The same bit again: what the store holds now is read, by way of the same cache.
                try subject.dump.damage(at: place)
                let isMended = isSame(try await subject.bytes(0..<size, reader), subject.text, 0..<size)
                #expect(isMended)
            }
        }
    }

    @Test("nor what has another size, or is gone", arguments: DumpReaderTests.compressions)
    func wrongSize(_ compression: Compression) async throws {
        try await withSubject(compression, frameSize: 100_000) { subject in
            let stored = try subject.dump.stored
            for bytes in [[], Array(stored.dropLast()), Array(stored.prefix(stored.count / 2)), stored + [0x41]] {
                try subject.dump.replace(bytes)
                let opening = await failure { try await subject.reader.open() }
                #expect(opening?.code == .difference, "\(bytes.count) bytes")
            }
            try subject.dump.replace(Array(stored.prefix(stored.count / 2)))
            let reading = await failure { try await subject.bytes(0..<subject.reader.size) }
            #expect(reading?.code == .difference)
            try FileManager.default.removeItem(atPath: subject.dump.path)
            let opening = await failure { try await subject.reader.open() }
            #expect(opening?.code == .missing)
        }
    }

    @Test("nor a dump whose seek table is damaged")
    func damagedTable() async throws {
        try await withSubject(.zstd(level: 3), frameSize: 100_000) { subject in
            let stored = try subject.dump.stored
            let size = try #require(SeekTable.size(fromFooter: Array(stored.suffix(SeekTable.footerSize))))
            // The magic numbers, the count, sizes of frames before and after compression.
            for place in [1, 5, 9, size - 1, size - 5, size - 8, size - 13] {
                try subject.dump.replace(stored)
                try subject.dump.damage(at: Int64(stored.count) - place)
                let error = await failure { try await subject.reader.open() }
                #expect(error?.code == .difference, "\(place) bytes before the end")
            }
        }
    }
}
