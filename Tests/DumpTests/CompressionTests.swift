import Testing
import Zlib
import Zstandard

@Suite struct CompressionTests {
    private static let frames: [[UInt8]] = [
        Array("first".utf8), [], [UInt8](repeating: 65, count: 1_000_000),
        (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0) },
    ]

    @Test("zstd frames come back, and each end is told", arguments: [1, 2, 3, 4, 9, 19])
    func zstd(level: Int) throws {
        let compressor = try ZstdCompressor(level: level)
        var stored: [UInt8] = []
        var borders: [Int64] = [0]
        for frame in Self.frames {
            try frame.withUnsafeBytes { try compressor.compress($0, endFrame: true) { stored += $0 } }
            borders.append(Int64(stored.count))
        }
        let decompressor = try ZstdDecompressor()
        var text: [UInt8] = []
        var ends: [Int] = []
        var found: [ZstdDecompressor.Frame] = []
        for start in stride(from: 0, to: stored.count, by: 777) {
            try stored[start..<min(start + 777, stored.count)].withUnsafeBytes { bytes in
                try decompressor.decompress(bytes, into: { text += $0 }) { frame in
                    ends.append(text.count)
                    found.append(frame)
                }
            }
        }
        #expect(text == Self.frames.flatMap { $0 })
        #expect(ends == [5, 5, 1_000_005, 1_300_005])
        #expect(found.map(\.textSize) == Self.frames.map { Int64($0.count) })
        #expect(found.map(\.size) == zip(borders.dropFirst(), borders).map { $0 - $1 })
        #expect(decompressor.isAtFrameEnd)
        for start in borders.dropLast() { #expect(Self.windowSize(stored[Int(start)...]) ?? 0 <= 1 << 20) }
    }

    /// What a decompressor has to remember of a frame at most; nil where that is its text. RFC 8878, 3.1.1.1.2.
    private static func windowSize(_ frame: ArraySlice<UInt8>) -> Int? {
        let header = frame.dropFirst(4)
        guard let descriptor = header.first, descriptor & 0x20 == 0, let window = header.dropFirst().first else {
            return nil
        }
        let base = 1 << (10 + Int(window >> 3))
        return base + base / 8 * Int(window & 7)
    }

    @Test("Frames of zstd before 0.8 are none, in whichever pieces they come", arguments: [1, 3, 100], [0, 1])
    func oldFrames(size: Int, before: Int) throws {
        // Found by fuzzing: the beginning of one that libzstd takes, behind a skippable frame.
        let skippable: [UInt8] = before == 0 ? [] : [0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7]
        let frame = skippable + [0x27, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0, 0x53, 0, 0x50, 0x6d, 0x45]
        let pieces = stride(from: 0, to: frame.count, by: size).map { frame[$0..<min($0 + size, frame.count)] }
        let whole = try ZstdDecompressor()
        #expect(throws: ZstdError.self) {
            for piece in pieces {
                try piece.withUnsafeBytes { try whole.decompress($0, into: { _ in }, frameEnd: { _ in }) }
            }
        }
        let stepped = try ZstdDecompressor()
        #expect(throws: ZstdError.self) {
            _ = try Self.text(of: frame, size) { try stepped.step($0, into: $1) }
        }
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

    @Test("What was compressed comes back however little is taken at a time", arguments: [1, 100, 70_000])
    func steps(room: Int) throws {
        // A byte at a time takes long.
        let frames = room == 1 ? [Self.frames[0], [], Array(Self.frames[3].prefix(5000))] : Self.frames
        let zstdCompressor = try ZstdCompressor(level: 3)
        let gzipCompressor = try GzipCompressor(level: 6)
        var zstd: [UInt8] = []
        var gzip: [UInt8] = []
        for frame in frames {
            try frame.withUnsafeBytes { try zstdCompressor.compress($0, endFrame: true) { zstd += $0 } }
            try frame.withUnsafeBytes { try gzipCompressor.compress($0, endMember: true) { gzip += $0 } }
        }
        let zstdDecompressor = try ZstdDecompressor()
        let gzipDecompressor = try GzipDecompressor()
        let text = frames.flatMap { $0 }
        let fromZstd = try Self.text(of: zstd, room) { try zstdDecompressor.step($0, into: $1) }
        #expect(fromZstd == text)
        #expect(zstdDecompressor.isAtFrameEnd)
        let fromGzip = try Self.text(of: gzip, room) { try gzipDecompressor.step($0, into: $1) }
        #expect(fromGzip == text)
        #expect(gzipDecompressor.isAtMemberEnd)
    }

    /// What comes out of a decompressor that is given 777 bytes at a time, and takes out `room` bytes at a time.
    private static func text(
        of stored: [UInt8], _ room: Int,
        _ step: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) throws -> (taken: Int, written: Int)
    ) throws -> [UInt8] {
        var text: [UInt8] = []
        var output = [UInt8](repeating: 0, count: room)
        for start in stride(from: 0, to: stored.count, by: 777) {
            var input = stored[start..<min(start + 777, stored.count)]
            while true {
                let (taken, written) = try input.withUnsafeBytes { input in
                    try output.withUnsafeMutableBytes { try step(input, $0) }
                }
                input = input.dropFirst(taken)
                text += output[..<written]
                if taken == 0 && written == 0 { break }
            }
            #expect(input.isEmpty)
        }
        return text
    }

    @Test("zstd frames come back whole, of the size that they must have")
    func wholeFrames() throws {
        let compressor = try ZstdCompressor(level: 3)
        var stored: [UInt8] = []
        try Self.frames[3].withUnsafeBytes { try compressor.compress($0, endFrame: true) { stored += $0 } }
        let size = Self.frames[3].count
        #expect(try ZstdDecompressor.decompress(stored, size: size) == Self.frames[3])
        #expect(throws: ZstdError.self) { try ZstdDecompressor.decompress(stored, size: size - 1) }
        #expect(throws: ZstdError.self) { try ZstdDecompressor.decompress(stored, size: size + 1) }
        #expect(throws: ZstdError.self) { try ZstdDecompressor.decompress(Array(stored.dropLast()), size: size) }
        stored[stored.count / 2] ^= 1
        #expect(throws: ZstdError.self) { try ZstdDecompressor.decompress(stored, size: size) }
    }

    @Test("A changed byte in a frame is an error")
    func damage() throws {
        let compressor = try ZstdCompressor(level: 3)
        var stored: [UInt8] = []
        try Self.frames[3].withUnsafeBytes { try compressor.compress($0, endFrame: true) { stored += $0 } }
        stored[stored.count / 2] ^= 1
        #expect(throws: ZstdError.self) {
            try stored.withUnsafeBytes { try ZstdDecompressor().decompress($0, into: { _ in }, frameEnd: { _ in }) }
        }
    }
}
