import FoundationEssentials
import Model
import Storage

/// Where an export goes on that an earlier process began: what its journal and its spool still prove.
struct Resumption: Sendable {
    enum Upload: Sendable {
        case none
        /// There may be one whose id nobody has heard.
        case asked
        case begun(id: String)
    }

    /// The bytes of more frames than these are never in the spool.
    private static let candidatesKept = 2000

    let partSize: Int64
    /// nil where the snapshot was not finished, or may be lost.
    private(set) var snapshot: ExportJournal.SnapshotRecord?
    /// Objects that are whole in the store.
    private(set) var objects: [Manifest.StoredObject] = []
    /// The one that was being made; what follows is about it.
    private(set) var object: String?
    /// What it begins with; nil where it is not encrypted.
    private(set) var head: [UInt8]?
    private(set) var upload = Upload.none
    private(set) var uploaded: [Int: UploadedPart] = [:]
    /// Frames that count.
    private(set) var frames = SeekTable()
    /// Where they end in the object, and in its uncompressed bytes.
    private(set) var position: Int64 = 0
    private(set) var dumpPosition: Int64 = 0
    /// How many of the object's stored bytes there are. Encrypted, the last frames' end may have to wait for its chunk's.
    private(set) var storedPosition: Int64 = 0
    /// What waits there.
    private(set) var tail: [UInt8] = []
    /// Of the uncompressed bytes up to there.
    private(set) var crc: UInt32?
    /// nil where reading begins at the beginning.
    private(set) var reading: ReadingState?
    /// Tables that lie whole in those objects and frames.
    private(set) var tables: [Manifest.TableRecord] = []
    /// How many of them lie in those objects.
    private var tablesInObjects = 0
    /// The part in which the frames end, so far; nil where they end with a part.
    private(set) var openPart: ExportJournal.PartHash?
    /// Parts that are whole in the spool, and that the store has not taken.
    private(set) var unsentParts: [ExportJournal.PartHash] = []
    /// How much of the journal counts.
    private(set) var journalEnd: Int64 = 0

    /// A frame at whose end the export could go on.
    private struct Candidate {
        let frameCount: Int
        let tableCount: Int
        let position: Int64
        let dumpPosition: Int64
        let storedPosition: Int64
        let tail: ExportJournal.PartHash?
        let crc: UInt32?
        let reading: ReadingState
    }

    /// Whether nothing of the dump is there to go on with.
    var isEmpty: Bool { reading == nil && objects.isEmpty }

    /// Bytes of the uncompressed dump that are there, in all objects.
    var dumpBytes: Int64 { objects.reduce(dumpPosition) { $0 + $1.uncompressedSize } }

    /// The number of the part in which the stored bytes end, from 1.
    var openPartNumber: Int { Int(storedPosition / partSize) + 1 }

    /// Uploaded parts whose bytes are in the spool, perhaps.
    var spent: [Int] { uploaded.keys.filter { $0 >= openPartNumber - 1 } }

