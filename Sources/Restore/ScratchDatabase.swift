import Dump
import Glibc
import Model
import Pipeline
import SQLite

/// The SQLite file that a dump is imported into: new, private, and without a journal, because it is thrown away on failure.
final class ScratchDatabase: @unchecked Sendable {
    // Used by one stage after the other: import, then comparison.
    let path: String
    /// Functions of the application's that the schema needs, replaced by ones that give NULL.
    private(set) var functionStandIns: Set<FunctionStandIn> = []
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
        defer {
            collationStandIns += database.collationStandIns.map { CarriageReturns.returned(in: $0) }
            for function in database.functionStandIns {
                let name = CarriageReturns.returned(in: function.name)
                functionStandIns.insert(FunctionStandIn(name: name, argumentCount: function.argumentCount))
            }
        }
        let generatedColumns = GeneratedColumns(database, hadStandIns: hasStandIns)
        let uniqueIndexes = UniqueIndexes(database, hadStandIns: hasStandIns)
        let runner = ScriptRunner(database) { statement throws(SQLiteError) in
            // Statements with rows come by the thousand, and begin otherwise.
            guard let first = statement.first(where: { $0 > 0x20 }), "cCpPrR".utf8.contains(first) else { return false }
            let sql = SQLText(bytes: Array(statement))
            if try generatedColumns.intercept(sql) { return true }
            return try uniqueIndexes.intercept(sql)
        }
        try body(database, runner)
        try generatedColumns.restore()
        try uniqueIndexes.restore()
    }

    /// A connection that sees the schema as anybody who opens the file does.
    func open(_ access: Database.Access) throws -> Database {
        let database = try Database(path: path, access: access)
        database.standInForTheApplication()
        for function in functionStandIns { try database.standIn(for: function) }
        return database
    }

    func remove() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }
}
