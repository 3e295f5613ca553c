import Dump
import Model
import Pipeline
import Storage
import Synchronization

/// What all readers of dumps in the process share: the text of the frames that were wanted last, and the few
/// decompressors. However many readers there are, and however slow they are, it holds no more than its limit.
///
/// Readers that want the same frame at the same time wait for one decompression. A frame that had to make room while a slow
/// reader still needs it is fetched and decompressed again.
package final class FrameCache: Sendable {
    private typealias Waiter = CheckedContinuation<[UInt8], any Error>

    /// A block in memory.
    private struct Held: Sendable {
        let bytes: [UInt8]
        var lastUse: UInt64
    }

    /// A block on its way, and who waits for it.
    private struct Load: Sendable {
        let number: UInt64
        let task: Task<Void, Never>
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct Table: Sendable {
        let frames: [SeekTable.Frame]
        var lastUse: UInt64
    }

    private struct State: Sendable {
        var held: [CachedBlock.Key: Held] = [:]
        var loads: [CachedBlock.Key: Load] = [:]
        var tables: [CachedBlock.Key: Table] = [:]
        /// Bytes of the blocks that are held, and of those for which room has been made.
        var heldBytes = 0
        var reservedBytes = 0
        /// Blocks whose load has a lower number are not kept.
        var keptFrom: UInt64 = 0
        private var numbers: UInt64 = 0

        mutating func nextNumber() -> UInt64 {
            numbers += 1
            return numbers
        }
    }

    /// Blocks being fetched at once: enough to keep the decompressors busy with a store that is far away.
    private static let fetchesForEach = 2
    private static let tablesKept = 8
    /// Of stored bytes that are read as they are.
    private static let plainBlock = 1 << 20
    private static let smallestBlock = 4 << 10

    private let limit: Int
    private let fetches: Permits
    private let decompressions: Permits
    private let state = Mutex(State())

    /// Larger blocks are not for the cache: as many as are decompressed at once fit into it.
    let largestBlock: Int
    /// Bytes of a block of stored bytes.
    let plainBlockSize: Int

    /// - Parameters:
    ///   - limit: Bytes of decompressed frames in memory.
    ///   - decompressions: At once, each on a thread of its own.
    package init(limit: Int = 6 << 20, decompressions: Int = 2) {
        let count = max(1, decompressions)
        self.limit = limit
        self.decompressions = Permits(count)
        fetches = Permits(Self.fetchesForEach * count)
        largestBlock = max(0, limit) / count
        plainBlockSize = max(Self.smallestBlock, min(Self.plainBlock, largestBlock))
    }

    /// Bytes in memory now, those that are being decompressed among them; never more than the limit.
    package var size: Int { state.withLock { $0.heldBytes + $0.reservedBytes } }

    /// A copy of a part of a block's bytes: a slice would keep all of the block in memory for as long as somebody has it.
    /// - Parameter range: Counted from the block's beginning.
    /// - Returns: The bytes, and whether they were in memory already.
    func piece(
        of block: CachedBlock, _ range: Range<Int>
    ) async throws -> (bytes: ArraySlice<UInt8>, wasHeld: Bool) {
        try Task.checkCancellation()
        if let bytes = state.withLock({ Self.held(block.key, &$0) }) { return (Array(bytes[range])[...], true) }
        return (Array(try await bytes(of: block)[range])[...], false)
    }

    /// Fetches what somebody will want next, where nobody waits for anything else.
    func prefetch(_ block: CachedBlock) {
        guard block.size <= largestBlock else { return }
        state.withLock { state in
            guard state.loads.isEmpty, state.held[block.key] == nil else { return }
            beginLoading(block, &state)
        }
    }

    /// Lets go of all that it knows of an object that has turned out to be damaged: whoever asks from then on gets what
    /// the store holds by then. Blocks on their way are for those who wait for them, and not kept.
    func forget(_ dump: DumpObject) {
        let tasks = state.withLock { state -> [Task<Void, Never>] in
            state.keptFrom = state.nextNumber()
            for (key, block) in state.held where key.isOf(dump) {
                state.held[key] = nil
                state.heldBytes -= block.bytes.count
            }
            for key in Array(state.tables.keys) where key.isOf(dump) { state.tables[key] = nil }
            var tasks: [Task<Void, Never>] = []
            for (key, load) in state.loads where load.waiters.isEmpty && key.isOf(dump) {
                state.loads[key] = nil
                tasks.append(load.task)
            }
            return tasks
        }
        for task in tasks { task.cancel() }
    }

    /// Runs what decompresses on a thread of its own, when it is its turn; it should take some milliseconds at most.
    func decompress<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await decompressions.withPermit {
            try await DedicatedThread.run(cancellation: Cancellation(), work)
        }
    }

    /// The frames of a zstd dump, by its seek table.
    /// - Throws: code `difference` where the table is damaged.
    func frames(of dump: DumpObject) async throws -> [SeekTable.Frame] {
        let key = CachedBlock.Key(
            location: dump.store.location, object: dump.object.key, offset: -1, isText: false,
            isDecrypted: dump.isDecrypted)
        let known = state.withLock { state -> [SeekTable.Frame]? in
            let now = state.nextNumber()
            state.tables[key]?.lastUse = now
            return state.tables[key]?.frames
        }
        if let known { return known }
        let frames = try await dump.seekTable().frames
        guard (frames.last.map { $0.dumpOffset + $0.dumpSize } ?? 0) == dump.object.uncompressedSize else {
            throw dump.damaged("its seek table leads to another size than its manifest says")
        }
        state.withLock { state in
            state.tables[key] = Table(frames: frames, lastUse: state.nextNumber())
            while state.tables.count > Self.tablesKept,
                let oldest = state.tables.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            {
                state.tables[oldest] = nil
            }
        }
        return frames
    }

    // MARK: Waiting for a block

    /// A block in memory, which counts as used now.
    private static func held(_ key: CachedBlock.Key, _ state: inout State) -> [UInt8]? {
        guard let bytes = state.held[key]?.bytes else { return nil }
        let now = state.nextNumber()
        state.held[key]?.lastUse = now
        return bytes
    }

    private func bytes(of block: CachedBlock) async throws -> [UInt8] {
        let number = state.withLock { $0.nextNumber() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: CheckedContinuation<[UInt8], any Error>) in
                let answer = state.withLock { state -> Result<[UInt8], any Error>? in
                    // Looked at in here: a cancellation that comes later finds the waiter.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if let bytes = Self.held(block.key, &state) { return .success(bytes) }
                    beginLoading(block, &state)
                    state.loads[block.key]?.waiters[number] = waiter
                    return nil
                }
                if let answer { waiter.resume(with: answer) }
            }
        } onCancel: {
            leave(block.key, number)
        }
    }

    /// Takes a waiter out; what nobody waits for any more is given up.
    private func leave(_ key: CachedBlock.Key, _ number: UInt64) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let waiter = state.loads[key]?.waiters.removeValue(forKey: number) else { return (nil, nil) }
            guard state.loads[key]?.waiters.isEmpty == true else { return (waiter, nil) }
            return (waiter, state.loads.removeValue(forKey: key)?.task)
        }
        task?.cancel()
        waiter?.resume(throwing: CancellationError())
    }

    // MARK: Loading

    private func beginLoading(_ block: CachedBlock, _ state: inout State) {
        guard state.loads[block.key] == nil else { return }
        let number = state.nextNumber()
        let task = Task.detached { await self.load(block, number) }
        state.loads[block.key] = Load(number: number, task: task)
    }

    private func load(_ block: CachedBlock, _ number: UInt64) async {
        do {
            try await fetches.withPermit { () async throws -> Void in
                let stored = try await block.fetch()
                guard let size = block.textSize else {
                    let isReserved = reserve(stored.count)
                    return keep(stored, of: block.key, number, isReserved: isReserved)
                }
                try await decompress { [self] () throws -> Void in
                    let isReserved = reserve(size)
                    do {
                        let text = try block.text(of: stored, size: size)
                        keep(text, of: block.key, number, isReserved: isReserved)
                    } catch {
                        if isReserved { release(size) }
                        throw error
                    }
                }
            }
        } catch {
            fail(block.key, number, error)
        }
    }

    /// Makes room by letting go of what was used longest ago.
    /// - Returns: false where there is none to be made: the block is for those who wait for it, and not kept.
    private func reserve(_ size: Int) -> Bool {
        state.withLock { state in
            guard state.reservedBytes + size <= limit else { return false }
            while state.heldBytes + state.reservedBytes + size > limit,
                let oldest = state.held.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.held[oldest.key] = nil
                state.heldBytes -= oldest.value.bytes.count
            }
            state.reservedBytes += size
            return true
        }
    }

    private func release(_ size: Int) {
        state.withLock { $0.reservedBytes -= size }
    }

    private func keep(_ bytes: [UInt8], of key: CachedBlock.Key, _ number: UInt64, isReserved: Bool) {
        let waiters = state.withLock { state -> [Waiter] in
            if isReserved {
                state.reservedBytes -= bytes.count
                // It may have been given up and asked for again.
                if number > state.keptFrom, state.held[key] == nil {
                    let now = state.nextNumber()
                    state.held[key] = Held(bytes: bytes, lastUse: now)
                    state.heldBytes += bytes.count
                }
            }
            return Self.end(key, number, &state)
        }
        for waiter in waiters { waiter.resume(returning: bytes) }
    }

    private func fail(_ key: CachedBlock.Key, _ number: UInt64, _ error: any Error) {
        let waiters = state.withLock { Self.end(key, number, &$0) }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

    /// Ends a load, unless it was given up.
    private static func end(_ key: CachedBlock.Key, _ number: UInt64, _ state: inout State) -> [Waiter] {
        guard state.loads[key]?.number == number, let load = state.loads.removeValue(forKey: key) else { return [] }
        return Array(load.waiters.values)
    }
}
