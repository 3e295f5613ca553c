import Model
import Pipeline
import Zlib

/// Turns blocks of text into frames, and frames into parts of one size, object by object.
///
/// An object is begun when the one before is whole in the store: the journal has to tell of one upload alone.
struct FrameCompressor {
    private let codec: FrameEncoder.Codec
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
        codec = try FrameEncoder.Codec(compression)
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
        var encoder = FrameEncoder(
            codec, after: resumption?.frames ?? SeekTable(), size: resumption?.position ?? 0,
            textSize: resumption?.dumpPosition ?? 0)
        var crc: UInt32? = isDivided ? resumption?.crc ?? 0 : nil
        var newTables: [Manifest.TableRecord] = []
        try parts.begin()
        while true {
            if next == nil { next = try input.receive() }
            guard let block = next.take() else {
                throw NightjarError(.internal, "a dump ended in the middle of \(name)")
            }
            let text = block.text.bytes
            let frame = try encoder.append(text, endsFrame: block.frameEnd != nil) { try parts.append($0) }
            crc = crc.map { CRC32.update($0, text) }
            guard let frame, let frameEnd = block.frameEnd else { continue }
            if case .objectEnd(let reading) = frameEnd {
                newTables = reading.newTables
                break
            }
            if case .checkpoint(let reading) = frameEnd {
                let hashes = try parts.checkpoint()
                try journal.frameEnded(
                    .init(size: frame.size, dumpSize: frame.textSize, crc: crc, parts: hashes, reading: reading))
            }
        }
        try encoder.finish { try parts.append($0) }
        try parts.finish()
        var object = try whole(name, size: encoder.size)
        object.uncompressedSize = encoder.textSize
        object.crc32 = crc.map { CRC32.text(of: $0) }
        // One that nothing follows may be taken up at its last frame, which costs little.
        if isDivided { try journal.objectEnded(object, tables: newTables) }
        return object
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
