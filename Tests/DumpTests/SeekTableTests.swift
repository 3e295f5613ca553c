import Dump
import Testing

@Suite struct SeekTableTests {
    @Test("A table tells where each frame lies", arguments: [0, 1, 3, 5000])
    func roundTrip(count: Int) throws {
        var table = SeekTable()
        for index in 0..<count { table.append(compressed: Int64(index + 1), decompressed: Int64(index * 2)) }
        let bytes = table.encoded
        #expect(SeekTable.size(fromFooter: Array(bytes.suffix(9))) == Int64(bytes.count))
        let read = try #require(SeekTable(bytes))
        #expect(read == table)
        #expect(read.frames.last.map { $0.offset + $0.size } ?? 0 == Int64(count * (count + 1) / 2))
    }

    @Test("A damaged table is refused")
    func damage() {
        var table = SeekTable()
        table.append(compressed: 1, decompressed: 1)
        let bytes = table.encoded
        for index in [0, 4, bytes.count - 9, bytes.count - 1] {
            var changed = bytes
            changed[index] ^= 0xFF
            #expect(SeekTable(changed) == nil)
        }
        #expect(SeekTable(Array(bytes.dropLast())) == nil)
    }
}
