import Dump
import Model
import Zlib
import Zstandard

/// Decompresses a stretch of an object from its beginning, no more at a time than somebody takes: for gzip, which has no
/// seek table, and for frames that are too large to be held in memory.
final class StreamDecoder: @unchecked Sendable {
    // Used by one reader, which waits for each call to end before the next one.
    enum Outcome: Sendable {
        case piece(ArraySlice<UInt8>)
        /// Stored bytes are needed: `supply` some of those that are `left`, and ask again.
        case hungry
        /// So much was passed over that it is somebody else's turn; ask again.
        case busy
    }

    private enum Decoder {
        case zstd(ZstdDecompressor)
        case gzip(GzipDecompressor)
    }

    private static let scratchSize = 64 << 10
    /// Bytes of text that are passed over in one call: some milliseconds.
    private static let patience = 4 << 20

    /// What of the object has not been supplied yet.
    private(set) var left: Range<Int64>

    private let dump: DumpObject
    private let decoder: Decoder
    /// Where the text ends that the stretch holds, in the uncompressed dump.
    private let textEnd: Int64
    /// Where the next byte of text stands in the uncompressed dump.
    private var position: Int64
    private var input: ArraySlice<UInt8> = []
    /// What there is of the piece that was asked for.
    private var piece: [UInt8] = []

    /// All of a gzip dump.
    init(gzip dump: DumpObject) throws(ZlibError) {
        self.dump = dump
        decoder = .gzip(try GzipDecompressor())
        left = 0..<dump.object.size
        position = 0
        textEnd = dump.object.uncompressedSize
    }

    /// One frame of a zstd dump.
    init(_ frame: SeekTable.Frame, of dump: DumpObject) throws(ZstdError) {
        self.dump = dump
        decoder = .zstd(try ZstdDecompressor())
        left = frame.offset..<frame.offset + frame.size
        position = frame.dumpOffset
        textEnd = frame.dumpOffset + frame.dumpSize
    }

    /// - Parameter bytes: The first of those that are `left`.
    func supply(_ bytes: ArraySlice<UInt8>) {
        input = bytes
        left = left.lowerBound + Int64(bytes.count)..<left.upperBound
    }

    /// Goes on until it has the text of `range`. Whoever asks does so in order, and with the same range until there is a
    /// piece; text before it is passed over.
    /// - Throws: code `difference` where the stored bytes do not hold that text. The last piece is given out only where
    ///   all of them have turned out to be sound.
    func next(_ range: Range<Int64>) throws -> Outcome {
        var scratch = [UInt8](repeating: 0, count: Self.scratchSize)
        var passedOver = 0
        while position < range.upperBound {
            let room = Int(min(Int64(scratch.count), range.upperBound - position))
            let (taken, written) = try step(&scratch, room)
            if taken == 0 && written == 0 {
                guard !left.isEmpty, input.isEmpty else {
                    throw dump.damaged("its text ends after \(position) bytes instead of \(textEnd)")
                }
                return .hungry
            }
            let unwanted = Int(min(max(range.lowerBound - position, 0), Int64(written)))
            piece += scratch[unwanted..<written]
            position += Int64(written)
            passedOver += unwanted
            if passedOver >= Self.patience { return .busy }
        }
        if position == textEnd, try !hasEnded(&scratch) { return .hungry }
        defer { piece = [] }
        return .piece(piece[...])
    }

    /// Whether all stored bytes have been taken, behind the last byte of text.
    private func hasEnded(_ scratch: inout [UInt8]) throws -> Bool {
        while !input.isEmpty || !isAtEnd {
            let (taken, written) = try step(&scratch, scratch.count)
            guard written == 0 else { throw dump.damaged("its text goes on after \(textEnd) bytes") }
            if taken == 0 { break }
        }
        if input.isEmpty && !left.isEmpty { return false }
        guard input.isEmpty, isAtEnd else { throw dump.damaged("it ends in the middle of a frame") }
        return true
    }

    private var isAtEnd: Bool {
        switch decoder {
        case .zstd(let zstd): zstd.isAtFrameEnd
        case .gzip(let gzip): gzip.isAtMemberEnd
        }
    }

    private func step(_ scratch: inout [UInt8], _ room: Int) throws -> (taken: Int, written: Int) {
        do {
            let moved = try input.withUnsafeBytes { stored -> (taken: Int, written: Int) in
                try scratch.withUnsafeMutableBytes { buffer -> (taken: Int, written: Int) in
                    let output = UnsafeMutableRawBufferPointer(rebasing: buffer[..<room])
                    switch decoder {
                    case .zstd(let zstd): return try zstd.step(stored, into: output)
                    case .gzip(let gzip): return try gzip.step(stored, into: output)
                    }
                }
            }
            input = input.dropFirst(moved.taken)
            return moved
        } catch  where error is ZstdError || error is ZlibError {
            throw dump.damaged("it cannot be decompressed: \(error)")
        }
    }
}
