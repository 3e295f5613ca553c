import FoundationEssentials
import Glibc
import Model
import Pipeline
import Storage
import Synchronization
import XXHash

/// What an export has done so far, in a file of the run's own folder: a process that is killed leaves there all that the
/// next one needs to go on with the same bytes.
///
/// Objects follow one another: what is said of frames and parts is said of the object that was begun last.
///
/// One line a record: the XXH3 of its JSON in hexadecimal, a blank, the JSON. A line that was cut off by the end of the
/// machine, and what stands behind it, does not count.
final class ExportJournal: Sendable {
    /// What the bytes of a dump depend on, besides the snapshot; another one means that they would come out otherwise.
    struct Identity: Sendable, Codable, Equatable {
        /// As `DumpKeys.root` says.
        var key: String
        /// As `ExportSource.identity` says.
        var source: String
        var chunkRows: Int
        var exclude: [String]
        /// `zstd 3`.
        var compression: String
        /// Of Nightjar, SQLite and the compressors.
        var versions: [String]
        /// false where only rows are written.
        var includesSchema: Bool?
        /// For whom it is encrypted; nil where it is not.
        var recipients: [String]?

        private enum CodingKeys: String, CodingKey {
            case key
            // Journals of earlier versions have to be understood, if only to be abandoned.
            case source = "sourcePath"
            case chunkRows, exclude, compression, versions, includesSchema, recipients
        }
    }

    struct SnapshotRecord: Sendable, Codable {
        var facts: Manifest.SnapshotFacts
        /// nil in journals of earlier versions, which nobody goes on with.
        var origin: Snapshot.Origin?
        /// Where the kernel has the copy and the disk may not have it; nil where the disk has it.
        var memory: Memory?

        struct Memory: Sendable, Codable {
            /// As `Boot.id` says: it ends with the machine. nil where it is known to be lost.
            var boot: String?
            /// Bytes of the file: a file system that was lost, and is back, has other ones.
            var size: Int64
        }

        /// Whether another process can go on with the snapshot. A read transaction ends with its own.
        var outlivesProcess: Bool { origin != nil && facts.method != .transaction }

        /// Whether nothing tells that the copy, in the run's folder, is lost.
        func isThere(in folder: String) -> Bool {
            guard let memory else { return true }
            return memory.boot != nil && memory.boot == Boot.id && memory.size == Snapshot.size(in: folder)
        }
    }

    /// A frame that is whole in the spool or in the store.
    struct Frame: Sendable, Codable {
        /// Bytes in the object.
        var size: Int64
        /// Bytes of the dump.
        var dumpSize: Int64
        /// Of the object's uncompressed bytes so far; nil where nobody needs it.
        var crc: UInt32?
        /// Hashes of the parts that were filled in this frame, and last of what the frame left in the next one.
        var parts: [PartHash]
        var reading: ReadingState
        /// Where an object is encrypted: how many of its stored bytes there are, and what its last chunk holds so far.
        var stored: Int64?
        var tail: PartHash?
    }

    /// Of bytes in the spool.
    struct PartHash: Sendable, Codable {
        /// Of a part, counted from 1; of a tail, its place.
        var number: Int
        /// Bytes that the hash is of.
        var size: Int
        /// The two halves of the XXH3.
        var high: UInt64
        var low: UInt64

        init(number: Int, size: Int, hash: UInt128) {
            self.number = number
            self.size = size
            high = UInt64(truncatingIfNeeded: hash >> 64)
            low = UInt64(truncatingIfNeeded: hash)
        }

        var hash: UInt128 { UInt128(high) << 64 | UInt128(low) }
    }

    enum Record: Sendable, Codable {
        case begin(Identity, partSize: Int64)
        case snapshot(SnapshotRecord)
        /// An object of the dump is begun, of which nothing is known yet, but what it begins with where it is encrypted.
        case object(String, head: Data?)
        /// The object is whole in the store, with these tables since its last frame; others may follow.
        case objectEnded(Manifest.StoredObject, tables: [Manifest.TableRecord])
        /// The store is about to be asked for an upload; its answer may get lost.
        case uploadAsked
        case upload(id: String)
        case frame(Frame)
        case part(UploadedPart)
        /// Of the frames before this record only so many count.
        case framesKept(Int)
    }

    private struct State {
        /// The object that is being made.
        var object: String?
        /// Those that are whole in the store.
        var ended: [String] = []
        var upload = Resumption.Upload.none
        /// Parts that are in the store, and that a resumed export may still need the bytes of.
        var spent: [Int] = []
        var newestUploaded = 0
        /// How many of the object's stored bytes there were at the end of the last frame.
        var position: Int64 = 0
    }

    static let fileName = "journal"

    let spool: PartSpool
    let partSize: Int64
    private let file: Int32
    private let path: String
    private let state: Mutex<State>

