import TestSupport
import Testing
import Zlib

@Suite("CRC-32")
struct CRC32Tests {
    @Test(
        "is the one of gzip and ZIP",
        arguments: [("", "00000000"), ("123456789", "cbf43926"), ("a", "e8b7be43"), ("\0", "d202ef8d")])
    func known(_ text: String, _ crc: String) {
        #expect(CRC32.text(of: Array(text.utf8).withUnsafeBytes { CRC32.update(0, $0) }) == crc)
    }

    @Test("is the same of pieces, of empty ones too")
    func pieces() {
        var generator = SeededGenerator(seed: 5)
        let bytes = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let whole = bytes.withUnsafeBytes { CRC32.update(0, $0) }
        for size in [1, 7, 4096, 99_999] {
            var crc: UInt32 = 0
            for start in stride(from: 0, to: bytes.count, by: size) {
                crc = bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { CRC32.update(crc, $0) }
                crc = CRC32.update(crc, UnsafeRawBufferPointer(start: nil, count: 0))
                crc = bytes[start..<start].withUnsafeBytes { CRC32.update(crc, $0) }
            }
            #expect(crc == whole)
        }
    }

    @Test("is written with all its digits")
    func digits() {
        #expect(CRC32.text(of: 0xAB) == "000000ab")
        #expect(CRC32.text(of: .max) == "ffffffff")
    }
}
