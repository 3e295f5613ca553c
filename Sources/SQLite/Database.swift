import CSQLite

/// One connection to a SQLite database, used from one thread at a time.
package final class Database {
    package enum Access: Sendable {
        case readOnly
        /// Nobody changes the file while it is open: no locks, no `-wal`, no `-shm`.
        case immutable
        case readWrite
        case create
        /// As `create`, for a file that is written from its beginning to its end; `writeGathered` says whether it came to be.
        case gathered
    }

    package let path: String
    let handle: OpaquePointer
    /// Ends a running statement from any thread.
    package let interrupter: Interrupter
    /// Keeps the closures of application-defined functions alive, and the collation stand-ins' names.
    var registrations: [AnyObject] = []
    /// Collations that the schema asked for and that were replaced by BINARY, in the order of asking; names
    /// need not be UTF-8.
    package internal(set) var collationStandIns: [[UInt8]] = []
    /// Functions that were replaced by ones that give NULL.
    package internal(set) var functionStandIns: Set<FunctionStandIn> = []
    /// Whether functions of the application's are replaced as soon as a statement or the schema lacks them.
    var standsInForFunctions = false

    /// - Parameter path: A file name; any characters.
    /// - Throws: `SQLiteError`. SQLite opens lazily: many faults show with the first statement only.
    package init(path: String, access: Access) throws(SQLiteError) {
        _ = SQLiteLibrary.configured
        let mode: Int32
        switch access {
        case .readOnly, .immutable: mode = SQLITE_OPEN_READONLY
        case .readWrite: mode = SQLITE_OPEN_READWRITE
        case .create, .gathered: mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
        let flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE
        let query = access == .immutable ? "?immutable=1" : ""
        var opened: OpaquePointer?
        // Without it all is as slow as it would be otherwise.
        let vfs = access == .gathered && GatheredWrites.isRegistered ? GatheredWrites.name : nil
        let code = sqlite3_open_v2("file:" + Self.uriPath(path) + query, &opened, flags, vfs)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: message, operation: "opening \(path)")
        }
        self.path = path
        handle = opened
        interrupter = Interrupter(opened)
    }

    deinit {
        interrupter.invalidate()
        sqlite3_close_v2(handle)
    }

    /// A private database in memory.
    package static func inMemory() throws(SQLiteError) -> Database {
        try Database(path: ":memory:", access: .create)
    }

    /// Runs statements that give no rows, or whose rows nobody needs.
    package func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, "running \(sql.prefix(100))") }
    }

    /// How long a statement waits for somebody else's lock, in whole milliseconds; zero does not wait.
    package func setBusyTimeout(_ timeout: Duration) {
        let milliseconds = timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000
        sqlite3_busy_timeout(handle, Int32(clamping: milliseconds))
    }

    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try prepare(Array(sql.utf8))
    }

    /// - Parameter sql: One statement; bytes, because a name in it need not be UTF-8.
    package func prepare(_ sql: [UInt8]) throws(SQLiteError) -> Statement {
        while true {
            var statement: OpaquePointer?
            let code = (sql + [0]).withUnsafeBytes { bytes in
                sqlite3_prepare_v2(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), -1, &statement, nil)
            }
            if code == SQLITE_OK, let statement { return Statement(statement, of: self) }
            let error = error(code, "preparing \(String(decoding: sql.prefix(100), as: UTF8.self))")
            guard standInForWhatIsMissing() else { throw error }
        }
    }

    /// All rows of a small query.
    package func rows(_ sql: String, _ parameters: SQLValue...) throws(SQLiteError) -> [[SQLValue]] {
        let statement = try prepare(sql)
        for (index, parameter) in parameters.enumerated() { try statement.bind(parameter, at: index + 1) }
        var rows: [[SQLValue]] = []
        while try statement.step() {
            rows.append((0..<statement.columnCount).map { statement.value(at: $0) })
        }
        return rows
    }

    /// The first column of the first row as an integer; nil where there is none.
    package func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(at: 0) : nil
    }

    /// The first column of the first row as text; nil where there is none.
    package func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? String(decoding: statement.utf8(at: 0), as: UTF8.self) : nil
    }

    /// Gives back what the connection holds of the file's pages (sqlite3_db_release_memory).
    package func releaseMemory() {
        sqlite3_db_release_memory(handle)
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func error(_ code: Int32, _ operation: String) -> SQLiteError {
        let extended = sqlite3_extended_errcode(handle)
        let message = String(cString: sqlite3_errmsg(handle))
        return SQLiteError(
            code: extended & 0xFF == code & 0xFF ? extended : code, message: message, operation: operation)
    }

    /// The path as it stands in a URI: <https://www.sqlite.org/uri.html>.
    private static func uriPath(_ path: String) -> String {
        path.utf8.map { byte in
            let plain = byte < 0x80 && !"%?#".utf8.contains(byte)
            return plain ? String(Unicode.Scalar(byte)) : "%" + String(byte, radix: 16)
        }.joined()
    }
}
