import Glibc
import Model
import Pipeline
import SQLite

/// The SQLite file that a dump is imported into: new, private, and without a journal, because it is thrown away on failure.
final class ScratchDatabase: @unchecked Sendable {
    // Used by one stage after the other: import, then comparison.
    let path: String
    /// Functions of the application's that the schema needs, replaced by ones that give NULL.
    private(set) var functionStandIns: [String] = []
    private(set) var collationStandIns: [String] = []
    /// Whether anything of the application's is replaced.
    var hasStandIns: Bool { !functionStandIns.isEmpty || !collationStandIns.isEmpty }

    init(path: String) {
        self.path = path
    }

    /// Imports blocks of whole statements, each followed by a NUL, until there are no more.
    func importAll(from blocks: BoundedQueue<ByteBlock>, _ cancellation: Cancellation) throws {
        try importing { database, runner in
            let interrupter = database.interrupter
            try cancellation.withHandler({ interrupter.interrupt() }) {
                while let block = try blocks.receive() {
                    try cancellation.check()
                    try runner.run(block.bytes)
                }
            }
            // A few tables of a dump come without its end.
            if database.isInTransaction { try database.execute("COMMIT") }
        }
    }

    /// Runs a few statements more.
    func run(_ statements: [[UInt8]]) throws {
        try importing { _, runner in
            for statement in statements { try (statement + [0]).withUnsafeBytes { try runner.run($0) } }
        }
    }

    private func importing(_ body: (Database, borrowing ScriptRunner) throws -> Void) throws {
        let database = try open(.create)
        database.allowWritingSchema()
        // A dump is SQL from a store; whoever can write there must not reach other files through it.
        database.setLimit(.attachedDatabases, to: 0)
        try database.execute(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF; PRAGMA locking_mode=EXCLUSIVE; "
                + "PRAGMA cache_size=-8192; PRAGMA cell_size_check=OFF")
        defer { collationStandIns += database.collationStandIns }
        let uniqueIndexes = UniqueIndexes(database)
        let runner = ScriptRunner(
            database,
            defineFunction: { name in
                self.functionStandIns.append(name)
                return (try? database.createFunction(name) { _ in .null }) != nil
            },
            intercept: { statement throws(SQLiteError) in
                let isWhole = self.functionStandIns.isEmpty && database.collationStandIns.isEmpty
                return isWhole ? false : try uniqueIndexes.intercept(statement)
            })
        try body(database, runner)
        try uniqueIndexes.restore()
    }

    /// A connection that sees the schema as anybody who opens the file does.
    func open(_ access: Database.Access) throws -> Database {
        let database = try Database(path: path, access: access)
        database.standInForTheApplication()
        for name in functionStandIns { try database.createFunction(name) { _ in .null } }
        return database
    }

    func remove() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }
}
