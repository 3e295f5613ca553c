import Age
import Model
import Pipeline
import SQLite
import Storage
import Zlib
import Zstandard

/// One export of a database: snapshot, rows, text, frames, parts, each stage at its own pace on bounded queues.
package struct Export: Sendable {
    package struct Options: Sendable {
        package var snapshot: SnapshotOptions
        package var format: DumpFormat
        package var chunkRows: Int
        package var exclude: [Glob]
        package var compression: Compression
        /// Raised where the dump would have too many parts.
        package var partSize: Int64
        package var uploadConcurrency: Int
        /// Name and version of the program, which decide what bytes it writes.
        package var tool: String
        /// Whether a dump of statements holds the schema, or rows alone, for a database that has the schema already.
        package var includesSchema: Bool
        /// Whether all rows are counted before the first is exported, for whoever wants to know how many are left.
        package var countsRows: Bool
        /// Whether rows are digested. Where nobody compares digests, records have the digest of no rows, and none for
        /// generated columns.
        var hasDigests = true
        /// For whom its objects are encrypted; empty where they are not.
        package var recipients: [AgeRecipient]
        /// A frame ends with the first chunk that makes it as large as this.
        var frameSize = DumpOutput.frameSize
        /// A fault of the writer's, for the tests that have to find it.
        var plantedFault: PlantedFault?

        package init(
            snapshot: SnapshotOptions, format: DumpFormat = .sql, chunkRows: Int, exclude: [Glob],
            compression: Compression, partSize: Int64,
            uploadConcurrency: Int, tool: String, includesSchema: Bool = true, countsRows: Bool = false,
            recipients: [AgeRecipient] = []
        ) {
            self.recipients = recipients
            self.tool = tool
            self.snapshot = snapshot
            self.format = format
            self.chunkRows = chunkRows
            self.exclude = exclude
            self.compression = compression
            self.partSize = partSize
            self.uploadConcurrency = uploadConcurrency
            self.includesSchema = includesSchema
            self.countsRows = countsRows
        }
    }

    /// What an export left in the store, and what a manifest has to say of it.
    package struct Result: Sendable {
        package var source: Manifest.SourceFacts
        package var snapshot: Manifest.SnapshotFacts
        package var objects: [Manifest.StoredObject]
        package var partSize: Int64
        package var tables: [Manifest.TableRecord]
        package var schema: [Manifest.SchemaObject]
        package var excluded: [Manifest.Excluded]
        package var foreignCollations: [String]
        package var notes: [String]
        /// How much of the uncompressed dump an earlier process had written, in bytes; nil where this one wrote all.
        package var resumedAt: Int64?

        init(_ reading: ExportReading.Outcome, _ objects: [Manifest.StoredObject], partSize: Int64) {
            source = reading.source
            snapshot = reading.snapshot
            self.objects = objects
            self.partSize = partSize
            tables = reading.dump.tables
            schema = reading.dump.schema
            excluded = reading.origin.excluded + reading.dump.excluded
            foreignCollations = reading.foreignCollations
            notes = reading.origin.notes + reading.dump.notes
        }
    }

    /// S3 takes 10,000 parts; some are left for an estimate that was too low.
    private static let maximumParts: Int64 = 9_000
    /// Text is seldom more than this many times the size of the database, hexadecimal and brackets included; rows of
    /// nothing but NULL are, but compress to nearly nothing.
    private static let growth: Int64 = 3
    private static let plainGrowth: Int64 = 12

    package let source: any ExportSource
    package let store: any ObjectStore
    package let keys: DumpKeys
    /// A folder of this run's own, for the snapshot, the journal and parts on their way. What an earlier process has left
    /// there of the same export is gone on with.
    package let workDirectory: String
    package let options: Options
    package let progress: RunProgress
    /// Whether an export that ends with that error is to be gone on with; where it is not, the store is cleaned up.
    private let keeps: @Sendable (any Error) -> Bool

    package init(
        source: any ExportSource, store: any ObjectStore, keys: DumpKeys, workDirectory: String, options: Options,
        progress: RunProgress, keepingAfter keeps: @escaping @Sendable (any Error) -> Bool
    ) {
        self.keeps = keeps
        self.source = source
        self.store = store
        self.keys = keys
        self.workDirectory = workDirectory
        self.options = options
        self.progress = progress
    }

    /// Runs it to the end. The folder is the caller's to remove, after all that the result is needed for.
    package func run() async throws -> Result {
        let identity = self.identity
        let folder = workDirectory
        // It looks at all that an earlier process has left.
        var resumption = try await DedicatedThread.run(cancellation: Cancellation()) {
            Resumption(folder: folder, identity: identity)
        }
        var key = options.recipients.isEmpty ? nil : RunKey(in: folder)
        if let begun = resumption, begun.snapshot == nil, begun.object != nil || !begun.objects.isEmpty {
            // Objects of one state do not go with those of another, and another snapshot's bytes must not be encrypted with what those
            // of this one were.
            if !begun.objects.isEmpty || !options.recipients.isEmpty { resumption = nil }
        }
        if !options.recipients.isEmpty, key == nil { resumption = nil }
        let journal: ExportJournal
        if let resumption {
            journal = try ExportJournal(in: workDirectory, resuming: resumption)
        } else {
            await RunFiles.abandon(in: workDirectory, root: keys.root, store: store)
            if !options.recipients.isEmpty { key = try RunKey.make(in: folder) }
            journal = try ExportJournal(in: workDirectory, identity: identity, partSize: partSize)
        }
        let encryption = key.map { ObjectEncryption(recipients: options.recipients, key: $0) }
        let keeper = SnapshotKeeper(
            folder, journal, isOnDisk: resumption?.snapshot.map { $0.memory == nil } ?? false)
        do {
            let result = try await run(journal, resumption, keeper, encryption)
            keeper.exportEnded()
            return result
        } catch {
            let isVoid = (error as? StoreError)?.mustStartAnew ?? false
            if isVoid || !keeps(error) {
                keeper.exportEnded()
                if await takeBack(journal) {
                    RunFiles.remove(in: workDirectory)
                } else {
                    // The journal tells whoever clears the folder away what the store has of it.
                    RunFiles.removeBytes(in: workDirectory)
                }
            }
            throw error
        }
    }

    /// Aborts the open upload and deletes the objects that the journal knows to be whole. What else lies under these names may
    /// be somebody else's.
    /// - Returns: Whether the store could be asked.
    private func takeBack(_ journal: ExportJournal) async -> Bool {
        let (ended, open, upload) = journal.objects
        var isDone = true
        if let open { isDone = await RunFiles.abort(upload, of: open, in: store) }
        let store = store
        let areDeleted = await Cleanup.run {
            for key in ended { _ = try await store.deleteUnlessLocked(key) }
        }
        return isDone && areDeleted
    }

    private func run(
        _ journal: ExportJournal, _ resumption: Resumption?, _ keeper: SnapshotKeeper, _ encryption: ObjectEncryption?
    ) async throws -> Result {
        let cancellation = Cancellation()
        let blocks = BoundedQueue<DumpBlock>(capacity: 2)
        let frames = FrameCompressor(
            options.compression, hasCRC: options.format.hasObjectPerTable, from: blocks)
        let parts = BoundedQueue<PartSpool.Piece>(capacity: 1)
        let stored = BoundedQueue<Manifest.StoredObject>(capacity: 1)
        let stop: @Sendable (any Error) -> Void = { error in
            blocks.fail(error)
            frames.fail(error)
            parts.fail(error)
            stored.fail(error)
        }
        return try await withThrowingTaskGroup(of: ExportStage.Outcome.self) { group in
            group.addTask {
                let reading = ExportReading(
                    source: source, keys: keys, workDirectory: workDirectory, options: options, progress: progress,
                    keeper: keeper, resumption: resumption)
                return .read(
                    try await ExportStage.run(stopping: stop, cancellation) {
                        try reading.run(to: blocks, cancellation)
                    })
            }
            ExportStage.add(frames, to: &group, stopping: stop, cancellation)
            group.addTask {
                .written(
                    try await ExportStage.run(stopping: stop, cancellation) {
                        try ObjectWriter(
                            options.compression, isDivided: options.format.hasObjectPerTable, encryption: encryption,
                            journal: journal, resuming: resumption, from: frames, to: parts, stored: stored
                        ).run()
                    })
            }
            group.addTask {
                let uploader = PartUploader(
                    store: store, journal: journal, resumption: resumption,
                    concurrency: options.uploadConcurrency, progress: progress)
                do {
                    try await uploader.run(parts, to: stored)
                    return .sent
                } catch {
                    stop(error)
                    throw error
                }
            }
            var result = try await ExportStage.collect(&group, partSize: journal.partSize)
            if let resumption, resumption.dumpBytes > 0 { result.resumedAt = resumption.dumpBytes }
            return result
        }
    }

    /// Whether an earlier process has left a snapshot in the folder, or a part of one, with which this very export can go
    /// on.
    package var canGoOn: Bool {
        guard RunFiles.holdSnapshot(in: workDirectory) || source.hasBegun(in: workDirectory),
            var reader = JournalReader(folder: workDirectory)
        else { return false }
        defer { reader.close() }
        guard case .begin(identity, _)? = reader.next() else { return false }
        return options.recipients.isEmpty || RunKey(in: workDirectory) != nil
    }

    private var identity: ExportJournal.Identity {
        ExportJournal.Identity(
            key: keys.root, source: source.identity, chunkRows: options.chunkRows,
            exclude: options.exclude.map(\.pattern),
            compression: "\(options.compression)",
            versions: [options.tool, SQLiteLibrary.version, ZstdCompressor.identity, GzipCompressor.version],
            includesSchema: options.includesSchema ? nil : false,
            recipients: options.recipients.isEmpty ? nil : options.recipients.map(\.description))
    }

    /// All parts of an upload have one size, so it has to be right before the first one.
    private var partSize: Int64 {
        let estimate = source.expectedBytes * (options.compression == .none ? Self.plainGrowth : Self.growth)
        let mebibyte: Int64 = 1 << 20
        let needed = (estimate / Self.maximumParts + mebibyte) / mebibyte * mebibyte
        return max(options.partSize, estimate / options.partSize >= Self.maximumParts ? needed : 0)
    }
}
