import CSQLite

/// A page copy from one connection to another: <https://www.sqlite.org/backup.html>.
package final class OnlineBackup {
    package enum Step: Sendable, Equatable {
        case more
        case done
        /// Somebody holds a lock; nothing was copied.
        case busy
    }

    private var handle: OpaquePointer?
    private let source: Database
    private let target: Database

    package init(from source: Database, to target: Database) throws(SQLiteError) {
        guard let handle = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw target.error(SQLITE_ERROR, "starting a page copy of \(source.path)")
        }
        self.handle = handle
        self.source = source
        self.target = target
    }

    deinit {
        sqlite3_backup_finish(handle)
    }

    /// Copies up to `pages` pages, all that are left where it is negative.
    package func step(pages: Int32) throws(SQLiteError) -> Step {
        let code = sqlite3_backup_step(handle, pages)
        switch code & 0xFF {
        case SQLITE_OK: return .more
        case SQLITE_DONE: return .done
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        default:
            let message = String(cString: sqlite3_errstr(code))
            throw SQLiteError(code: code, message: message, operation: "copying pages of \(source.path)")
        }
    }

    /// Pages that are still to be copied, as of the last step.
    package var remaining: Int64 { Int64(sqlite3_backup_remaining(handle)) }
    /// Pages of the source, as of the last step.
    package var pageCount: Int64 { Int64(sqlite3_backup_pagecount(handle)) }

    /// Ends the copy and gives its locks back.
    package func finish() throws(SQLiteError) {
        let code = sqlite3_backup_finish(handle)
        handle = nil
        guard code == SQLITE_OK else {
            throw SQLiteError(
                code: code, message: String(cString: sqlite3_errstr(code)),
                operation: "finishing the page copy of \(source.path)")
        }
    }
}
