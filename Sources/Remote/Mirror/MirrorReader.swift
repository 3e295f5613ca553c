import Dump
import Model
import Pipeline
import SQLite

/// Reads all tables of a remote source into a stage, and again what may have changed meanwhile, until nothing moves or
/// it has been tried often enough.
struct MirrorReader {
    /// The source has another schema than when reading began.
    struct SchemaChanged: Error {}

    let caller: RemoteCaller
    let schema: RemoteSchema
    let stage: MirrorStage
    let exclude: [Glob]
    let chunkRows: Int
    /// Whether all requests read one state of the source.
    let isFrozen: Bool
    /// How often tables that moved are read again; with 0 nothing is read twice.
    let rereads: Int
    let progress: RunProgress

    /// Once where that is enough; or twice, and then again what has moved.
    private var passes: Int { isFrozen || rereads == 0 ? 1 : 2 + rereads }

    /// Goes on where an earlier process has stopped.
    /// - Throws: `SchemaChanged`, `RemoteError`, `NightjarError`, `SQLiteError`, `CancellationError`.
    func run() throws {
        guard try !stage.isWhole else {
            // The source may have moved on since: that takes nothing from what was proved.
            progress.begin(.snapshot, units: 0)
            return try finishReadings()
        }
        let counts = try stage.tables.map { try count($0) }
        let rows = counts.reduce(Int64(0)) { $0 + ($1 ?? 0) }
        progress.begin(.snapshot, units: rows * Int64(min(passes, 2)))
        for (index, count) in counts.enumerated() {
            let readings = try stage.standing(of: index).readings
            progress.add(done: Int64(min(readings, 2)) * (count ?? 0))
        }
        try finishReadings()
        for pass in 1...passes {
            // Two passes are for all, the others for what moves.
            if try pass > 2 && !mayGain() { break }
            for index in try tables(afterReadings: pass - 1) {
                if try pass <= 2 || stage.standing(of: index).isTorn { try read(index, reading: pass) }
            }
            if !isFrozen { try checkSchema() }
            if isFrozen || pass > 1 { try compareCounts(of: tables(afterReadings: pass)) }
        }
        try stage.setWhole()
    }

    /// Brings to their ends the later readings that an earlier process has begun: what they have found so far stands in
    /// the place of what was read before, and belongs to another moment. No pass may be left that would do so.
    private func finishReadings() throws {
        var finished: [Int] = []
        for index in stage.tables.indices {
            let readings = try stage.standing(of: index).readings
            guard readings > 0, try stage.piece(of: index, reading: readings + 1) != nil else { continue }
            try read(index, reading: readings + 1)
            finished.append(index)
        }
        if !finished.isEmpty { try check(finished) }
    }

    /// Reads a table once more, whose rows turned out not to be of one moment.
    func readAgain(_ index: Int) throws {
        try read(index, reading: stage.standing(of: index).readings + 1)
        try check([index])
    }

    /// What follows a reading that no pass has made, of a source that holds no state: no pass may come to look.
    private func check(_ indexes: [Int]) throws {
        try checkSchema()
        try compareCounts(of: indexes)
    }

    /// What has been proved.
    func consistency() throws -> Consistency {
        let standings = try stage.tables.indices.map { try stage.standing(of: $0) }
        let readings = standings.map(\.readings).max() ?? 1
        if isFrozen || standings.isEmpty { return Consistency(.consistent, readings: 1) }
        if rereads == 0 { return Consistency(.unchecked, readings: readings) }
        // Each row was the same when it was read for the first time and for the second: so it was in between.
        if standings.allSatisfy({ $0.readings == 2 && !$0.hasMoved }) {
            return Consistency(.consistent, readings: readings)
        }
        let moving = stage.tables.indices.filter { standings[$0].isTorn }
        guard moving.isEmpty else {
            return Consistency(.changed, tables: moving.map { stage.tables[$0].name }, readings: readings)
        }
        return Consistency(.eachTable, readings: readings)
    }

    private func read(_ index: Int, reading: Int) throws {
        let chunks = ChunkReader(stage.tables[index], caller, chunkRows: chunkRows, limits: caller.database.limits)
        try TableReading(stage: stage, index: index, reading: reading, caller: caller, chunks: chunks) { rows in
            progress.add(done: Int64(rows))
        }.run()
    }

    /// Whether another reading may prove more.
    private func mayGain() throws -> Bool {
        try stage.tables.indices.contains { try stage.standing(of: $0).isTorn }
    }

    private func tables(afterReadings readings: Int) throws -> [Int] {
        try stage.tables.indices.filter { try stage.standing(of: $0).readings == readings }
    }

    private func checkSchema() throws {
        let now = try RemoteSchema.objectsFingerprint(caller, exclude: exclude)
        guard now == schema.objectsFingerprint else { throw SchemaChanged() }
    }

    /// Where the service counts other rows than were read, the table has moved since. Within one state it cannot have.
    private func compareCounts(of indexes: [Int]) throws {
        for index in indexes {
            let table = stage.tables[index]
            guard try !stage.standing(of: index).hasMoved, let counted = try count(table) else { continue }
            let rows = try stage.sum(of: index).rows
            guard counted != rows else { continue }
            guard !isFrozen else {
                // A state that has ended unnoticed is begun anew.
                try caller.finish()
                throw NightjarError(
                    .io,
                    "\(caller.database.name) counts \(CountText.format(counted, "row")) in table \(table.name), but "
                        + "gives \(CountText.format(rows))",
                    hint: "Ask it for PRAGMA integrity_check: the table, or an index of it, may be damaged.")
            }
            try stage.setMoved(index)
        }
    }

    /// - Returns: nil where the service does not get to the end of counting.
    private func count(_ table: RemoteTable) throws -> Int64? {
        do {
            return try RowCount.of(table, caller)
        } catch let error as RemoteError where error.kind == .tooSlow {
            return nil
        }
    }
}
