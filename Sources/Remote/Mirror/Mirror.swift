import Dump
import Model
import Pipeline
import SQLite

/// The whole way from a service to a snapshot: reading into a stage, and making a database of it.
///
/// Where the service freezes a state, all is read in it. Where it does not, all is read twice, and what has changed in
/// between again.
struct Mirror {
    /// What became of it.
    struct Result {
        var consistency: Consistency
        var begunAt: Timestamp
        var sqliteVersion: String?
        var notes: [String]
        var excluded: [Manifest.Excluded]
    }

    /// All that was read is of no use any more.
    private enum Restart: Error {
        case schemaChanged
        case stateLost
    }

    private static let restartsAllowed = 3
    /// The stage, the database and its indexes, as a multiple of the source's pages.
    private static let spaceFactor = 2.5

    let caller: RemoteCaller
    let source: RemoteSource
    /// The run's own.
    let folder: String
    let exclude: [Glob]
    let cancellation: Cancellation
    let progress: RunProgress

    /// - Throws: `RemoteError`, `SQLiteError`, `NightjarError`, `CancellationError`.
    func run() throws -> Result {
        var restarts = 0
        while true {
            do {
                return try attempt()
            } catch let restart as Restart {
                restarts += 1
                // What was read before stays of no use.
                MirrorStage.remove(in: folder)
                guard restarts <= Self.restartsAllowed else { throw failure(restart) }
            }
        }
    }

    private func attempt() throws -> Result {
        do {
            // What is frozen is from this moment at the earliest.
            let begunAt = Timestamp.now
            let isFrozen = try caller.begin()
            // Once more where all has been read: that does no harm.
            defer { if isFrozen { caller.end() } }
            let schema = try RemoteSchema.read(caller, exclude: exclude)
            // A state that an earlier process saw is gone.
            if isFrozen { MirrorStage.remove(in: folder) }
            try requireSpace(schema)
            let stage = try MirrorStage(
                in: folder,
                .init(
                    identity: source.identity, fingerprint: schema.fingerprint, encoding: schema.encoding,
                    begunAt: begunAt), tables: schema.tables)
            let reader = MirrorReader(
                caller: caller, schema: schema, stage: stage, exclude: exclude, chunkRows: source.chunkRows,
                isFrozen: isFrozen, rereads: source.rereads, progress: progress)
            return try fill(reader)
        } catch let error as RemoteError where error.kind == .stateLost {
            throw Restart.stateLost
        } catch is MirrorReader.SchemaChanged {
            throw Restart.schemaChanged
        }
    }

    private func fill(_ reader: MirrorReader) throws -> Result {
        let schema = reader.schema
        let notes: [String]
        do {
            try reader.run()
            if reader.isFrozen { try caller.finish() }
            notes = try write(reader)
        } catch let error as RemoteError where error.kind == .statement {
            // A table or a column may be gone since the schema was read.
            guard try RemoteSchema.read(caller, exclude: exclude).fingerprint == schema.fingerprint else {
                throw Restart.schemaChanged
            }
            throw error
        }
        // The stage stays until the snapshot is known to be on the disk: whoever exports it takes it away then.
        return Result(
            consistency: try reader.consistency(), begunAt: reader.stage.head.begunAt,
            sqliteVersion: schema.sqliteVersion,
            notes: schema.notes + notes, excluded: schema.excluded)
    }

    /// Makes the snapshot, and reads tables once more whose rows cannot have stood together.
    private func write(_ reader: MirrorReader) throws -> [String] {
        var refusals: [Int: Int] = [:]
        while true {
            do {
                return try MirrorFile(in: folder, reader.schema, reader.stage, cancellation).write()
            } catch let refusal as MirrorFile.Refusal {
                // One table may be refused by several constraints.
                let refused = Dictionary(refusal.tables.map { ($0.index, $0.error) }) { first, _ in first }
                for (index, error) in refused.sorted(by: { $0.key < $1.key }) {
                    refusals[index, default: 0] += 1
                    let isLast = reader.isFrozen || refusals[index, default: 0] > max(1, reader.rereads)
                    if isLast { throw failure(reader, index, error) }
                    try reader.readAgain(index)
                }
            }
        }
    }

    // MARK: Space

    /// Before hours are spent on what will not fit.
    private func requireSpace(_ schema: RemoteSchema) throws {
        // What an earlier process has read takes its room already.
        guard MirrorStage.begun(in: folder) == nil, let size = schema.pageSize, let count = schema.pageCount else {
            return
        }
        let bytes = Double(count) * Double(size) * Self.spaceFactor
        try FreeSpace.require(
            Int64(min(bytes, 1e18)), in: "\(folder)/\(RunFiles.mirror)", purpose: "the copy of \(source.name)")
    }

    // MARK: Failures

    private func failure(_ restart: Restart) -> NightjarError {
        switch restart {
        case .schemaChanged:
            NightjarError(
                .busy, "the schema of \(source.name) changed each of the \(Self.restartsAllowed + 1) times it was read",
                hint: "Try again when its tables are not being altered.", isTransient: true)
        case .stateLost:
            NightjarError(
                .busy,
                "\(source.name) gave up each of the \(Self.restartsAllowed + 1) read transactions that were begun",
                hint: "Try again. Where it happens often, make breathing.pause shorter than the time for which the "
                    + "server keeps an idle stream.", isTransient: true)
        }
    }

    private func failure(_ reader: MirrorReader, _ index: Int, _ error: SQLiteError) -> NightjarError {
        let table = reader.stage.tables[index].name
        guard !reader.isFrozen else {
            return NightjarError(
                .io, "table \(table) of \(source.name) holds rows that its own schema refuses: \(error.message)",
                hint: "Ask the service for PRAGMA integrity_check. Leave the table out with `exclude: [\(table)]` "
                    + "until it is mended.", cause: error)
        }
        if let standing = try? reader.stage.standing(of: index), standing.readings > 1, !standing.hasMoved {
            return NightjarError(
                .io, "table \(table) of \(source.name) holds rows that its own schema refuses: \(error.message)",
                hint:
                    "They were the same when they were read again. Unless they were just being changed back and forth, leave "
                    + "the table out with `exclude: [\(table)]` until it is mended.",
                cause: error)
        }
        return NightjarError(
            .busy,
            "table \(table) of \(source.name) changes so fast that its rows, read one chunk after the other, do not "
                + "fit together: \(error.message)",
            hint: "Try again at a quieter time. If it stays so, the service holds rows that its own schema refuses.",
            isTransient: true, cause: error)
    }
}
