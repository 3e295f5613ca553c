import CSQLite

/// The SQLite library that this process uses.
package enum SQLiteLibrary {
    /// As `3.40.1`.
    package static let version = String(cString: sqlite3_libversion())

    /// What can be set only before the first connection. Memory statistics cost a mutex in every allocation, and most allocations
    /// are made for statements. Where it cannot be set, all is as right and slower.
    /// <https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus>
    static let configured: Bool = nightjar_config_no_memory_statistics() == SQLITE_OK && StatementMemory.use()

    /// Whether `sql` ends with a complete statement, comments and triggers understood.
    /// <https://www.sqlite.org/c3ref/complete.html>
    package static func isComplete(_ sql: [UInt8]) -> Bool {
        (sql + [0]).withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return sqlite3_complete(start.assumingMemoryBound(to: CChar.self)) == 1
        }
    }
}
