import Model
import SQLite

extension CatalogFile {
    /// What had to be done to open the catalog for writing.
    struct Outcome: Sendable {
        var setAside: String?
        var reason: String?
        var isNew: Bool
    }

    /// Opens or makes the catalog; a damaged one is set aside first.
    func openForWriting(at now: Timestamp) throws -> (Database, Outcome) {
        do {
            let (database, isNew) = try prepare(at: now)
            return (database, Outcome(setAside: nil, reason: nil, isNew: isNew))
        } catch let damage as CatalogDamage {
            // The connection is closed by now, so that it does not take the new catalog's log away.
            let path = try setAside(at: now)
            let (database, isNew) = try prepare(at: now)
            return (database, Outcome(setAside: path, reason: damage.reason, isNew: isNew))
        }
    }

    /// - Throws: `CatalogDamage` where the file is no catalog; `SQLiteError` and `NightjarError`.
    private func prepare(at now: Timestamp) throws -> (Database, isNew: Bool) {
        try makeIfMissing()
        try requireWritable()
        try makePrivate()
        let (database, version) = try connect(.readWrite)
        guard version <= Migrations.version else { throw CatalogFailure.newer(path, version) }
        guard try database.text("PRAGMA journal_mode=WAL") == "wal" else {
            throw NightjarError(
                .io, "SQLite cannot keep a write-ahead log for the catalog \(path)",
                hint: "state_dir has to be on a local disk: network and some layered file systems share no memory.")
        }
        try database.execute("PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=4194304")
        try Migrations.run(on: database, at: now)
        // Afterwards: a migration may take a table's place, which would look like the end of all its rows.
        try database.execute("PRAGMA foreign_keys=ON")
        return (database, version == 0)
    }

    /// Opens the catalog without changing it; a damaged one stays where it is.
    func openForReading() throws -> Database {
        guard try exists() else {
            throw NightjarError(
                .missing, "there is no catalog in \(directory) yet",
                hint: "`nightjar serve` and the first backup make it; `nightjar rebuild` fills it from the stores.")
        }
        try requireReadable()
        let (database, version) = try connectForReading()
        guard version <= Migrations.version else { throw CatalogFailure.newer(path, version) }
        guard version == Migrations.version else { throw CatalogFailure.older(path, version) }
        return database
    }

    private func connectForReading() throws -> (Database, version: Int64) {
        do {
            return try connect(.readOnly)
        } catch let error as SQLiteError where error.cannotOpen || error.isReadOnly {
            // SQLite wants to make -wal and -shm even for reading. Where it cannot, nobody else writes either.
            guard !hasLog else { throw CatalogFailure.unreadableLog(path, cause: error) }
            return try connect(.immutable)
        }
    }

    private func connect(_ access: Database.Access) throws -> (Database, version: Int64) {
        let database = try Database(path: path, access: access)
        database.setBusyTimeout(.seconds(10))
        return (database, try CatalogCheck.version(of: database, isThorough: access == .readWrite))
    }
}
