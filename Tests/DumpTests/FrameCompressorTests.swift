import Foundation
import Model
import Pipeline
import Testing
import Zlib
import Zstandard

@testable import Dump

@Suite("Frames are compressed by several threads")
struct FrameCompressorTests {
    private struct Interrupted: Error {}

    /// What a reader got of a frame.
    private struct Frame: Equatable {
        var object: String
        var bytes: [UInt8] = []
        var textSize: Int64?
        var crc: UInt32?
    }

    /// Texts of frames, a list of blocks each: none, empty ones, short ones, and more blocks than are taken ahead.
    private static func frames(_ seed: UInt64) -> [[[UInt8]]] {
        var random = Seeded(seed)
        return (0..<40).map { index in
            let count = index % 9 == 4 ? 40 : Int(random.next() % 12) + 1
            return (0..<count).map { _ in
                let size = index % 7 == 3 ? 0 : Int(random.next() % 30_000)
                return (0..<size).map { _ in UInt8(truncatingIfNeeded: 97 + random.next() % 5) }
            }
        }
    }

    private struct Seeded: RandomNumberGenerator {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    private static func block(_ text: [UInt8], of object: String, _ end: DumpBlock.FrameEnd?) -> DumpBlock {
        let block = ByteBlock(capacity: text.count)
        block.append(text)
        return DumpBlock(object: object, text: block, frameEnd: end)
    }

    /// Every third frame ends an object.
    private static func name(_ frame: Int) -> String { "object-\(frame / 3)" }

    private static func send(_ frames: [[[UInt8]]], to blocks: BoundedQueue<DumpBlock>) throws {
        for (number, frame) in frames.enumerated() {
            for (index, text) in frame.enumerated() {
                let isObjectEnd = number % 3 == 2
                let end: DumpBlock.FrameEnd =
                    isObjectEnd ? .objectEnd(ReadingState()) : .checkpoint(ReadingState())
                try blocks.send(block(text, of: name(number), index == frame.count - 1 ? end : nil))
            }
        }
        blocks.finish()
    }

    private static func received(
        _ frames: [[[UInt8]]], _ compression: Compression, workers: Int
    ) throws -> [Frame] {
        let blocks = BoundedQueue<DumpBlock>(capacity: 2)
        let compressor = FrameCompressor(compression, hasCRC: true, from: blocks, workers: workers)
        let threads = compressor.bodies.map { body in SideWork { try body() } }
        let sender = SideWork { try send(frames, to: blocks) }
        var pieces = compressor.pieces
        var received: [Frame] = []
        var open: Frame?
        while let piece = try pieces.receive() {
            var frame = open ?? Frame(object: piece.object)
            #expect(frame.object == piece.object)
            frame.bytes += piece.bytes.bytes
            open = frame
            guard let end = piece.end else { continue }
            frame.textSize = end.textSize
            frame.crc = end.crc
            received.append(frame)
            open = nil
        }
        #expect(open == nil)
        try sender.value()
        for thread in threads { try thread.value() }
        return received
    }

    private static func text(_ frame: [UInt8], _ compression: Compression) throws -> [UInt8] {
        var text: [UInt8] = []
        try frame.withUnsafeBytes { bytes in
            switch compression {
            case .zstd: try ZstdDecompressor().decompress(bytes, into: { text += $0 }, frameEnd: { _ in })
            case .gzip: try GzipDecompressor().decompress(bytes, into: { text += $0 }, memberEnd: {})
            case .none: text += bytes
            }
        }
        return text
    }

    private static let compressions =
        Compression.oneOfEach + [1, 9, 16, 19].map(Compression.zstd) + [.gzip(level: 1), .gzip(level: 9)]

    @Test("in the order of the dump, with the bytes of one thread", arguments: compressions, [1, 2, 3])
    func order(compression: Compression, workers: Int) throws {
        let frames = Self.frames(UInt64(workers))
        let received = try Self.received(frames, compression, workers: workers)
        #expect(try received == Self.received(frames, compression, workers: 1))
        #expect(received.count == frames.count)
        for (number, frame) in received.enumerated() {
            let text = frames[number].flatMap { $0 }
            #expect(frame.object == Self.name(number))
            #expect(try Self.text(frame.bytes, compression) == text, "frame \(number)")
            #expect(frame.textSize == Int64(text.count))
            #expect(frame.crc == text.withUnsafeBytes { CRC32.update(0, $0) })
            #expect(!text.isEmpty || frame.bytes.isEmpty, "a frame of nothing is none")
        }
    }

