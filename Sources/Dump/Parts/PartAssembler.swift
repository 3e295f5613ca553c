import Pipeline
import XXHash

/// Cuts a stream of bytes into parts of one size, but for the last, and keeps a copy of them in the spool.
final class PartAssembler {
    private let object: String
    private let partSize: Int
    private let spool: PartSpool
    private let output: BoundedQueue<PartSpool.Piece>
    private let unsent: [ExportJournal.PartHash]
    /// Of which an earlier process has spooled the beginning.
    private let open: ExportJournal.PartHash?
    private var number: Int
    private var current: [UInt8]
    /// How much of `current` is in the spool, and has been hashed.
    private var spooled: Int
    private let hasher = XXH3Hasher()
    /// Parts that were filled since the last checkpoint.
    private var filled: [ExportJournal.PartHash] = []

    /// - Parameter object: The name of the object that the parts are of.
    init(
        of object: String, _ journal: ExportJournal, resuming resumption: Resumption?,
        output: BoundedQueue<PartSpool.Piece>
    ) {
        self.object = object
        partSize = Int(journal.partSize)
        spool = journal.spool
        self.output = output
        unsent = resumption?.unsentParts ?? []
        open = resumption?.openPart
        number = resumption?.openPartNumber ?? 1
        current = []
        spooled = 0
    }

    /// Sends the whole parts that an earlier process has spooled, and that the store has not taken; goes on with the one
    /// that was not whole.
    func begin() throws {
        for part in unsent { try hand(part.number, try spooledBytes(of: part)) }
        if let open { current = try spooledBytes(of: open) }
        noteSpooled()
        current.reserveCapacity(partSize)
    }

    private func spooledBytes(of part: ExportJournal.PartHash) throws -> [UInt8] {
        guard let bytes = spool.read(part.number, count: part.size, hash: part.hash) else {
            throw RunFolderFailure.explain("read again", "part \(part.number) of the dump")
        }
        return bytes
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if current.count == partSize { try send() }
            let piece = rest.prefix(partSize - current.count)
            rest = rest.dropFirst(piece.count)
            current.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
        }
    }

    /// Brings all bytes so far to the spool.
    /// - Returns: What they have to be, for parts that the last checkpoint did not see whole.
    func checkpoint() throws -> [ExportJournal.PartHash] {
        try spoolCurrent()
        defer { filled = [] }
        return filled + [.init(number: number, size: current.count, hash: hasher.hash)]
    }

    func finish() throws {
        try output.send(.init(number: number, bytes: current, object: object, isLast: true))
        current = []
    }

    private func send() throws {
        try spoolCurrent()
        filled.append(.init(number: number, size: current.count, hash: hasher.finish()))
        try hand(number, current)
        number += 1
        spooled = 0
        current = []
        current.reserveCapacity(partSize)
    }

    /// A queue of parts beside those that are under way would be memory and no gain.
    private func hand(_ number: Int, _ bytes: [UInt8]) throws {
        try output.hand(.init(number: number, bytes: bytes, object: object))
    }

    private func spoolCurrent() throws {
        guard spooled < current.count else { return }
        try spool.write(current[spooled...], of: number, at: spooled)
        noteSpooled()
    }

    /// Hashes what a checkpoint adds to the part: hashing all of it each time would cost more than all of the digests.
    private func noteSpooled() {
        current[spooled...].withUnsafeBytes { hasher.update($0) }
        spooled = current.count
    }
}
