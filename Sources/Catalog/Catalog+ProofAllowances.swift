import Model
import SQLite

extension Catalog {
    /// How many bytes the proofs of a database may read, and the moment for which that was reckoned; nil where it never
    /// was.
    package func proofAllowance(of name: String) throws -> (at: Timestamp, bytes: Int64)? {
        try read { database in
            try database.select("SELECT at, bytes FROM proof_allowances WHERE database = ?", [.text(name)]) { columns in
                (at: try columns.time(), bytes: try columns.integer())
            }.first
        }
    }

    /// - Parameters:
    ///   - time: The moment for which it was reckoned.
    ///   - bytes: Below 0 where more was read than there was.
    package func setProofAllowance(_ time: Timestamp, bytes: Int64, of name: String) throws {
        try write { database in
            try database.perform(
                """
                INSERT INTO proof_allowances (database, at, bytes) VALUES (?, ?, ?)
                ON CONFLICT (database) DO UPDATE SET at = excluded.at, bytes = excluded.bytes
                """, [.text(name), .time(time), .integer(bytes)])
        }
    }
}