    @Test("and the CRCs of frames make that of the object")
    func crc() throws {
        let frames = Self.frames(7)
        let whole = frames.flatMap { $0.flatMap { $0 } }
        let combined = try Self.received(frames, .none, workers: 1).reduce(UInt32(0)) {
            CRC32.combine($0, try #require($1.crc), size: try #require($1.textSize))
        }
        #expect(combined == whole.withUnsafeBytes { CRC32.update(0, $0) })
    }

    @Test("and the second begins before the first has compressed its frame", .timeLimit(.minutes(1)))
    func overlap() throws {
        let blocks = BoundedQueue<DumpBlock>(capacity: 100)
        let text = [UInt8](repeating: 1, count: 100_000)
        for index in 0..<12 {
            try blocks.send(Self.block(text, of: "dump", index == 11 ? .checkpoint(ReadingState()) : nil))
        }
        let compressor = FrameCompressor(.none, from: blocks, workers: 2)
        let threads = compressor.bodies.map { body in SideWork { try body() } }
        // Nobody reads what comes out, so that the first cannot get to its frame's end: this is taken by the second.
        try blocks.hand(Self.block(text, of: "dump", .objectEnd(ReadingState())))
        blocks.finish()
        var pieces = compressor.pieces
        var ends = 0
        while let piece = try pieces.receive() { ends += piece.end == nil ? 0 : 1 }
        for thread in threads { try thread.value() }
        #expect(ends == 2)
    }

    @Test("and a failure ends all of them, whatever they wait for", arguments: [1, 2], [0, 3, 200])
    func failure(workers: Int, sent: Int) throws {
        let blocks = BoundedQueue<DumpBlock>(capacity: 1)
        let compressor = FrameCompressor(.none, from: blocks, workers: workers)
        let threads = compressor.bodies.map { body in SideWork { try body() } }
        let taken = BoundedQueue<Int>(capacity: .max)
        // Nobody reads what comes out of them.
        let sender = SideWork {
            for number in 1...max(sent, 1) where sent > 0 {
                let end: DumpBlock.FrameEnd? = number % 2 == 0 ? .checkpoint(ReadingState()) : nil
                try blocks.send(Self.block(Array(repeating: 1, count: 1000), of: "dump", end))
                try taken.send(number)
            }
        }
        // Of few the workers have all and want more, of many they have as many as they and the queues hold.
        let held = min(sent, workers * 8)
        while held > 0, try taken.receive() != held {}
        let error = Interrupted()
        blocks.fail(error)
        compressor.fail(error)
        for thread in threads { #expect(throws: Interrupted.self) { try thread.value() } }
        if sent > 100 {
            #expect(throws: Interrupted.self) { try sender.value() }
        } else {
            try sender.value()
        }
        var pieces = compressor.pieces
        #expect(throws: Interrupted.self) { try pieces.receive() }
    }

    @Test(
        "and a dump that is cut off in the middle of a frame is a fault", arguments: [1, 2], [(0, 1), (1, 1), (1, 12)])
    func cut(workers: Int, blocks count: (whole: Int, left: Int)) throws {
        let blocks = BoundedQueue<DumpBlock>(capacity: 100)
        for _ in 0..<count.whole { try blocks.send(Self.block([1, 2, 3], of: "dump", .checkpoint(ReadingState()))) }
        for _ in 0..<count.left { try blocks.send(Self.block([4, 5, 6], of: "dump", nil)) }
        blocks.finish()
        let compressor = FrameCompressor(.standard, from: blocks, workers: workers)
        let threads = compressor.bodies.map { body in
            SideWork {
                do { try body() } catch {
                    // As the stages of an export do with whatever ends one of them.
                    compressor.fail(error)
                    throw error
                }
            }
        }
        for thread in threads {
            let error = #expect(throws: NightjarError.self) { try thread.value() }
            #expect(error?.message == "a dump ended in the middle of dump")
        }
        var pieces = compressor.pieces
        #expect(throws: NightjarError.self) { while try pieces.receive() != nil {} }
    }
}
