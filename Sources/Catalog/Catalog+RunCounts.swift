import Model
import SQLite

extension Catalog {
    /// How many runs have ended, by database, kind, outcome and reason, forgotten ones too. No number ever falls as long
    /// as the catalog lasts.
    package func runCounts() throws -> [RunCount] {
        try read { database in
            try database.select(
                "SELECT \(RunCount.columns) FROM run_counts ORDER BY database, kind, state, reason", [],
                RunCount.init(reading:))
        }
    }

    /// Counts a run that ends, in the same transaction.
    static func count(_ run: RunRecord, in database: Database) throws {
        try database.perform(
            """
            INSERT INTO run_counts (database, kind, state, reason, count) VALUES (?, ?, ?, ?, 1)
            ON CONFLICT DO UPDATE SET count = count + 1
            """,
            [
                .text(run.database), .text(run.trigger.kind.rawValue), .text(run.state.rawValue),
                .text(run.failure?.code.rawValue ?? ""),
            ])
    }
}