    /// - Returns: nil where there is no journal in `folder`, or one of an export that would write other bytes.
    init?(folder: String, identity: ExportJournal.Identity) {
        guard var reader = JournalReader(folder: folder) else { return nil }
        defer { reader.close() }
        guard case .begin(identity, let partSize)? = reader.next() else { return nil }
        self.partSize = partSize
        let spool = PartSpool(folder: folder)
        var candidates: [Candidate] = []
        var hashes: [Int: ExportJournal.PartHash] = [:]
        var prefixes: [Int64: ExportJournal.PartHash] = [:]
        while let record = reader.next() {
            switch record {
            case .begin: return nil
            case .framesKept(let count):
                while let last = candidates.last, last.frameCount > count { candidates.removeLast() }
                if let last = candidates.last, last.frameCount == count { rewind(to: last) } else { forgetFrames() }
            case .snapshot(let record): snapshot = record
            case .object(let key, let head):
                beginObject(key, head: head)
                candidates = []
                hashes = [:]
                prefixes = [:]
            case .objectEnded(let ended, let newTables):
                objects.append(ended)
                tables += newTables
                tablesInObjects = tables.count
                beginObject(nil, head: nil)
                candidates = []
            case .uploadAsked: if case .none = upload { upload = .asked }
            case .upload(let id): upload = .begun(id: id)
            case .part(let part): uploaded[part.number] = part
            case .frame(let frame):
                frames.append(compressed: frame.size, decompressed: frame.dumpSize)
                tables += frame.reading.newTables
                position += frame.size
                dumpPosition += frame.dumpSize
                for part in frame.parts where Int64(part.size) == partSize { hashes[part.number] = part }
                if let last = frame.parts.last, Int64(last.size) < partSize { prefixes[position] = last }
                candidates.append(
                    Candidate(
                        frameCount: frames.count, tableCount: tables.count, position: position,
                        dumpPosition: dumpPosition, storedPosition: frame.stored ?? position, tail: frame.tail,
                        crc: frame.crc, reading: frame.reading))
                // Frames of parts before the last few will not be asked for: their bytes are gone.
                if candidates.count >= 2 * Self.candidatesKept {
                    for candidate in candidates.prefix(Self.candidatesKept) { prefixes[candidate.position] = nil }
                    candidates.removeFirst(Self.candidatesKept)
                }
            }
        }
        if let snapshot, !snapshot.outlivesProcess { return nil }
        if let record = snapshot, !record.isThere(in: folder) { snapshot = nil }
        journalEnd = reader.position
        var sound: [Int: Bool] = [:]
        while snapshot != nil, let candidate = candidates.popLast() {
            rewind(to: candidate)
            if check(hashes, prefixes[candidate.position], candidate.tail, spool, &sound) { return }
        }
        forgetFrames()
    }

    private mutating func beginObject(_ key: String?, head: Data?) {
        object = key
        self.head = head.map { Array($0) }
        upload = .none
        uploaded = [:]
        forgetFrames()
    }

    private mutating func rewind(to candidate: Candidate) {
        position = candidate.position
        dumpPosition = candidate.dumpPosition
        storedPosition = candidate.storedPosition
        crc = candidate.crc
        reading = candidate.reading
        frames.keepFirst(candidate.frameCount)
        tables.removeLast(tables.count - candidate.tableCount)
    }

    /// - Parameter sound: What is known of whole parts in the spool.
    /// - Returns: Whether all bytes up to where the frames end are in the store or in the spool.
    private mutating func check(
        _ hashes: [Int: ExportJournal.PartHash], _ prefix: ExportJournal.PartHash?,
        _ tail: ExportJournal.PartHash?, _ spool: PartSpool, _ sound: inout [Int: Bool]
    ) -> Bool {
        self.tail = []
        if let tail {
            guard let bytes = spool.read(tail) else { return false }
            self.tail = bytes
        }
        var unsent: [ExportJournal.PartHash] = []
        for number in 1..<openPartNumber where uploaded[number] == nil {
            guard let part = hashes[number] else { return false }
            let isSound = sound[number] ?? (spool.read(number, count: part.size, hash: part.hash) != nil)
            sound[number] = isSound
            guard isSound else { return false }
            unsent.append(part)
        }
        let openCount = Int(storedPosition % partSize)
        openPart = nil
        if openCount > 0 {
            guard let prefix, prefix.number == openPartNumber, prefix.size == openCount,
                spool.read(prefix.number, count: prefix.size, hash: prefix.hash) != nil
            else { return false }
            openPart = prefix
        }
        unsentParts = unsent
        return true
    }

    /// Reading begins again; what the store holds need not be sent twice where it comes out the same.
    private mutating func forgetFrames() {
        frames = SeekTable()
        tables.removeLast(tables.count - tablesInObjects)
        position = 0
        dumpPosition = 0
        storedPosition = 0
        tail = []
        crc = nil
        reading = nil
        openPart = nil
        unsentParts = []
    }
}