    /// Begins a journal; what an earlier export left in the folder goes.
    init(in folder: String, identity: Identity, partSize: Int64) throws {
        path = "\(folder)/\(Self.fileName)"
        self.partSize = partSize
        spool = PartSpool(folder: folder)
        state = Mutex(State())
        // What another journal's threads may still have to say goes to that one.
        unlink(path)
        file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw RunFolderFailure.explain("create", path) }
        try append(.begin(identity, partSize: partSize), isDurable: true)
    }

    /// Goes on with the journal that `resumption` was read from.
    init(in folder: String, resuming resumption: Resumption) throws {
        path = "\(folder)/\(Self.fileName)"
        partSize = resumption.partSize
        spool = PartSpool(folder: folder)
        state = Mutex(
            State(
                object: resumption.object, ended: resumption.objects.map(\.key), upload: resumption.upload,
                spent: resumption.spent,
                newestUploaded: resumption.uploaded.keys.max() ?? 0, position: resumption.storedPosition))
        file = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw RunFolderFailure.explain("open", path) }
        // A record that was cut off, and whatever stands behind it.
        guard ftruncate(file, off_t(resumption.journalEnd)) == 0 else {
            throw RunFolderFailure.explain("write", path)
        }
        // Frames behind the one that counts are written anew; what else is known stays so.
        try append(.framesKept(resumption.frames.count), isDurable: true)
    }

    deinit { close(file) }

    func snapshotTaken(_ record: SnapshotRecord) throws {
        try append(.snapshot(record), isDurable: record.memory?.boot == nil)
    }

    /// Objects that are whole in the store, the one that is being made, and what is known of its upload.
    var objects: (ended: [String], open: String?, upload: Resumption.Upload) {
        state.withLock { ($0.ended, $0.object, $0.upload) }
    }

    /// - Parameter head: What it begins with; nil where it is not encrypted.
    func objectBegun(_ key: String, head: [UInt8]?) throws {
        // What was drawn has to be there again: other bytes under the same name would be somebody else's.
        try append(.object(key, head: head.map { Data($0) }), isDurable: head != nil)
        state.withLock { $0 = State(object: key, ended: $0.ended) }
    }

    /// - Parameter tables: Those of which no frame's end has told.
    func objectEnded(_ object: Manifest.StoredObject, tables: [Manifest.TableRecord]) throws {
        try append(.objectEnded(object, tables: tables), isDurable: true)
        state.withLock { $0 = State(ended: $0.ended + [object.key]) }
        for part in object.parts { spool.remove(part.number) }
    }

    func uploadIsAsked() throws {
        try append(.uploadAsked, isDurable: true)
        state.withLock { $0.upload = .asked }
    }

    func uploadBegun(_ id: String) throws {
        state.withLock { $0.upload = .begun(id: id) }
        try append(.upload(id: id), isDurable: true)
    }

    /// A frame has ended, and its bytes are in the spool.
    func frameEnded(_ frame: Frame) throws {
        try append(.frame(frame))
        state.withLock {
            $0.position = frame.stored ?? $0.position + frame.size
            removeSpent(&$0)
        }
    }

    /// The store has taken a part.
    func partUploaded(_ part: UploadedPart) throws {
        try append(.part(part), isDurable: true)
        state.withLock {
            $0.spent.append(part.number)
            $0.newestUploaded = max($0.newestUploaded, part.number)
            removeSpent(&$0)
        }
    }

    func synchronize() {
        // Where this fails, a power failure costs work that would not have to be done again, and nothing else.
        fdatasync(file)
    }

    /// A part's bytes are needed until the store has it, and a frame has ended behind it. The newest one stays: those behind
    /// it may not have come to the disk yet when the machine ends.
    private func removeSpent(_ state: inout State) {
        let newest = state.newestUploaded
        state.spent.removeAll { number in
            guard number < newest, Int64(number) * partSize <= state.position else { return false }
            spool.remove(number)
            return true
        }
    }

    private func append(_ record: Record, isDurable: Bool = false) throws {
        let line = try Self.line(record)
        try state.withLock { _ in
            let end = lseek(file, 0, SEEK_END)
            let isWritten = line.withUnsafeBytes { WholeWrite.write($0, to: file) }
            guard !isWritten else { return }
            let failure = RunFolderFailure.explain("write", path)
            // Half a record would hide those behind it.
            if end >= 0 { ftruncate(file, end) }
            throw failure
        }
        if isDurable { synchronize() }
    }

    private static func line(_ record: Record) throws -> [UInt8] {
        let json = try JSONEncoder().encode(record)
        return Array(check(Array(json)).utf8) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
    }

    /// What stands in front of a record.
    static func check(_ json: [UInt8]) -> String {
        String(UInt64(truncatingIfNeeded: json.withUnsafeBytes { XXH3Hasher.hash($0) }), radix: 16)
    }
}
