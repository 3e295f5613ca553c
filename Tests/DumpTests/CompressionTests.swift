import Testing
import Zlib
import Zstandard

@Suite struct CompressionTests {
    private static let frames: [[UInt8]] = [
        Array("first".utf8), [], [UInt8](repeating: 65, count: 1_000_000),
        (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0) },
    ]

    @Test("zstd frames come back, and each end is told", arguments: [1, 3, 19])
    func zstd(level: Int) throws {
        let compressor = try ZstdCompressor(level: level)
        var stored: [UInt8] = []
        for frame in Self.frames {
            try frame.withUnsafeBytes { try compressor.compress($0, endFrame: true) { stored += $0 } }
        }
        let decompressor = try ZstdDecompressor()
        var text: [UInt8] = []
        var ends: [Int] = []
        for start in stride(from: 0, to: stored.count, by: 777) {
            try stored[start..<min(start + 777, stored.count)].withUnsafeBytes { bytes in
                try decompressor.decompress(bytes, into: { text += $0 }, frameEnd: { ends.append(text.count) })
            }
        }
        #expect(text == Self.frames.flatMap { $0 })
        #expect(ends == [5, 5, 1_000_005, 1_300_005])
        #expect(decompressor.isAtFrameEnd)
    }

    @Test("gzip members come back, and each end is told")
    func gzip() throws {
        let compressor = try GzipCompressor(level: 6)
        var stored: [UInt8] = []
        for frame in Self.frames {
            try frame.withUnsafeBytes { try compressor.compress($0, endMember: true) { stored += $0 } }
        }
        let decompressor = try GzipDecompressor()
        var text: [UInt8] = []
        var ends: [Int] = []
        for start in stride(from: 0, to: stored.count, by: 777) {
            try stored[start..<min(start + 777, stored.count)].withUnsafeBytes { bytes in
                try decompressor.decompress(bytes, into: { text += $0 }, memberEnd: { ends.append(text.count) })
            }
        }
        #expect(text == Self.frames.flatMap { $0 })
        #expect(ends == [5, 5, 1_000_005, 1_300_005])
        #expect(decompressor.isAtMemberEnd)
    }

    @Test("A changed byte in a frame is an error")
    func damage() throws {
        let compressor = try ZstdCompressor(level: 3)
        var stored: [UInt8] = []
        try Self.frames[3].withUnsafeBytes { try compressor.compress($0, endFrame: true) { stored += $0 } }
        stored[stored.count / 2] ^= 1
        #expect(throws: ZstdError.self) {
            try stored.withUnsafeBytes { try ZstdDecompressor().decompress($0, into: { _ in }, frameEnd: {}) }
        }
    }
}
