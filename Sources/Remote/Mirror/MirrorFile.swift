import Dump
import Glibc
import Model
import Pipeline
import SQLite

/// Makes of a stage the snapshot that the export reads: a database with the source's own schema, settings and rows.
struct MirrorFile {
    /// Tables whose rows their own schema refuses: such rows never stood in the source together.
    struct Refusal: Error {
        let tables: [(index: Int, error: SQLiteError)]
    }

    let database: Database
    let schema: RemoteSchema
    let stage: MirrorStage
    private let cancellation: Cancellation

    /// An empty database in the place of whatever lies there.
    /// - Parameter folder: The run's own, with the stage in it.
    init(in folder: String, _ schema: RemoteSchema, _ stage: MirrorStage, _ cancellation: Cancellation) throws {
        self.schema = schema
        self.stage = stage
        self.cancellation = cancellation
        let path = "\(folder)/\(RunFiles.snapshot)"
        // A process that was killed may have left half of it.
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
        database = try Database(path: path, access: .create)
        database.standInForTheApplication()
        database.allowWritingSchema()
        // The encoding first: with another one SQLite would not attach the stage.
        try database.execute("PRAGMA encoding='\(stage.head.encoding)'")
        if let size = schema.pageSize { try database.execute("PRAGMA page_size=\(size)") }
        if let mode = schema.autoVacuum { try database.execute("PRAGMA auto_vacuum=\(mode)") }
        _ = try database.rows("ATTACH ?1 AS stage", .text(stage.path))
        // The schema is SQL from elsewhere: it must not reach other files.
        database.setLimit(.attachedDatabases, to: 1)
        // In memory lies only what a refused statement has to take back, which is next to nothing in a file that grows.
        try database.execute(
            "PRAGMA main.journal_mode=MEMORY; PRAGMA main.synchronous=OFF; PRAGMA secure_delete=OFF; "
                + "PRAGMA cache_size=-4096; PRAGMA cell_size_check=OFF; PRAGMA foreign_keys=OFF; "
                + "PRAGMA ignore_check_constraints=ON")
    }

    /// - Returns: What a person should know of the differences from the source; one sentence each.
    /// - Throws: `Refusal`, `SQLiteError`, `NightjarError`, `CancellationError`.
    func write() throws -> [String] {
        let interrupter = database.interrupter
        return try cancellation.withHandler({ interrupter.interrupt() }) {
            var notes: [String] = []
            try makeTables()
            try makeSystemTables()
            var refused = try fillTables(&notes)
            // The names of its tables are not to stand in the way of what follows.
            try database.execute("DETACH stage")
            try makeVirtualTables()
            refused += try makeOthers(&notes)
            guard refused.isEmpty else { throw Refusal(tables: refused) }
            try finish()
            return notes
        }
    }

    func check() throws { try cancellation.check() }

    private func finish() throws {
        // Without a table SQLite does not write the encoding down.
        if schema.objects.isEmpty {
            try database.execute("CREATE TABLE nightjar_empty(a); DROP TABLE nightjar_empty")
        }
        if let version = schema.userVersion { try database.execute("PRAGMA main.user_version=\(version)") }
        if let application = schema.applicationID { try database.execute("PRAGMA main.application_id=\(application)") }
    }
}
