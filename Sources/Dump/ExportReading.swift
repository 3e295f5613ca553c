import Model
import Pipeline
import SQLite

/// The first stage of an export: the source's state is frozen, and its rows become blocks of a dump.
struct ExportReading: Sendable {
    struct Outcome: Sendable {
        var source: Manifest.SourceFacts
        var snapshot: Manifest.SnapshotFacts
        var origin: Snapshot.Origin
        var dump: WrittenDump
        var foreignCollations: [String]
    }

    let source: any ExportSource
    let keys: DumpKeys
    /// The run's own.
    let workDirectory: String
    let options: Export.Options
    let progress: RunProgress
    /// nil where nobody goes on with the export.
    var keeper: SnapshotKeeper?
    var resumption: Resumption?

    /// Blocks the thread.
    func run(to blocks: BoundedQueue<DumpBlock>, _ cancellation: Cancellation) throws -> Outcome {
        do {
            let snapshot = try snapshot(cancellation)
            let database = snapshot.database
            database.standInForTheApplication()
            // KiB: rows are read in their order, for which the pages above the leaves are enough.
            _ = try database.integer("PRAGMA cache_size=-512")
            let facts = try Manifest.SourceFacts(reading: database, of: snapshot.origin)
            let interrupter = database.interrupter
            let (dump, collations) = try cancellation.withHandler({ interrupter.interrupt() }) {
                var writer = try writer(of: database, to: blocks, cancellation)
                if options.countsRows { progress.set(totalRows: try writer.countRows()) }
                progress.begin(.export, units: facts.pageCount * Int64(facts.pageSize))
                let dump = try writer.write()
                let collations = try Schema(reading: database).foreignCollations(in: database)
                // The dump is completed as soon as the stream ends: nothing may go wrong here any more.
                try snapshot.checkUnchanged()
                try keeper?.checkCopy()
                try writer.finish()
                return (dump, collations)
            }
            // Giving back the memory of a large file takes a while, in which the last frames are compressed and sent.
            keeper?.readingEnded()
            return Outcome(
                source: facts, snapshot: snapshot.facts, origin: snapshot.origin, dump: dump,
                foreignCollations: collations)
        } catch let error as SQLiteError {
            throw source.explain(error)
        }
    }

    private func writer(
        of database: Database, to blocks: BoundedQueue<DumpBlock>, _ cancellation: Cancellation
    ) throws -> any DumpWriter {
        let work = try DumpWork(
            database,
            options: .init(
                chunkRows: options.chunkRows, breathing: options.snapshot.breathing, exclude: options.exclude,
                frameSize: options.frameSize, hasDigests: options.hasDigests, plantedFault: options.plantedFault),
            object: keys.root, resuming: resumption, to: blocks, cancellation: cancellation, progress: progress)
        return switch options.format {
        case .sql: try SQLDumpWriter(work, includesSchema: options.includesSchema)
        case .csv, .json, .ndjson: RowDumpWriter(work, keys: keys, options.format)
        }
    }

    // MARK: The snapshot

    private func snapshot(_ cancellation: Cancellation) throws -> Snapshot {
        progress.begin(.snapshot, units: 0)
        let delay = options.snapshot.diskDelay
        if let record = resumption?.snapshot, let snapshot = try Snapshot(in: workDirectory, record) {
            RunFiles.removeMirror(in: workDirectory)
            // The process before this one has ended before the disk had it.
            if record.memory != nil { keeper?.keep(record, after: delay) }
            return snapshot
        }
        let begun = ContinuousClock.now
        let snapshot = try source.takeSnapshot(
            in: workDirectory, options: options.snapshot, exclude: options.exclude, cancellation: cancellation,
            progress: progress)
        // What asked a service for its rows is not wanted for writing them.
        Memory.settle()
        let record = ExportJournal.SnapshotRecord(facts: snapshot.facts, origin: snapshot.origin)
        if record.facts.method != .mirror {
            keeper?.keep(record, after: max(delay - (ContinuousClock.now - begun), .zero))
        } else if try keeper?.bringToDisk(record) ?? true {
            // What was read over hours goes only when its copy outlives the machine.
            RunFiles.removeMirror(in: workDirectory)
        }
        return snapshot
    }
}
