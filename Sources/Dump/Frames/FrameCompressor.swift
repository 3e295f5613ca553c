import Model
import Pipeline
import Zlib
import Zstandard

/// Turns blocks of text into frames, and frames into parts of one size, object by object.
///
/// An object is begun when the one before is whole in the store: the journal has to tell of one upload alone.
struct FrameCompressor {
    private enum Encoder {
        case zstd(ZstdCompressor)
        case gzip(GzipCompressor)
        case none
    }

    private let encoder: Encoder
    private let input: BoundedQueue<DumpBlock>
    private let output: BoundedQueue<PartSpool.Piece>
    private let stored: BoundedQueue<Manifest.StoredObject>
    private let journal: ExportJournal
    private let resumption: Resumption?
    private let isDivided: Bool

    /// - Parameters:
    ///   - isDivided: Whether each table has an object of its own.
    ///   - output: Parts on their way to the store.
    ///   - stored: What the store has made of them.
    init(
        _ compression: Compression, isDivided: Bool, journal: ExportJournal, resuming resumption: Resumption?,
        from input: BoundedQueue<DumpBlock>, to output: BoundedQueue<PartSpool.Piece>,
        stored: BoundedQueue<Manifest.StoredObject>
    ) throws {
        switch compression {
        case .zstd(let level): encoder = .zstd(try ZstdCompressor(level: level))
        case .gzip(let level): encoder = .gzip(try GzipCompressor(level: level))
        case .none: encoder = .none
        }
        self.isDivided = isDivided
        self.input = input
        self.output = output
        self.stored = stored
        self.journal = journal
        self.resumption = resumption
    }

    /// Works until the last block.
    /// - Returns: All objects of the dump, those of an earlier process included.
    func run() throws -> [Manifest.StoredObject] {
        var objects = resumption?.objects ?? []
        // What is taken up is the first one of this process.
        var open = resumption?.object == nil ? nil : resumption
        while let first = try input.receive() {
            let name = first.object
            if open == nil {
                try journal.objectBegun(name)
            } else if open?.object != name {
                throw NightjarError(.internal, "an export goes on with \(name) instead of what was begun")
            }
            var next: DumpBlock? = first
            objects.append(try writeObject(named: name, &next, resuming: open.take()))
        }
        output.finish()
        return objects
    }

    private func writeObject(
        named name: String, _ next: inout DumpBlock?, resuming resumption: Resumption?
    ) throws -> Manifest.StoredObject {
        let parts = PartAssembler(of: name, journal, resuming: resumption, output: output)
        var table = resumption?.frames ?? SeekTable()
        var uncompressedSize = resumption?.dumpPosition ?? 0
        var crc: UInt32? = isDivided ? resumption?.crc ?? 0 : nil
        var newTables: [Manifest.TableRecord] = []
        try parts.begin()
        var frameStart = parts.position
        var frameBytes: Int64 = 0
        while true {
            if next == nil { next = try input.receive() }
            guard let block = next.take() else {
                throw NightjarError(.internal, "a dump ended in the middle of \(name)")
            }
            let text = block.text.bytes
            // An object may end right behind a frame: no bytes would begin another one, which then looked otherwise.
            if frameBytes + Int64(text.count) > 0 {
                try compress(text, endsFrame: block.frameEnd != nil, to: parts)
            }
            crc = crc.map { CRC32.update($0, text) }
            frameBytes += Int64(text.count)
            uncompressedSize += Int64(text.count)
            guard let frameEnd = block.frameEnd else { continue }
            let size = parts.position - frameStart
            // An object may end with a frame.
            if frameBytes > 0 { table.append(compressed: size, decompressed: frameBytes) }
            if case .objectEnd(let reading) = frameEnd {
                newTables = reading.newTables
                break
            }
            if case .checkpoint(let reading) = frameEnd {
                let hashes = try parts.checkpoint()
                try journal.frameEnded(
                    .init(size: size, dumpSize: frameBytes, crc: crc, parts: hashes, reading: reading))
            }
            frameStart = parts.position
            frameBytes = 0
        }
        switch encoder {
        case .zstd: try table.encoded.withUnsafeBytes { try parts.append($0) }
        case .gzip where table.count == 0:
            // To gzip, a file of no bytes is one that was cut off.
            try compress(UnsafeRawBufferPointer(start: nil, count: 0), endsFrame: true, to: parts)
        case .gzip, .none: break
        }
        try parts.finish()
        var object = try whole(name, size: parts.position)
        object.uncompressedSize = uncompressedSize
        object.crc32 = crc.map { CRC32.text(of: $0) }
        // One that nothing follows may be taken up at its last frame, which costs little.
        if isDivided { try journal.objectEnded(object, tables: newTables) }
        return object
    }

    private func compress(_ text: UnsafeRawBufferPointer, endsFrame: Bool, to parts: PartAssembler) throws {
        switch encoder {
        case .zstd(let zstd): try zstd.compress(text, endFrame: endsFrame) { try parts.append($0) }
        case .gzip(let gzip): try gzip.compress(text, endMember: endsFrame) { try parts.append($0) }
        case .none: try parts.append(text)
        }
    }

    /// Waits until the store has the object.
    private func whole(_ name: String, size: Int64) throws -> Manifest.StoredObject {
        guard let object = try stored.receive() else {
            throw NightjarError(.internal, "an upload ended before \(name) was whole")
        }
        guard object.key == name, object.size == size else {
            throw NightjarError(.io, "the store holds \(object.size) bytes of \(object.key), \(size) were sent")
        }
        return object
    }
}
