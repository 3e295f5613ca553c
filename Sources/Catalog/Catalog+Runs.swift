import Glibc
import Model
import SQLite

extension Catalog {
    /// The number of runs of each database that are never forgotten.
    package static let runsKept: Int64 = 200

    /// Begins a run, unless one of its database is queued or running; of two that are begun at once, in this process or
    /// in two, one is refused. From then on its slot is handled: a process that ends before owes it still.
    /// - Throws: `RunInProgress`, which names the one that is.
    package func begin(_ start: RunStart) throws -> RunRecord {
        try write(isDurable: true) { database in
            let active = try database.select(
                """
                SELECT \(RunRecord.columns) FROM runs WHERE database = ? AND state IN ('queued', 'running')
                """, [.text(start.database)], RunRecord.init(reading:))
            if let run = active.first { throw RunInProgress(run: run) }
            let begun = try database.select(
                """
                INSERT INTO runs (
                    database, trigger, slot, missed, pid, state, phase, attempt, started_at, rows, dump_bytes, stored_bytes
                ) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, 0, 0, 0)
                RETURNING \(RunRecord.columns)
                """,
                [
                    .text(start.database), .text(start.trigger.rawValue), .time(start.slot),
                    .integer(Int64(start.missed)), .integer(Int64(start.pid)),
                    .text((start.isQueued ? RunState.queued : .running).rawValue), .integer(Int64(start.attempt)),
                    .time(start.at),
                ], RunRecord.init(reading:))
            guard let run = begun.first else { throw Self.noSuchRun(0) }
            if let slot = start.slot, !start.goesOn {
                try Self.setHandledSlot(slot, of: start.database, in: database)
            }
            return run
        }
    }

    /// A queued run has got its turn; it counts as started from now on.
    /// - Throws: code `internal` for a run that is not queued.
    package func start(_ id: Int64, at now: Timestamp) throws {
        try write { database in
            let isChanged = try database.isChanged(
                by: "UPDATE runs SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued' RETURNING 1",
                [.time(now), .integer(id)])
            if !isChanged { throw Self.noSuchRun(id) }
        }
    }

    /// Keeps how far a run is, and when its phase began; a queued one is running thereby. One that has ended stays as it
    /// is.
    /// - Returns: whether the run goes on.
    @discardableResult
    package func update(
        _ id: Int64, progress: RunProgressRecord, at now: Timestamp = Timestamp(seconds: Int64(Glibc.time(nil)))
    ) throws -> Bool {
        try write { database in
            let goesOn = try database.isChanged(
                by: """
                    UPDATE runs
                    SET state = 'running', phase = ?, attempt = ?, rows = ?, dump_bytes = ?, stored_bytes = ?,
                        fraction = ?, seconds_left = ?, backup = coalesce(?, backup)
                    WHERE id = ? AND state IN ('queued', 'running')
                    RETURNING 1
                    """,
                [
                    .text(progress.phase.rawValue), .integer(Int64(progress.attempt)), .integer(progress.rows),
                    .integer(progress.dumpBytes), .integer(progress.storedBytes), .optional(progress.fraction),
                    .optional(progress.secondsLeft), .id(progress.backup), .integer(id),
                ])
            if goesOn { try Self.notePhase(of: id, progress, at: now, in: database) }
            return goesOn
        }
    }

    /// Ends a run.
    /// - Parameter events: kept in the same transaction, in their order: none is told of an end that is lost, or the
    ///   other way round.
    /// - Throws: code `internal` for a run that has ended already, or that there never was.
    @discardableResult
    package func finish(_ id: Int64, _ end: RunEnd, telling events: EventRecord?...) throws -> RunRecord {
        try write(isDurable: true) { database in
            let ended = try database.select(
                """
                UPDATE runs
                SET state = ?, finished_at = ?, rows = coalesce(?, rows), dump_bytes = coalesce(?, dump_bytes),
                    stored_bytes = coalesce(?, stored_bytes), fraction = NULL, seconds_left = NULL,
                    backup = coalesce(?, backup), verification = ?, error_code = ?, error_message = ?, error_hint = ?
                WHERE id = ? AND state IN ('queued', 'running')
                RETURNING \(RunRecord.columns)
                """,
                [
                    .text(end.state.rawValue), .time(end.at), .optional(end.rows), .optional(end.dumpBytes),
                    .optional(end.storedBytes), .id(end.backup), .optional(end.verification?.rawValue),
                    .optional(end.failure?.code.rawValue), .optional(end.failure?.message),
                    .optional(end.failure?.hint), .integer(id),
                ], RunRecord.init(reading:))
            guard let run = ended.first else { throw Self.noSuchRun(id) }
            try Self.count(run, in: database)
            for event in events.compactMap(\.self) { try post(event, in: database) }
            return run
        }
    }

