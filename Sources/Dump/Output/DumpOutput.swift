import Glibc
import Pipeline

/// The dump's text on its way to the compressors: blocks of bounded size, frames that end where chunks do.
///
/// The loops that write rows get it inout: what is written goes through a plain pointer.
struct DumpOutput {
    static let blockSize = 256 << 10
    /// A frame is ended once it has this many bytes.
    static let frameSize = 2 << 20
    /// A table of at least this size does not share its last frame with the next one.
    static let separateFrame = 256 << 10

    private let queue: BoundedQueue<DumpBlock>
    /// The name of the object that is written.
    private var object: String
    private var block: ByteBlock
    /// Where `block` begins, where its next byte goes, and where it ends.
    private var start: UnsafeMutableRawPointer
    private var pointer: UnsafeMutableRawPointer
    private var limit: UnsafeMutableRawPointer
    /// Bytes in the blocks before this one.
    private var sent: Int64 = 0
    private var frameStart: Int64 = 0
    /// Whether what is written lies in frames that exist already, and goes nowhere.
    private(set) var isMuted: Bool

    private let frameSize: Int

    /// - Parameter isMuted: Until `goOn`.
    init(
        _ queue: BoundedQueue<DumpBlock>, object: String = "", frameSize: Int = DumpOutput.frameSize,
        isMuted: Bool = false
    ) {
        self.queue = queue
        self.object = object
        self.frameSize = frameSize
        self.isMuted = isMuted
        block = ByteBlock(capacity: Self.blockSize)
        start = block.start
        pointer = start
        limit = start + block.capacity
    }

    /// The position in the object's uncompressed bytes.
    var position: Int64 { sent &+ Int64(pointer - start) }
    private var frameBytes: Int64 { position - frameStart }

    // MARK: Writing

    /// Makes room for `count` bytes (at most `blockSize`) in one piece.
    @inline(__always)
    mutating func ensure(_ count: Int) throws {
        if limit - pointer < count { try flush() }
    }

    /// Writes a byte for which there is room.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        pointer.storeBytes(of: byte, as: UInt8.self)
        pointer += 1
    }

    /// Writes bytes for which there is room.
    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        memcpy(pointer, start, bytes.count)
        pointer += bytes.count
    }

    /// Writes text for which there is room.
    @inline(__always)
    mutating func put(_ text: StaticString) {
        memcpy(pointer, text.utf8Start, text.utf8CodeUnitCount)
        pointer += text.utf8CodeUnitCount
    }

    /// Lets `body` write where there is room; it tells how many bytes it wrote.
    @inline(__always)
    mutating func put(_ body: (UnsafeMutableRawPointer) -> Int) {
        pointer += body(pointer)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try ensure(1)
            let piece = rest.prefix(limit - pointer)
            rest = rest.dropFirst(piece.count)
            put(UnsafeRawBufferPointer(rebasing: piece))
        }
    }

    mutating func append(_ bytes: [UInt8]) throws {
        // Copied out first: the closure must not hold on to `self` twice.
        for start in stride(from: 0, to: bytes.count, by: Self.blockSize) {
            let piece = bytes[start..<min(start + Self.blockSize, bytes.count)]
            try ensure(piece.count)
            pointer += piece.withUnsafeBytes { [pointer] in
                if let start = $0.baseAddress { memcpy(pointer, start, $0.count) }
                return $0.count
            }
        }
    }

    mutating func append(_ text: StaticString) throws {
        try append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(text: String) throws {
        try append(Array(text.utf8))
    }

    // MARK: Frames

    /// Whether a frame should end here, where statements, or rows, are whole: it is large enough, or the table ends and it is not
    /// small.
    func frameIsDue(isTableEnd: Bool = false) -> Bool {
        !isMuted && frameBytes >= Int64(isTableEnd ? min(Self.separateFrame, frameSize) : frameSize)
    }

    mutating func endFrame(_ state: ReadingState) throws {
        try send(.checkpoint(state))
        frameStart = sent
    }

    /// What has been written so far is there already, up to `position` of the object's uncompressed bytes.
    mutating func goOn(at position: Int64) {
        isMuted = false
        pointer = start
        sent = position
        frameStart = position
    }

    /// Begins the next object, at 0 and not muted; the one before has ended. Where an earlier process has begun it, `goOn`
    /// follows.
    mutating func begin(object name: String) {
        object = name
        goOn(at: 0)
    }

    /// Ends the object, and with it its last frame.
    mutating func endObject(_ state: ReadingState = ReadingState()) throws {
        try send(.objectEnd(state))
    }

    /// Ends the stream, behind the last object.
    func finish() {
        queue.finish()
    }

    @inline(never)
    private mutating func flush() throws {
        guard pointer > start else { return }
        if isMuted {
            pointer = start
        } else {
            try send(nil)
        }
    }

    private mutating func send(_ frameEnd: DumpBlock.FrameEnd?) throws {
        let full = block
        let count = pointer - start
        full.advance(count)
        block = ByteBlock(capacity: Self.blockSize)
        start = block.start
        pointer = start
        limit = start + block.capacity
        sent += Int64(count)
        try queue.send(DumpBlock(object: object, text: full, frameEnd: frameEnd))
    }
}
