import Model
import SQLite

extension Catalog {
    /// Adds an export that somebody asked for.
    /// - Throws: code `exists` where its id is taken by another export.
    package func add(_ export: ExportRecord) throws {
        try write(isDurable: true) { database in
            let isAdded = try database.isChanged(
                by: """
                    INSERT INTO exports (\(ExportRecord.columns))
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO NOTHING RETURNING 1
                    """, export.values)
            if !isAdded {
                throw NightjarError(
                    .exists, "there is an export \(export.id) already", hint: "Try again in a second.",
                    isTransient: true)
            }
        }
    }

    /// Nil where there is no such export, or it is forgotten.
    package func export(_ id: BackupID) throws -> ExportRecord? {
        try exports("WHERE id = ?", [.id(id)]).first
    }

    /// Newest first.
    /// - Parameter name: nil for the exports of all databases.
    package func exports(of name: String?, limit: Int) throws -> [ExportRecord] {
        if let name {
            return try exports(
                "WHERE database = ? ORDER BY id DESC LIMIT ?", [.text(name), .integer(Int64(max(limit, 0)))])
        }
        return try exports("ORDER BY id DESC LIMIT ?", [.integer(Int64(max(limit, 0)))])
    }

    /// What is queued or running, oldest first.
    package func activeExports() throws -> [ExportRecord] {
        try exports("WHERE state IN ('queued', 'running') ORDER BY id")
    }

    /// An export has got its turn, or is gone on with by another run.
    /// - Parameter run: nil leaves the one that is known.
    /// - Throws: code `internal` for an export that has ended, or that there never was.
    package func startExport(_ id: BackupID, run: Int64?) throws {
        try write { database in
            let isChanged = try database.isChanged(
                by: """
                    UPDATE exports SET state = 'running', run = coalesce(?, run)
                    WHERE id = ? AND state IN ('queued', 'running') RETURNING 1
                    """, [.optional(run), .id(id)])
            if !isChanged { throw Self.noSuchExport(id) }
        }
    }

    /// An export that was interrupted waits for its turn again, from its beginning.
    /// - Parameter run: The one that waits with it; nil leaves the one that was interrupted.
    /// - Throws: code `internal` for an export that has ended, or that there never was.
    package func queueExport(_ id: BackupID, run: Int64?) throws {
        try write { database in
            let isChanged = try database.isChanged(
                by: """
                    UPDATE exports
                    SET state = 'queued', run = coalesce(?, run), total_rows = NULL, rows = 0, dump_bytes = 0,
                        stored_bytes = 0
                    WHERE id = ? AND state IN ('queued', 'running') RETURNING 1
                    """, [.optional(run), .id(id)])
            if !isChanged { throw Self.noSuchExport(id) }
        }
    }

    /// Keeps how far an export is. One that has ended stays as it is.
    /// - Parameter totalRows: nil leaves what is known.
    /// - Returns: whether the export goes on.
    @discardableResult
    package func updateExport(
        _ id: BackupID, totalRows: Int64?, rows: Int64, dumpBytes: Int64, storedBytes: Int64
    ) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: """
                    UPDATE exports
                    SET total_rows = coalesce(?, total_rows), rows = ?, dump_bytes = ?, stored_bytes = ?
                    WHERE id = ? AND state IN ('queued', 'running') RETURNING 1
                    """,
                [
                    .optional(totalRows), .integer(rows), .integer(dumpBytes), .integer(storedBytes), .id(id),
                ])
        }
    }

    /// Ends an export, and puts what its callback is to be told into the outbox in the same transaction. Of several who
    /// end it at once, one does.
    /// - Parameters:
    ///   - state: one that is an end.
    ///   - rows: nil leaves the last progress; likewise for the bytes.
    ///   - delivery: its id does not matter.
    /// - Throws: code `internal` for an export that has ended already, or that there never was.
    @discardableResult
    package func finishExport(
        _ id: BackupID, state: ExportState, at time: Timestamp, expiresAt: Timestamp? = nil, rows: Int64? = nil,
        dumpBytes: Int64? = nil, storedBytes: Int64? = nil, failure: RunFailure? = nil,
        delivery: DeliveryRecord? = nil
    ) throws -> ExportRecord {
        guard !state.isActive else {
            throw NightjarError(.internal, "the export \(id) cannot end as \(state.rawValue)")
        }
        return try write(isDurable: true) { database in
            let ended = try database.select(
                """
                UPDATE exports
                SET state = ?, finished_at = ?, expires_at = ?, rows = coalesce(?, rows),
                    dump_bytes = coalesce(?, dump_bytes), stored_bytes = coalesce(?, stored_bytes),
                    error_code = ?, error_message = ?, error_hint = ?
                WHERE id = ? AND state IN ('queued', 'running')
                RETURNING \(ExportRecord.columns)
                """,
                [
                    .text(state.rawValue), .time(time), .time(expiresAt), .optional(rows), .optional(dumpBytes),
                    .optional(storedBytes), .optional(failure?.code.rawValue), .optional(failure?.message),
                    .optional(failure?.hint), .id(id),
                ], ExportRecord.init(reading:))
            guard let export = ended.first else { throw Self.noSuchExport(id) }
            if let delivery { try insert(delivery, into: database) }
            return export
        }
    }

    /// Completed ones whose dump was kept for as long as was promised, those that are due first.
    package func expiredExports(at now: Timestamp) throws -> [ExportRecord] {
        try exports("WHERE state = 'completed' AND expires_at <= ? ORDER BY expires_at, id", [.time(now)])
    }

    /// The dump of a completed export is deleted.
    /// - Returns: whether the export was completed.
    @discardableResult
    package func expireExport(_ id: BackupID) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: "UPDATE exports SET state = 'expired' WHERE id = ? AND state = 'completed' RETURNING 1", [.id(id)])
        }
    }

    /// Forgets exports that ended before `time`. A completed one stays until it is expired: its dump is in the store.
    /// - Returns: how many.
    @discardableResult
    package func forgetExports(before time: Timestamp) throws -> Int {
        try write { database in
            try database.select(
                """
                DELETE FROM exports WHERE finished_at < ? AND state IN ('failed', 'cancelled', 'expired') RETURNING 1
                """, [.time(time)]
            ) { columns in try columns.integer() }.count
        }
    }

    private func exports(_ clause: String, _ values: [SQLValue] = []) throws -> [ExportRecord] {
        try read { database in
            try database.select(
                "SELECT \(ExportRecord.columns) FROM exports \(clause)", values, ExportRecord.init(reading:))
        }
    }

    private static func noSuchExport(_ id: BackupID) -> NightjarError {
        NightjarError(.internal, "the export \(id) is not under way: it has ended, or there never was one")
    }
}

extension ExportRecord {
    /// In the order of `columns`.
    fileprivate var values: [SQLValue] {
        [
            .id(id), .text(database), .text(store), .optional(run), .text(format.rawValue), .boolean(includesSchema),
            .integer(Int64(chunkRows)), .text(verify.rawValue), .text(requester), .optional(callbackURL),
            .text(state.rawValue), .time(createdAt), .time(finishedAt), .time(expiresAt), .optional(totalRows),
            .integer(rows), .integer(dumpBytes), .integer(storedBytes), .optional(failure?.code.rawValue),
            .optional(failure?.message), .optional(failure?.hint),
        ]
    }
}