    /// Nil where there is no such run, or it is forgotten.
    package func run(_ id: Int64) throws -> RunRecord? {
        try runs("WHERE id = ?", [.integer(id)]).first
    }

    /// Newest first.
    /// - Parameter name: nil for the runs of all databases.
    package func runs(of name: String?, limit: Int) throws -> [RunRecord] {
        if let name {
            return try runs(
                "WHERE database = ? ORDER BY id DESC LIMIT ?", [.text(name), .integer(Int64(max(limit, 0)))])
        }
        return try runs("ORDER BY id DESC LIMIT ?", [.integer(Int64(max(limit, 0)))])
    }

    /// What is queued or running, oldest first.
    package func activeRuns() throws -> [RunRecord] {
        try runs("INDEXED BY runs_active WHERE state IN ('queued', 'running') ORDER BY id")
    }

    /// The newest run that has come to an end of its own, good or bad: one that was stopped says nothing of the database, and
    /// those of exports do not count.
    package func lastEnd(of name: String) throws -> RunRecord? {
        try runs(
            """
            WHERE database = ? AND state IN ('completed', 'failed') AND trigger <> 'export' ORDER BY id DESC LIMIT 1
            """, [.text(name)]
        ).first
    }

    /// The newest run that has ended and says whether a scheduled backup is owed still: one of the schedule, or one that
    /// somebody asked for and that came to a good end; those of exports do not count.
    package func lastScheduledEnd(of name: String) throws -> RunRecord? {
        try runs(
            """
            WHERE database = ? AND finished_at IS NOT NULL AND (slot IS NOT NULL OR state = 'completed')
                AND trigger <> 'export'
            ORDER BY id DESC LIMIT 1
            """, [.text(name)]
        ).first
    }

    /// The newest completed run; those of exports do not count.
    package func lastSuccess(of name: String) throws -> RunRecord? {
        try runs(
            "WHERE database = ? AND state = 'completed' AND trigger <> 'export' ORDER BY id DESC LIMIT 1", [.text(name)]
        ).first
    }

    /// Forgets runs that ended before `time`, but for the newest 200 of each database and its last completed one, exports
    /// counted apart. Their phases and log lines go with them; `runCounts` stays.
    /// - Returns: how many.
    @discardableResult
    package func forgetRuns(before time: Timestamp) throws -> Int {
        try write { database in
            try database.select(
                """
                DELETE FROM runs
                WHERE finished_at < ?
                    AND id NOT IN (
                        SELECT id FROM (
                            SELECT id, row_number() OVER (
                                PARTITION BY database, trigger = 'export' ORDER BY id DESC) AS place
                            FROM runs)
                        WHERE place <= ?)
                    AND id NOT IN (
                        SELECT max(id) FROM runs WHERE state = 'completed' GROUP BY database, trigger = 'export')
                RETURNING id
                """, [.time(time), .integer(Self.runsKept)]
            ) { columns in try columns.integer() }.count
        }
    }

    private func runs(_ clause: String, _ values: [SQLValue] = []) throws -> [RunRecord] {
        try read { database in
            try database.select("SELECT \(RunRecord.columns) FROM runs \(clause)", values, RunRecord.init(reading:))
        }
    }

    private static func noSuchRun(_ id: Int64) -> NightjarError {
        NightjarError(.internal, "run \(id) is not under way: it has ended, or there never was one")
    }
}
