import CSQLite

/// What SQLite answered instead of doing what it was asked.
/// <https://www.sqlite.org/rescode.html>
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// The extended result code.
    package let code: Int32
    /// SQLite's own words.
    package let message: String
    /// What was being done, to which file.
    package let operation: String

    package init(code: Int32, message: String, operation: String) {
        self.code = code
        self.message = message
        self.operation = operation
    }

    /// The lower eight bits.
    package var primaryCode: Int32 { code & 0xFF }

    package var isBusy: Bool { primaryCode == SQLITE_BUSY || primaryCode == SQLITE_LOCKED }
    package var isInterrupted: Bool { primaryCode == SQLITE_INTERRUPT }
    package var isCorrupt: Bool { primaryCode == SQLITE_CORRUPT }
    package var isNotADatabase: Bool { primaryCode == SQLITE_NOTADB }
    package var cannotOpen: Bool { primaryCode == SQLITE_CANTOPEN || primaryCode == SQLITE_PERM }
    package var isConstraint: Bool { primaryCode == SQLITE_CONSTRAINT }
    package var isFull: Bool { primaryCode == SQLITE_FULL }
    package var isReadOnly: Bool { primaryCode == SQLITE_READONLY }
    /// Whether a function may have raised it, or have given what violates a constraint.
    package var mayComeOfFunctions: Bool { [SQLITE_ERROR, SQLITE_TOOBIG, SQLITE_CONSTRAINT].contains(primaryCode) }
    /// A journal of a crashed writer waits to be rolled back, which only a connection that may write can do.
    package var needsRecovery: Bool {
        code == Int32(NIGHTJAR_READONLY_ROLLBACK) || code == Int32(NIGHTJAR_READONLY_RECOVERY)
    }

    package var description: String { "\(operation): \(message) (SQLite error \(code))" }
}
