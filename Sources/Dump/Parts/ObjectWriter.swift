import Model
import Pipeline
import Zlib

/// Makes objects of frames, and parts of one size of them, object by object.
///
/// An object is begun when the one before is whole in the store: the journal has to tell of one upload alone.
struct ObjectWriter {
    private let compression: Compression
    private let frames: FrameCompressor
    private let output: BoundedQueue<PartSpool.Piece>
    private let stored: BoundedQueue<Manifest.StoredObject>
    private let journal: ExportJournal
    private let resumption: Resumption?
    private let isDivided: Bool
    private let encryption: ObjectEncryption?

    /// - Parameters:
    ///   - isDivided: Whether each table has an object of its own. Their frames have CRCs then.
    ///   - output: Parts on their way to the store.
    ///   - stored: What the store has made of them.
    init(
        _ compression: Compression, isDivided: Bool, encryption: ObjectEncryption?, journal: ExportJournal,
        resuming resumption: Resumption?, from frames: FrameCompressor, to output: BoundedQueue<PartSpool.Piece>,
        stored: BoundedQueue<Manifest.StoredObject>
    ) {
        self.compression = compression
        self.isDivided = isDivided
        self.encryption = encryption
        self.frames = frames
        self.output = output
        self.stored = stored
        self.journal = journal
        self.resumption = resumption
    }

    /// Works until the last frame.
    /// - Returns: All objects of the dump, those of an earlier process included.
    func run() throws -> [Manifest.StoredObject] {
        var objects = resumption?.objects ?? []
        // What is taken up is the first one of this process.
        var open = resumption?.object == nil ? nil : resumption
        var pieces = frames.pieces
        while let first = try pieces.receive() {
            let name = first.object
            var head = open?.head
            if open == nil {
                head = try encryption?.newHead(of: name)
                try journal.objectBegun(name, head: head)
            } else if open?.object != name {
                throw NightjarError(.internal, "an export goes on with \(name) instead of what was begun")
            }
            objects.append(try writeObject(named: name, head: head, first, &pieces, resuming: open.take()))
        }
        output.finish()
        return objects
    }

    private func writeObject(
        named name: String, head: [UInt8]?, _ first: FramePiece, _ pieces: inout FrameCompressor.Pieces,
        resuming resumption: Resumption?
    ) throws -> Manifest.StoredObject {
        let parts = PartAssembler(of: name, journal, resuming: resumption, output: output)
        var cipher: ObjectCipher?
        if let encryption {
            guard let head else { throw NightjarError(.internal, "\(name) goes on without its head") }
            cipher = ObjectCipher(
                encryption, of: name, head: head, after: resumption?.storedPosition ?? 0, tail: resumption?.tail ?? [])
        }
        func store(_ bytes: UnsafeRawBufferPointer) throws {
            if cipher == nil { try parts.append(bytes) } else { try cipher?.append(bytes) { try parts.append($0) } }
        }
        var frames = ObjectFrames(
            compression, after: resumption?.frames ?? SeekTable(), size: resumption?.position ?? 0,
            textSize: resumption?.dumpPosition ?? 0)
        var crc: UInt32? = isDivided ? resumption?.crc ?? 0 : nil
        var newTables: [Manifest.TableRecord] = []
        var frameCount = resumption?.frames.count ?? 0
        try parts.begin()
        try cipher?.begin { try parts.append($0) }
        var next: FramePiece? = first
        while true {
            if next == nil { next = try pieces.receive() }
            guard let piece = next.take() else {
                throw NightjarError(.internal, "a dump ended in the middle of \(name)")
            }
            try store(piece.bytes.bytes)
            guard let frame = frames.add(piece), let end = piece.end else { continue }
            if let frameCRC = end.crc { crc = crc.map { CRC32.combine($0, frameCRC, size: end.textSize) } }
            if case .objectEnd(let reading) = end.reading {
                newTables = reading.newTables
                break
            }
            if case .checkpoint(let reading) = end.reading {
                let hashes = try parts.checkpoint()
                var record = ExportJournal.Frame(
                    size: frame.size, dumpSize: frame.textSize, crc: crc, parts: hashes, reading: reading)
                if let cipher {
                    record.stored = cipher.size
                    record.tail = try journal.spool.keep(tail: cipher.tail, ofFrame: frameCount)
                }
                frameCount += 1
                try journal.frameEnded(record)
            }
        }
        try frames.finish().withUnsafeBytes { try store($0) }
        try cipher?.finish { try parts.append($0) }
        try parts.finish()
        var object = try whole(name, size: cipher?.size ?? frames.size)
        object.head = cipher?.record
        object.uncompressedSize = frames.textSize
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
