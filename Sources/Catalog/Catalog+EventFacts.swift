import Model
import SQLite

extension Catalog {
    /// What is known of a database at this moment of a transaction.
    static func facts(about name: String, in database: Database) throws -> EventFacts {
        var facts = EventFacts()
        let proofs = try database.select(
            """
            SELECT id, proved_at FROM backups WHERE database = ? AND state = 'proved'
            ORDER BY id DESC, proved_at DESC LIMIT 1
            """, [.text(name)]
        ) { columns in (id: try columns.backupID(), at: try columns.optionalTime()) }
        facts.lastProved = proofs.first?.id
        facts.lastProvedAt = proofs.first?.at
        facts.lastBackup = try database.select(
            "SELECT id FROM backups WHERE database = ? ORDER BY id DESC LIMIT 1", [.text(name)]
        ) { columns in try columns.backupID() }.first
        facts.failingSince = try database.select(
            """
            SELECT finished_at FROM runs
            WHERE database = ?1 AND state = 'failed' AND trigger <> 'export' AND id > coalesce((
                SELECT id FROM runs WHERE database = ?1 AND state = 'completed' AND trigger <> 'export'
                ORDER BY id DESC LIMIT 1), 0)
            ORDER BY id LIMIT 1
            """, [.text(name)]
        ) { columns in try columns.time() }.first
        facts.isFrozen = try database.isChanged(
            by: "SELECT 1 FROM databases WHERE name = ? AND frozen_by IS NOT NULL", [.text(name)])
        return facts
    }
}
