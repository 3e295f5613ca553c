import Model
import TestSupport
import Testing

@testable import Restore

@Suite("Ranges of an archive are as they are in the whole")
struct ZipSegmentTests {
    @Test("all of them")
    func allRanges() throws {
        let made = try MadeArchive([.init("a", "xyz"), .init("b", ""), .init("c", "1")])
        let whole = made.whole
        let size = made.archive.size
        #expect(Int64(whole.count) == size)
        for start in 0...size {
            for end in start...size {
                let isRight = isSame(made.bytes(start..<end), whole, start..<end)
                #expect(isRight, "\(start)..<\(end)")
            }
        }
    }

    @Test("some of many entries, in segments that follow upon each other", arguments: [1, 2, 3, 4] as [UInt64])
    func randomRanges(seed: UInt64) throws {
        let made = try MadeArchive(MadeArchive.contents(count: 2000, seed: seed))
        let whole = made.whole
        let size = made.archive.size
        var generator = SeededGenerator(seed: seed)
        var ranges = (0..<60).map { _ in
            let start = Int64.random(in: 0...size, using: &generator)
            return start..<Int64.random(in: start...min(size, start + 200_000), using: &generator)
        }
        ranges += [0..<size, size - 1..<size, size..<size, 0..<1, size - 22..<size]
        for range in ranges {
            var position = range.lowerBound
            var before: (index: Int, end: Int64)?
            for segment in made.archive.segments(range) {
                switch segment {
                case .bytes(let bytes):
                    #expect(!bytes.isEmpty && bytes.count < 64 << 10)
                    position += Int64(bytes.count)
                case .entry(let index, let part):
                    let entrySize = made.archive.entries[index].size
                    #expect(!part.isEmpty && part.lowerBound >= 0 && part.upperBound <= entrySize)
                    // Only where the range begins or ends may an entry be cut.
                    #expect(part.lowerBound == 0 || position == range.lowerBound)
                    #expect(before.map { $0.index < index } ?? true)
                    before = (index, part.upperBound)
                    position += part.upperBound - part.lowerBound
                    #expect(part.upperBound == entrySize || position == range.upperBound)
                }
            }
            #expect(position == range.upperBound)
            let isRight = isSame(made.bytes(range), whole, range)
            #expect(isRight, "\(range)")
        }
    }

    @Test("and what lies outside of it has none")
    func outside() throws {
        let made = try MadeArchive([.init("a", "xyz")])
        let size = made.archive.size
        #expect(Array(made.archive.segments(size..<size + 10)) == [])
        #expect(Array(made.archive.segments(-5 ..< -1)) == [])
        #expect(made.bytes(-5..<size + 5) == made.whole)
    }

    @Test("Headers are small beside entries of a petabyte")
    func enormous() throws {
        let archive = try ZipArchive(
            [.init(name: "a", size: 1 << 50, crc32: 1), .init(name: "b", size: 1 << 50, crc32: 2)],
            modified: MadeArchive.modified)
        let segments = Array(archive.segments(0..<archive.size))
        #expect(segments.count == 5)
        #expect(segments.contains(.entry(0, 0..<1 << 50)) && segments.contains(.entry(1, 0..<1 << 50)))
        let middle: Int64 = 1 << 49
        #expect(Array(archive.segments(middle..<middle + 10)).count == 1)
    }
}
