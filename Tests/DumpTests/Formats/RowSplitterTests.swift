import Pipeline
import TestSupport
import Testing

@testable import Restore

@Suite struct RowSplitterTests {
    /// Feeds `text` in pieces, taking out what is whole each time.
    private static func split(_ text: [UInt8], _ rows: RowSplitter.Rows, pieces: () -> Int) -> [[UInt8]] {
        var block = ByteBlock(capacity: 16)
        var splitter = RowSplitter(rows)
        var taken: [[UInt8]] = []
        var start = 0
        while start < text.count {
            let end = min(start + pieces(), text.count)
            block.append(Array(text[start..<end]))
            start = end
            guard let boundary = splitter.lastBoundary(in: block) else { continue }
            taken.append(Array(block.bytes[..<boundary]))
            let tail = ByteBlock(capacity: 16)
            tail.append(Array(block.bytes[boundary...]))
            block = tail
            splitter.removed(boundary)
        }
        return taken + [Array(block.bytes)]
    }

    private static let csv = Array("a,\"b\r\nc\"\r\n\"\"\"\r\n\"\"\",\r\n,\"\"\r\n\r\n\"\n\n\",x\r\n1,2\r\n3".utf8)

    @Test("CSV is cut behind whole records, as early as that may be", arguments: 1...50)
    func records(size: Int) {
        let records = ["a,\"b\r\nc\"\r\n", "\"\"\"\r\n\"\"\",\r\n", ",\"\"\r\n", "\r\n", "\"\n\n\",x\r\n", "1,2\r\n"]
        let ends = records.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.utf8.count) }
        let pieces = Self.split(Self.csv, .csv) { size }
        #expect(pieces.flatMap { $0 } == Self.csv)
        // What is whole by the end of each piece that came.
        let whole = stride(from: size, to: Self.csv.count + size, by: size).map { come in ends.last { $0 <= come } ?? 0
        }
        let taken = pieces.dropLast().reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        #expect(Set(taken) == Set(whole + [0]))
    }

    @Test("Lines are cut behind the last LF", arguments: 1...20)
    func lines(size: Int) {
        let text = Array("{\"a\":\"\\\"\"}\n{}\n\n{\"b\":\"".utf8)
        let pieces = Self.split(text, .lines) { size }
        #expect(pieces.flatMap { $0 } == text)
        #expect(pieces.dropLast().allSatisfy { $0.last == 0x0A })
        #expect(pieces.last == Array("{\"b\":\"".utf8))
    }

    @Test("Nothing is cut where no row is whole")
    func nothing() {
        let block = ByteBlock(capacity: 16)
        var records = RowSplitter(.csv)
        var lines = RowSplitter(.lines)
        for text in ["", "\"a\r\n", "\"\"\n", ""] {
            block.append(Array(text.utf8))
            #expect(records.lastBoundary(in: block) == nil)
        }
        let row = ByteBlock(capacity: 16)
        for text in ["", "{\"a\":", "1}", ""] {
            row.append(Array(text.utf8))
            #expect(lines.lastBoundary(in: row) == nil)
        }
    }

    @Test("What was looked at is not looked at again")
    func once() {
        let block = ByteBlock(capacity: 16)
        var splitter = RowSplitter(.csv)
        block.append(Array("a\r\n\"b".utf8))
        #expect(splitter.lastBoundary(in: block) == 3)
        #expect(splitter.lastBoundary(in: block) == nil)
        block.append(Array("\"\r\n".utf8))
        #expect(splitter.lastBoundary(in: block) == 8)
    }

    @Test("Any bytes are cut into themselves")
    func fuzz() {
        var generator = SeededGenerator(seed: 1)
        var sizes = SeededGenerator(seed: 2)
        withFuzz(of: Self.csv, rounds: 5_000, using: &generator) { text in
            for rows in [RowSplitter.Rows.csv, .lines] {
                let pieces = Self.split(text, rows) { Int.random(in: 1...9, using: &sizes) }
                #expect(pieces.flatMap { $0 } == text)
            }
        }
    }
}
