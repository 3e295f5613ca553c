import Model
import SQLite

extension Catalog {
    /// The number of lines of each run's log that are kept.
    package static let logLinesKept: Int64 = 500

    /// The phases of a run in the order in which they began; none of a run that is forgotten.
    package func phases(of run: Int64) throws -> [RunPhaseRecord] {
        try read { database in
            try database.select(
                "SELECT \(RunPhaseRecord.columns) FROM run_phases WHERE run = ? ORDER BY number", [.integer(run)],
                RunPhaseRecord.init(reading:))
        }
    }

    /// What a run said, oldest first: its newest 500 lines; none of a run that is forgotten.
    package func log(of run: Int64) throws -> [RunLogRecord] {
        try read { database in
            try database.select(
                "SELECT \(RunLogRecord.columns) FROM run_log WHERE run = ? ORDER BY number", [.integer(run)],
                RunLogRecord.init(reading:))
        }
    }

    /// Adds a line to the log of a run, also of one that has ended; the oldest goes where there are 500.
    /// - Returns: whether the catalog knows the run.
    @discardableResult
    package func add(_ line: RunLogRecord, to run: Int64) throws -> Bool {
        try write { database in
            let isAdded = try database.isChanged(
                by: """
                    INSERT INTO run_log (run, number, at, level, text, hint)
                    SELECT id, coalesce((SELECT max(number) FROM run_log WHERE run = ?1), 0) + 1, ?2, ?3, ?4, ?5
                    FROM runs WHERE id = ?1
                    RETURNING 1
                    """,
                [
                    .integer(run), .time(line.at), .text(line.level.rawValue), .text(line.text), .optional(line.hint),
                ])
            try database.perform(
                """
                DELETE FROM run_log
                WHERE run = ?1 AND number <= (SELECT max(number) FROM run_log WHERE run = ?1) - ?2
                """, [.integer(run), .integer(Self.logLinesKept)])
            return isAdded
        }
    }

    /// Puts what is known better now in the place of the phases of a run's attempt.
    package func setPhases(_ phases: [RunPhaseRecord], of run: Int64) throws {
        guard let attempt = phases.first?.attempt, let last = phases.last?.phase else { return }
        try write { database in
            try database.perform(
                "UPDATE runs SET phase = ? WHERE id = ?", [.text(last.rawValue), .integer(run)])
            try database.perform(
                "DELETE FROM run_phases WHERE run = ? AND attempt = ?", [.integer(run), .integer(Int64(attempt))])
            for phase in phases {
                try database.perform(
                    """
                    INSERT INTO run_phases (run, number, phase, attempt, at)
                    SELECT id, coalesce((SELECT max(number) FROM run_phases WHERE run = ?1), 0) + 1, ?2, ?3, ?4
                    FROM runs WHERE id = ?1
                    """,
                    [
                        .integer(run), .text(phase.phase.rawValue), .integer(Int64(phase.attempt)), .time(phase.at),
                    ])
            }
        }
    }

    /// Keeps when a phase of a run began, unless it is the one that the run was in already.
    static func notePhase(
        of run: Int64, _ progress: RunProgressRecord, at now: Timestamp, in database: Database
    ) throws {
        try database.perform(
            """
            INSERT INTO run_phases (run, number, phase, attempt, at)
            SELECT ?1, coalesce((SELECT max(number) FROM run_phases WHERE run = ?1), 0) + 1, ?2, ?3, ?4
            WHERE NOT EXISTS (
                SELECT 1 FROM (SELECT phase, attempt FROM run_phases WHERE run = ?1 ORDER BY number DESC LIMIT 1)
                WHERE phase = ?2 AND attempt = ?3)
            """,
            [
                .integer(run), .text(progress.phase.rawValue), .integer(Int64(progress.attempt)), .time(now),
            ])
    }
}
