import Foundation
import TestSupport
import Testing
import Zlib

@testable import Restore

@Suite("An archive has ZIP64 where numbers need it", .timeLimit(.minutes(30)))
struct Zip64Tests {
    private static let zip64End = Array("PK\u{6}\u{6}".utf8)
    static let bound: Int64 = 0xFFFF_FFFF
    /// Of the header of an entry "a" without ZIP64.
    static let headerSize: Int64 = 40

    private static func hasZip64End(_ bytes: some Collection<UInt8>) -> Bool {
        let tail = Array(bytes.suffix(98))
        return tail.count == 98 && Array(tail.prefix(4)) == zip64End
    }

    @Test("for more entries than 16 bits count", arguments: [65_534, 65_535, 70_000])
    func manyEntries(count: Int) async throws {
        try await withTemporaryDirectory { path in
            let made = try MadeArchive(
                (0..<count).map { .init("\($0).csv", $0 % 3 == 0 ? "" : "\($0)\r\n") })
            let whole = made.whole
            #expect(Int64(whole.count) == made.archive.size)
            #expect(Self.hasZip64End(whole) == (count > 65_534))
            try Data(whole).write(to: URL(fileURLWithPath: path + "/a.zip"))
            let test = try await ZipPrograms.unzipTest(path + "/a.zip")
            #expect(test.exitCode == 0, "\(test)")
            let listed = try await ZipPrograms.python(path + "/a.zip", readsAll: false)
            let isRight = listed == ZipPrograms.listing(of: made)
            #expect(isRight, "\(listed.count) entries, the last is \(String(describing: listed.last))")
            var generator = SeededGenerator(seed: UInt64(count))
            for _ in 0..<30 {
                let start = Int64.random(in: 0..<made.archive.size, using: &generator)
                let range = start..<min(made.archive.size, start + 3000)
                let isSlice = isSame(made.bytes(range), whole, range)
                #expect(isSlice, "\(range)")
            }
        }
    }

    @Test(
        "for sizes and offsets at the border of 32 bits, and beyond",
        arguments: [
            bound - 1, bound, bound + 1, 3 << 32, bound - headerSize - 1, bound - headerSize, bound - headerSize + 1,
        ] as [Int64])
    func border(size: Int64) async throws {
        try await withTemporaryDirectory { path in
            let last = Self.crc32(ofZeros: 5)
            let archive = try ZipArchive(
                [
                    .init(name: "a", size: size, crc32: 7), .init(name: "b", size: 5, crc32: last),
                    .init(name: "c", size: 0, crc32: 0),
                ], modified: MadeArchive.modified)
            try archive.writeSparse(to: path + "/a.zip")
            let listed = try await ZipPrograms.python(path + "/a.zip", readsAll: false)
            #expect(listed.map(\.size) == [size, 5, 0])
            #expect(listed.map(\.crc32) == ["00000007", CRC32.text(of: last), "00000000"])
            #expect(listed.first?.version == (size >= Self.bound ? 45 : 20))
            #expect(listed.dropFirst().first?.version == (size + Self.headerSize >= Self.bound ? 45 : 20))
            // unzip 6.00 takes a size of exactly the mark for the mark again.
            guard size != Self.bound else { return }
            let test = try await ZipPrograms.unzipTest(path + "/a.zip", ["b", "c"])
            #expect(test.exitCode == 0, "\(test)")
        }
    }

    @Test("for an entry of more than 4 GiB, which Python reads to its end")
    func largeEntry() async throws {
        try await withTestSlot {
            try await withTemporaryDirectory { path in
                let size: Int64 = 4 << 30 + 12_345
                let archive = try ZipArchive(
                    [
                        .init(name: "before.csv", size: 10, crc32: Self.crc32(ofZeros: 10)),
                        .init(name: "large.csv", size: size, crc32: Self.crc32(ofZeros: size)),
                        .init(name: "behind.csv", size: 3, crc32: Self.crc32(ofZeros: 3)),
                    ], modified: MadeArchive.modified)
                try archive.writeSparse(to: path + "/a.zip")
                let listed = try await ZipPrograms.python(path + "/a.zip", readsAll: true)
                #expect(listed.map(\.size) == [10, size, 3])
                #expect(listed.map(\.version) == [20, 45, 45])
                let list = try await Command.run(["unzip", "-l", path + "/a.zip"])
                #expect(list.exitCode == 0 && list.mentions("\(size)"), "\(list)")
                let test = try await ZipPrograms.unzipTest(path + "/a.zip", ["before.csv", "behind.csv"])
                #expect(test.exitCode == 0, "\(test)")
            }
        }
    }

    private static func crc32(ofZeros count: Int64) -> UInt32 {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var left = count
        var crc: UInt32 = 0
        zeros.withUnsafeBytes { zeros in
            while left > 0 {
                let piece = UnsafeRawBufferPointer(rebasing: zeros[..<Int(min(left, Int64(zeros.count)))])
                crc = CRC32.update(crc, piece)
                left -= Int64(piece.count)
            }
        }
        return crc
    }
}
