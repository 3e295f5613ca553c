import Dump
import Glibc
import Model
import Pipeline
import SQLite

/// The SQLite file that a dump is imported into: new, private, and without a journal, because it is thrown away on failure.
final class ScratchDatabase: @unchecked Sendable {
    // Used by one stage after the other: import, then comparison, which only opens it.
    let path: String
    /// What it may take; nil for what the disk has.
    let limit: ScratchLimit?
    /// Whether it becomes the file of a restore, which stands where a person wants it and not in scratch_dir.
    let isTarget: Bool
    /// Functions of the application's that the schema needs, replaced by ones that give NULL.
    private(set) var functionStandIns: Set<FunctionStandIn> = []
    /// Names of collations of the application's, replaced by BINARY.
    private(set) var collationStandIns: Set<SQLText> = []
    /// Functions of SQLite's own that give NULL, too, because the schema refuses its rows otherwise.
    private(set) var replaced: SchemaFunctions?
    /// Whether these give NULL no sooner than all rows are there, so that SQLite's own compute what is stored.
    private(set) var sparesStored = false
    /// Whether anything is replaced that SQLite itself does not have.
    var needsApplication: Bool { !functionStandIns.isEmpty || !collationStandIns.isEmpty }
    /// Folded names of what is replaced that SQLite itself does not have.
    var standIns: Set<SQLText> {
        Set((functionStandIns.map { SQLText(bytes: $0.nameBytes) } + collationStandIns).map(\.folded))
    }

    init(path: String, limit: ScratchLimit? = nil, isTarget: Bool = false) {
        self.path = path
        self.limit = limit
        self.isTarget = isTarget
    }

    /// Makes the file, which nobody else can read; SQLite gives those beside it the same mode.
    /// - Throws: code `io` where it cannot be made, or is there already.
    func create() throws(NightjarError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw NightjarError(
                .io, "\(path) could not be made for an import: \(String(cString: strerror(errno)))",
                hint: "Look at scratch_dir, its disk and its permissions.", isTransient: true)
        }
        close(descriptor)
    }

    /// Whether its disk has all the room that the limit allows, so that it is the limit that it came to.
    func diskHasRoom(for limit: ScratchLimit) -> Bool {
        var facts = stat()
        let size = stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
        guard let free = FreeSpace.available(for: path) else { return true }
        return free >= limit.bytes - size
    }

    /// Imports blocks of statements and of rows until there are no more.
    /// - Throws: `SQLiteError`; `RowImport.Complaint` about rows; what the queue throws.
    func importAll(
        from blocks: BoundedQueue<ImportBlock>, of manifest: Manifest, _ cancellation: Cancellation
    ) throws {
        try importing { database, runner, generatedColumns in
            let interrupter = database.interrupter
            try cancellation.withHandler({ interrupter.interrupt() }) {
                let rows = RowImport(into: database, of: manifest)
                while let block = try blocks.receive() {
                    try cancellation.check()
                    switch block {
                    case .statements(let text):
                        try runner.run(text.bytes)
                    case .rows(let text, let content):
                        generatedColumns.beginRows()
                        try rows.take(text, content)
                    case .endOfRows(let content):
                        try rows.finish(content)
                    }
                }
                try generatedColumns.endRows()
            }
            // A few tables of a dump come without its end.
            if database.isInTransaction { try database.execute("COMMIT") }
        }
    }

    /// Runs a few statements more.
    func run(_ statements: [[UInt8]]) throws {
        try importing { _, runner, _ in
            for statement in statements { try (statement + [0]).withUnsafeBytes { try runner.run($0) } }
        }
    }

    private func importing(_ body: (Database, borrowing ScriptRunner, GeneratedColumns) throws -> Void) throws {
        let database = try openBeforeReplacing(.create)
        if !sparesStored { try replaced?.standIn(on: database) }
        database.allowWritingSchema()
        // A dump is SQL from a store; whoever can write there must not reach other files through it.
        database.setLimit(.attachedDatabases, to: 0)
        try database.execute(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF; PRAGMA locking_mode=EXCLUSIVE; "
                + "PRAGMA cache_size=-4096; PRAGMA cell_size_check=OFF")
        if let limit { try database.execute("PRAGMA max_page_count=\(limit.pages)") }
        defer {
            for name in database.collationStandIns {
                collationStandIns.insert(SQLText(bytes: CarriageReturns.returned(in: name)))
            }
            for function in database.functionStandIns {
                let name = CarriageReturns.returned(in: function.nameBytes)
                functionStandIns.insert(FunctionStandIn(nameBytes: name, argumentCount: function.argumentCount))
            }
        }
        let generatedColumns = GeneratedColumns(
            database, hadStandIns: needsApplication, replaced: replaced, sparesStored: sparesStored)
        let uniqueIndexes = UniqueIndexes(database, hadStandIns: needsApplication, replaced: replaced)
        let runner = ScriptRunner(database) { statement throws(SQLiteError) in
            guard let first = statement.first(where: { $0 > 0x20 }) else { return false }
            // These come by the thousand.
            if "iI".utf8.contains(first) {
                generatedColumns.beginRows()
                return false
            }
            guard "cCpPrR".utf8.contains(first) else { return false }
            let sql = SQLText(bytes: Array(statement))
            if try generatedColumns.intercept(sql) { return true }
            return try uniqueIndexes.intercept(sql)
        }
        try body(database, runner, generatedColumns)
        try generatedColumns.restore()
        try uniqueIndexes.restore()
    }

    /// A connection that sees the schema as anybody who opens the file does.
    func open(_ access: Database.Access) throws -> Database {
        let database = try openBeforeReplacing(access)
        try replaced?.standIn(on: database)
        return database
    }

    /// A connection on which only what SQLite itself does not have is stood in for.
    private func openBeforeReplacing(_ access: Database.Access) throws -> Database {
        let database = try Database(path: path, access: access)
        database.standInForTheApplication()
        for function in functionStandIns { try database.standIn(for: function) }
        return database
    }

    /// Throws away what was imported. From now on these functions give NULL.
    /// - Parameter sparesStored: Whether SQLite's own compute stored generated columns all the same.
    /// - Throws: code `io` where the file cannot be emptied.
    func startOver(replacing functions: SchemaFunctions, sparesStored: Bool) throws(NightjarError) {
        // Without the others first SQLite would take the new file for one that has to be rolled back.
        for suffix in Self.sideSuffixes { unlink(path + suffix) }
        guard truncate(path, 0) == 0 else {
            throw NightjarError(
                .io, "\(path) could not be emptied for another import: \(String(cString: strerror(errno)))",
                hint: "Look at its disk and at its permissions, then try again.", isTransient: true)
        }
        replaced = functions
        self.sparesStored = sparesStored
    }

    func remove() {
        for suffix in [""] + Self.sideSuffixes { unlink(path + suffix) }
    }

    private static let sideSuffixes = ["-journal", "-wal", "-shm"]
}
