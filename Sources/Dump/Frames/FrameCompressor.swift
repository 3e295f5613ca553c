import Glibc
import Model
import Pipeline
import Zlib

/// Turns blocks of text into frames, on as many threads as there are processors for it: each takes a frame, the next one takes the
/// frame behind it.
///
/// Frames are independent of each other, so that how many threads there are changes no byte. What waits for its turn is bounded.
final class FrameCompressor: Sendable {
    /// More would have nothing to do: whatever writes the text is about as fast as two of them.
    private static let mostWorkers = 2

    private let workers: [Worker]

    /// - Parameters:
    ///   - hasCRC: Whether each frame's end has the CRC-32 of its text.
    ///   - count: How many threads there are.
    init(
        _ compression: Compression, hasCRC: Bool = false, from blocks: BoundedQueue<DumpBlock>, workers count: Int
    ) {
        let turns = (0..<count).map { _ in BoundedQueue<Worker.Turn>(capacity: 1) }
        workers = turns.indices.map { index in
            Worker(
                compression, hasCRC: hasCRC, blocks: blocks, turn: turns[index], next: turns[(index + 1) % count],
                isFirst: index == 0)
        }
    }

    /// With as many threads as there are processors for it.
    convenience init(_ compression: Compression, hasCRC: Bool = false, from blocks: BoundedQueue<DumpBlock>) {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        // Without compression there is nothing to do but to pass it on.
        let count = compression == .none ? 1 : min(max(processors, 1), Self.mostWorkers)
        self.init(compression, hasCRC: hasCRC, from: blocks, workers: count)
    }

    /// What its threads do, each until the last block.
    var bodies: [@Sendable () throws -> Void] {
        workers.map { worker in { try worker.run() } }
    }

    /// Ends all threads, and whoever waits for frames.
    func fail(_ error: any Error) {
        for worker in workers { worker.fail(error) }
    }

    /// The frames' pieces in the order of the dump, for one reader.
    var pieces: Pieces { Pieces(workers.map(\.pieces)) }

    struct Pieces {
        private let queues: [BoundedQueue<FramePiece>]
        /// Whose frame it is.
        private var current = 0

        fileprivate init(_ queues: [BoundedQueue<FramePiece>]) {
            self.queues = queues
        }

        /// Waits for the next piece; nil behind the last one.
        mutating func receive() throws -> FramePiece? {
            guard let piece = try queues[current].receive() else { return nil }
            if piece.end != nil { current = (current + 1) % queues.count }
            return piece
        }
    }
}

/// One of the threads. They take turns in taking blocks; each gives its turn away with the last block of its frame.
private final class Worker: Sendable {
    struct Turn {}

    /// Blocks that a thread holds at most. Between two of them it takes what is there, so that it gives its turn away, and the
    /// next thread begins, half way through most frames.
    private static let blocksAhead = 8
    /// Pieces that wait until the frame before is whole: of text that shrinks to less than half a frame has no more.
    private static let piecesAhead = 8
    /// A piece is sent once it has so many bytes; there is room at first for what usually comes out of one more block.
    private static let pieceSize = 64 << 10
    private static let pieceRoom = 96 << 10

    let pieces = BoundedQueue<FramePiece>(capacity: piecesAhead)
    private let compression: Compression
    private let hasCRC: Bool
    private let blocks: BoundedQueue<DumpBlock>
    private let turn: BoundedQueue<Turn>
    private let next: BoundedQueue<Turn>
    private let isFirst: Bool

    init(
        _ compression: Compression, hasCRC: Bool, blocks: BoundedQueue<DumpBlock>, turn: BoundedQueue<Turn>,
        next: BoundedQueue<Turn>, isFirst: Bool
    ) {
        self.compression = compression
        self.hasCRC = hasCRC
        self.blocks = blocks
        self.turn = turn
        self.next = next
        self.isFirst = isFirst
    }

    func fail(_ error: any Error) {
        pieces.fail(error)
        turn.fail(error)
    }

    func run() throws {
        let codec = try FrameCodec(compression)
        if isFirst { try turn.send(Turn()) }
        while try turn.receive() != nil, try compressFrame(codec) {}
        next.finish()
        pieces.finish()
    }

    /// - Returns: Whether there was one.
    private func compressFrame(_ codec: FrameCodec) throws -> Bool {
        var frame = Frame(codec, hasCRC: hasCRC, pieces)
        var waiting: [DumpBlock] = []
        var isWhole = false
        while true {
            while !isWhole, waiting.count < Self.blocksAhead {
                // Nobody waits for text who has some to compress.
                guard let block = try waiting.isEmpty ? blocks.receive() : blocks.receiveNow() else {
                    if !waiting.isEmpty { break }
                    guard let object = frame.object else { return false }
                    throw NightjarError(.internal, "a dump ended in the middle of \(object)")
                }
                frame.object = block.object
                isWhole = block.frameEnd != nil
                waiting.append(block)
                if isWhole { try next.send(Turn()) }
            }
            let block = waiting.removeFirst()
            try frame.add(block)
            if block.frameEnd != nil { return true }
        }
    }

    private struct Frame {
        private let codec: FrameCodec
        private let pieces: BoundedQueue<FramePiece>
        /// Of whose text it is; nil before its first block.
        var object: String?
        private var crc: UInt32?
        private var textSize: Int64 = 0
        private var bytes: ByteBlock?

        init(_ codec: FrameCodec, hasCRC: Bool, _ pieces: BoundedQueue<FramePiece>) {
            self.codec = codec
            self.pieces = pieces
            crc = hasCRC ? 0 : nil
        }

        mutating func add(_ block: DumpBlock) throws {
            let text = block.text.bytes
            textSize += Int64(text.count)
            crc = crc.map { CRC32.update($0, text) }
            let end = block.frameEnd.map { FramePiece.End(textSize: textSize, crc: crc, reading: $0) }
            if case .none = codec {
                // The text is the frame.
                return try pieces.send(FramePiece(object: block.object, bytes: block.text, end: end))
            }
            let bytes = self.bytes.take() ?? ByteBlock(capacity: Worker.pieceRoom)
            // An object may end right behind a frame: encoding nothing would add an empty frame.
            if textSize > 0 { try codec.encode(text, endsFrame: end != nil, to: bytes) }
            if end != nil || bytes.count >= Worker.pieceSize {
                try pieces.send(FramePiece(object: block.object, bytes: bytes, end: end))
            } else {
                self.bytes = bytes
            }
        }
    }
}
