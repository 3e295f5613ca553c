import Dump
import Model
import Storage

/// Reads ranges of one dump, decompressed or as it is stored, for somebody who may take them slowly: between two pieces it
/// holds nothing of its own but, with gzip, an inflater, and no connection is kept open.
///
/// A zstd dump is read frame by frame, by way of its seek table. gzip has none: whatever is before the range is decompressed
/// and passed over.
///
/// No damaged dump is given out as a whole one: frames and gzip members carry checksums, and stored bytes that are given
/// out as they are, those of an uncompressed dump too, are compared with the digests of the manifest's parts, each before
/// its last piece is given out. A part that lies only partly within the range cannot be compared.
package struct DumpReader: Sendable {
    /// No piece is larger.
    package static let pieceSize = 64 << 10
    /// Stored bytes that a stream is given at a time.
    private static let inputSize = 64 << 10

    let dump: DumpObject
    /// The same object as it is stored.
    private let storedDump: DumpObject
    private let compression: String
    private let cache: FrameCache

    /// - Parameters:
    ///   - object: One of the manifest's.
    ///   - cache: Shared by all readers of the process.
    package init(
        store: any ObjectSource, manifest: Manifest, object: Manifest.StoredObject, cache: FrameCache,
        opening: DumpOpening? = nil
    ) {
        self.init(OpenedDump(in: store, manifest, opening: opening), object: object, cache: cache)
    }

    /// One of several readers of the same backup: what is known of its objects is made once for all of them.
    init(_ opened: OpenedDump, object: Manifest.StoredObject, cache: FrameCache) {
        dump = DumpObject(opened, object)
        storedDump = DumpObject(opened, object, asStored: true)
        compression = opened.manifest.options.compression
        self.cache = cache
    }

    /// Bytes of the decompressed dump.
    package var size: Int64 { dump.object.uncompressedSize }

    /// Bytes of the stored object.
    package var storedSize: Int64 { storedDump.object.size }

    /// Finds out whether the object is there and can be read, before anything is promised to anybody.
    /// - Throws: code `missing` where it is gone, `difference` where it is not what the manifest says.
    package func open() async throws {
        try await dump.checkSize()
        if compression == "zstd" { _ = try await cache.frames(of: dump) }
    }

    /// Calls `body` with one piece after the other of the decompressed dump; the next one is not made before it returns.
    ///
    /// - Parameter range: Within `size`; of an empty one there are no pieces.
    /// - Throws: code `difference` where the stored bytes are damaged: what has been given out by then must not be used,
    ///   and is never all of the range; what `body` throws. Damage in an uncompressed dump is found in parts that lie
    ///   wholly within the range, in a gzip dump in the members that end before the range does.
    package func read(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        try Self.check(range, within: size)
        guard !range.isEmpty else { return }
        try await forgettingDamage { try await readText(range, body) }
    }

    /// The same of the stored bytes; damage is found in those of the manifest's parts that lie wholly within the range.
    package func readStored(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        try Self.check(range, within: storedSize)
        try await forgettingDamage { try await readPlain(storedDump, range, body) }
    }

    /// Runs `work`; what it finds to be damaged is read anew next time: the store may have been repaired by then.
    private func forgettingDamage(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch {
            if (error as? any Failure)?.code == .difference {
                cache.forget(dump)
                cache.forget(storedDump)
            }
            throw error
        }
    }

    private func readText(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        switch compression {
        case "zstd":
            try await readFrames(range, body)
        case "gzip":
            try await readStream(StreamDecoder(gzip: dump), range, body)
        default:
            guard size == dump.object.size else { throw dump.damaged("its manifest says two sizes of it") }
            try await readPlain(dump, range, body)
        }
    }

    private static func check(_ range: Range<Int64>, within size: Int64) throws(NightjarError) {
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw NightjarError(
                .usage, "bytes \(range.lowerBound) to \(range.upperBound) were asked for, of \(size)")
        }
    }

    // MARK: Blocks

    private func readFrames(_ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        let frames = try await cache.frames(of: dump)
        var index = Self.index(of: range.lowerBound, in: frames)
        var position = range.lowerBound
        while position < range.upperBound, index < frames.count {
            let frame = frames[index]
            index += 1
            let end = min(frame.dumpEnd, range.upperBound)
            if isShared(frame) {
                let next = index < frames.count && end < range.upperBound ? frames[index] : nil
                try await deliver(
                    position..<end, of: CachedBlock(frame, of: dump), from: frame.dumpOffset,
                    next: next.flatMap { isShared($0) ? CachedBlock($0, of: dump) : nil }, body)
            } else {
                try await readStream(StreamDecoder(frame, of: dump), position..<end, body)
            }
            position = end
        }
    }

    /// The first frame that ends behind `position`.
    private static func index(of position: Int64, in frames: [SeekTable.Frame]) -> Int {
        var first = 0
        var last = frames.count
        while first < last {
            let middle = first + (last - first) / 2
            if frames[middle].dumpEnd > position { last = middle } else { first = middle + 1 }
        }
        return first
    }

    /// Whether a frame fits into the cache. One with a huge row does not.
    private func isShared(_ frame: SeekTable.Frame) -> Bool {
        max(frame.size, frame.dumpSize) <= Int64(cache.largestBlock)
    }

    private func readPlain(
        _ dump: DumpObject, _ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var checker = RangeChecker(dump.object, range)
        var position = range.lowerBound
        while position < range.upperBound {
            let block = plainBlock(of: dump, at: position)
            let blockEnd = block.range.upperBound
            let end = min(blockEnd, range.upperBound, checker.border)
            try await deliver(
                position..<end, of: block, from: block.range.lowerBound,
                next: blockEnd < range.upperBound ? plainBlock(of: dump, at: blockEnd) : nil
            ) { piece in
                if let complaint = checker.take(piece) { throw dump.damaged(complaint) }
                try await body(piece)
            }
            position = end
        }
    }

    private func plainBlock(of dump: DumpObject, at position: Int64) -> CachedBlock {
        CachedBlock(storedAt: position, size: cache.plainBlockSize, of: dump)
    }

    /// Gives out what of `range` a block holds, which begins at `start`.
    private func deliver(
        _ range: Range<Int64>, of block: CachedBlock, from start: Int64, next: CachedBlock?,
        _ body: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(range.upperBound, position + Int64(Self.pieceSize))
            let (piece, wasHeld) = try await cache.piece(of: block, Int(position - start)..<Int(end - start))
            // Whoever finds the block still there takes it fast enough for the next one to be fetched meanwhile.
            if wasHeld, position > range.lowerBound, let next { cache.prefetch(next) }
            position = end
            try await body(piece)
        }
    }

    // MARK: Streams

    private func readStream(
        _ decoder: StreamDecoder, _ range: Range<Int64>, _ body: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = position..<min(range.upperBound, position + Int64(Self.pieceSize))
            switch try await cache.decompress({ try decoder.next(wanted) }) {
            case .piece(let piece):
                position = wanted.upperBound
                try await body(piece)
            case .hungry:
                decoder.supply(try await stored(decoder.left))
            case .busy:
                break
            }
        }
    }

    /// The first of the stored bytes of `range`.
    private func stored(_ range: Range<Int64>) async throws -> ArraySlice<UInt8> {
        let block = plainBlock(of: dump, at: range.lowerBound)
        let start = block.range.lowerBound
        let end = min(range.upperBound, block.range.upperBound, range.lowerBound + Int64(Self.inputSize))
        let (piece, wasHeld) = try await cache.piece(of: block, Int(range.lowerBound - start)..<Int(end - start))
        if wasHeld, block.range.upperBound < range.upperBound {
            cache.prefetch(plainBlock(of: dump, at: block.range.upperBound))
        }
        return piece
    }
}

extension SeekTable.Frame {
    /// Where its text ends in the uncompressed dump.
    fileprivate var dumpEnd: Int64 { dumpOffset + dumpSize }
}
