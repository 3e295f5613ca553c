import Model
import SQLite

extension Catalog {
    /// Adds a verification, or takes the place of one of the same backup at the same time, which a rebuild may find again.
    /// - Parameter verification: its id does not matter.
    /// - Returns: the id that it has in the catalog.
    @discardableResult
    package func add(_ verification: VerificationRecord) throws -> Int64 {
        try write(isDurable: true) { database in try Self.insert(verification, into: database) }
    }

    /// The same with what it makes of its backup, as `setProof` says, and with what is told of it: all of it is kept,
    /// or nothing.
    /// - Parameter event: makes the event of the id that the verification has in the catalog; nil tells nothing.
    /// - Returns: that id; nil where the catalog does not know the backup, and keeps nothing.
    package func addProof(
        _ verification: VerificationRecord, isOnlyDrill: Bool = false, telling event: @Sendable (Int64) -> EventRecord?
    ) throws -> Int64? {
        try write(isDurable: true) { database in
            let isKnown = try Self.setProof(
                BackupProof(verification.outcome), of: verification.backup, database: verification.database,
                store: verification.store, at: verification.at, isOnlyDrill: isOnlyDrill, in: database)
            guard isKnown else { return nil }
            let id = try Self.insert(verification, into: database)
            if let told = event(id) { try post(told, in: database) }
            return id
        }
    }

    private static func insert(_ verification: VerificationRecord, into database: Database) throws -> Int64 {
        let ids = try database.select(
            """
            INSERT INTO verifications (
                backup, database, store, at, level, outcome, seconds, differences, report_key
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (database, backup, store, at) DO UPDATE
            SET level = excluded.level, outcome = excluded.outcome, seconds = excluded.seconds,
                differences = excluded.differences, report_key = excluded.report_key
            RETURNING id
            """,
            [
                .id(verification.backup), .text(verification.database), .text(verification.store),
                .time(verification.at), .text(verification.level.rawValue), .text(verification.outcome.rawValue),
                .real(verification.seconds), .integer(Int64(verification.differences)),
                .optional(verification.reportKey),
            ]
        ) { columns in try columns.integer() }
        return ids.first ?? 0
    }

    /// Nil where there is no such verification, or its backup is forgotten.
    package func verification(_ id: Int64) throws -> VerificationRecord? {
        try verifications("WHERE id = ?", [.integer(id)]).first
    }

    /// Newest first.
    package func verifications(of name: String, limit: Int) throws -> [VerificationRecord] {
        try verifications(
            "WHERE database = ? ORDER BY at DESC, id DESC LIMIT ?", [.text(name), .integer(Int64(max(limit, 0)))])
    }

    /// Of all databases, newest first.
    package func verifications(limit: Int) throws -> [VerificationRecord] {
        try verifications("ORDER BY at DESC, id DESC LIMIT ?", [.integer(Int64(max(limit, 0)))])
    }

    /// All of one backup, in whatever store, newest first.
    package func verifications(of backup: BackupID, database name: String) throws -> [VerificationRecord] {
        try verifications(
            "WHERE database = ? AND backup = ? ORDER BY at DESC, id DESC", [.text(name), .id(backup)])
    }

    private func verifications(_ clause: String, _ values: [SQLValue]) throws -> [VerificationRecord] {
        try read { database in
            try database.select(
                "SELECT \(VerificationRecord.columns) FROM verifications \(clause)", values,
                VerificationRecord.init(reading:))
        }
    }
}
