import Model
import Pipeline
import SQLite
import Storage

/// One export of a SQLite file: snapshot, rows, text, frames, parts, each stage at its own pace on bounded queues.
package struct Export: Sendable {
    package struct Options: Sendable {
        package var snapshot: SnapshotOptions
        package var chunkRows: Int
        package var exclude: [Glob]
        package var compression: Compression
        /// Raised where the dump would have too many parts.
        package var partSize: Int64
        package var uploadConcurrency: Int

        package init(
            snapshot: SnapshotOptions, chunkRows: Int, exclude: [Glob], compression: Compression, partSize: Int64,
            uploadConcurrency: Int
        ) {
            self.snapshot = snapshot
            self.chunkRows = chunkRows
            self.exclude = exclude
            self.compression = compression
            self.partSize = partSize
            self.uploadConcurrency = uploadConcurrency
        }
    }

    /// What an export left in the store, and what a manifest has to say of it.
    package struct Result: Sendable {
        package var source: Manifest.SourceFacts
        package var snapshot: Manifest.SnapshotFacts
        package var object: Manifest.StoredObject
        package var partSize: Int64
        package var tables: [Manifest.TableRecord]
        package var schema: [Manifest.SchemaObject]
        package var excluded: [Manifest.Excluded]
        package var foreignCollations: [String]
        package var notes: [String]
    }

    private struct Reading: Sendable {
        var source: Manifest.SourceFacts
        var snapshot: Manifest.SnapshotFacts
        var dump: SQLDumpWriter.Result
        var foreignCollations: [String]
    }

    /// S3 takes 10,000 parts; some are left for an estimate that was too low.
    private static let maximumParts: Int64 = 9_000
    /// The text of a value is at most this many times its size in the database, hexadecimal and brackets included.
    private static let growth: Int64 = 3

    package let sourcePath: String
    package let store: any ObjectStore
    /// The name of the dump's object.
    package let key: String
    /// A folder of this run's own, for the snapshot.
    package let workDirectory: String
    package let options: Options
    package let progress: RunProgress

    package init(
        sourcePath: String, store: any ObjectStore, key: String, workDirectory: String, options: Options,
        progress: RunProgress
    ) {
        self.sourcePath = sourcePath
        self.store = store
        self.key = key
        self.workDirectory = workDirectory
        self.options = options
        self.progress = progress
    }

    private enum StageResult: Sendable {
        case read(Reading)
        case compressed(FrameCompressor.Result)
        case uploaded(Manifest.StoredObject)
    }

    /// Runs it to the end; on an error or a cancellation nothing is left of it, neither here nor in the store.
    package func run() async throws -> Result {
        let partSize = self.partSize
        let cancellation = Cancellation()
        let blocks = BoundedQueue<ByteBlock>(capacity: 8)
        let parts = BoundedQueue<[UInt8]>(capacity: 1)
        let stop: @Sendable (any Error) -> Void = { error in
            blocks.fail(error)
            parts.fail(error)
        }
        return try await withThrowingTaskGroup(of: StageResult.self) { group in
            group.addTask {
                .read(
                    try await DedicatedThread.run(cancellation: cancellation) {
                        try Self.failing(stop, cancellation) { try read(to: blocks, cancellation) }
                    })
            }
            group.addTask {
                .compressed(
                    try await DedicatedThread.run(cancellation: cancellation) {
                        try Self.failing(stop, cancellation) {
                            try FrameCompressor(options.compression, partSize: partSize, from: blocks, to: parts).run()
                        }
                    })
            }
            group.addTask {
                let uploader = PartUploader(
                    store: store, key: key, partSize: partSize, concurrency: options.uploadConcurrency,
                    progress: progress)
                do {
                    return .uploaded(try await uploader.run(parts))
                } catch {
                    stop(error)
                    throw error
                }
            }
            return try await Self.collect(&group, partSize: partSize)
        }
    }

    /// Passes an error on to the other stages before it ends this one.
    private static func failing<Value>(
        _ stop: @escaping @Sendable (any Error) -> Void, _ cancellation: Cancellation, _ body: () throws -> Value
    ) throws -> Value {
        do {
            return try cancellation.withHandler({ stop(CancellationError()) }, body)
        } catch {
            stop(error)
            throw error
        }
    }

    private static func collect(
        _ group: inout ThrowingTaskGroup<StageResult, any Error>, partSize: Int64
    ) async throws -> Result {
        var reading: Reading?
        var compressed: FrameCompressor.Result?
        var uploaded: Manifest.StoredObject?
        for try await result in group {
            switch result {
            case .read(let value): reading = value
            case .compressed(let value): compressed = value
            case .uploaded(let value): uploaded = value
            }
        }
        guard let reading, let compressed, var uploaded else {
            throw NightjarError(.internal, "an export ended without a result")
        }
        guard uploaded.size == compressed.size else {
            throw NightjarError(
                .io, "the store holds \(uploaded.size) bytes of \(uploaded.key), \(compressed.size) were sent")
        }
        uploaded.uncompressedSize = compressed.uncompressedSize
        return Result(
            source: reading.source, snapshot: reading.snapshot, object: uploaded, partSize: partSize,
            tables: reading.dump.tables, schema: reading.dump.schema, excluded: reading.dump.excluded,
            foreignCollations: reading.foreignCollations, notes: reading.dump.notes)
    }

    /// All parts of an upload have one size, so it has to be right before the first one.
    private var partSize: Int64 {
        let estimate = (FileFacts(sourcePath)?.size ?? 0) * Self.growth
        let mebibyte: Int64 = 1 << 20
        let needed = (estimate / Self.maximumParts + mebibyte) / mebibyte * mebibyte
        return max(options.partSize, estimate / options.partSize >= Self.maximumParts ? needed : 0)
    }

    // MARK: The reading stage

    private func read(to blocks: BoundedQueue<ByteBlock>, _ cancellation: Cancellation) throws -> Reading {
        progress.begin(.snapshot, units: 0)
        let source = try SQLiteSource(path: sourcePath)
        do {
            let snapshot = try Snapshot.take(
                of: source, in: workDirectory, options: options.snapshot, cancellation: cancellation
            ) { copied, all in
                progress.set(done: copied, of: all)
            }
            defer { snapshot.remove() }
            let database = snapshot.database
            database.standInForUnknownCollations()
            let facts = try Self.facts(of: database, journalMode: snapshot.journalMode)
            progress.begin(.export, units: facts.pageCount * Int64(facts.pageSize))
            let interrupter = database.interrupter
            let dump = try cancellation.withHandler({ interrupter.interrupt() }) {
                var writer = try SQLDumpWriter(
                    database,
                    options: .init(
                        chunkRows: options.chunkRows, breathing: options.snapshot.breathing, exclude: options.exclude),
                    output: SQLOutput(blocks), cancellation: cancellation, progress: progress)
                return try writer.write()
            }
            try snapshot.checkUnchanged()
            return Reading(
                source: facts, snapshot: snapshot.facts, dump: dump,
                foreignCollations: try Self.foreignCollations(of: database))
        } catch let error as SQLiteError {
            throw SourceFailure.explain(error, source: sourcePath)
        }
    }

    private static func facts(of database: Database, journalMode: String) throws -> Manifest.SourceFacts {
        Manifest.SourceFacts(
            kind: "sqlite", pageSize: Int(try database.integer("PRAGMA page_size") ?? 4096),
            pageCount: try database.integer("PRAGMA page_count") ?? 0,
            encoding: try TextEncoding(of: database).pragmaValue, journalMode: journalMode,
            autoVacuum: Int(try database.integer("PRAGMA auto_vacuum") ?? 0),
            userVersion: Int(try database.integer("PRAGMA user_version") ?? 0),
            applicationID: Int(try database.integer("PRAGMA application_id") ?? 0),
            sqliteVersion: SQLiteLibrary.version)
    }

    /// Collations that indexes use and that every SQLite does not have.
    private static func foreignCollations(of database: Database) throws -> [String] {
        let statement = try database.prepare(
            """
            SELECT DISTINCT upper(x.coll) FROM sqlite_schema AS s, pragma_index_list(s.name) AS l,
            pragma_index_xinfo(l.name) AS x WHERE s.type = 'table' AND x.coll IS NOT NULL ORDER BY 1
            """)
        var names: [String] = []
        while try statement.step() { names.append(String(decoding: statement.utf8(at: 0), as: UTF8.self)) }
        return names.filter { !["BINARY", "NOCASE", "RTRIM"].contains($0) }
    }
}
