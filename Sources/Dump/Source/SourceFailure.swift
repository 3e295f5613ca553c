import Model
import SQLite

/// What SQLite's answers mean for somebody whose source it was.
package enum SourceFailure {
    package static func explain(_ error: SQLiteError, source path: String) -> NightjarError {
        if error.isInterrupted {
            return NightjarError(.cancelled, "stopped while reading \(path)", cause: error)
        }
        if error.needsRecovery {
            return NightjarError(
                .busy, "\(path) was left in the middle of a write, and only its application may mend it",
                hint: "Start the application once (it rolls back or recovers the journal), then try again.",
                isTransient: true, cause: error)
        }
        if error.isBusy {
            return NightjarError(
                .busy, "\(path) is locked by another process, and stayed so for longer than busy_timeout",
                hint: "See who holds it with: fuser -v '\(path)'. Raise busy_timeout if it writes for long.",
                isTransient: true, cause: error)
        }
        if error.isNotADatabase {
            return NightjarError(
                .missing, "\(path) is not a SQLite database, or it is encrypted",
                hint:
                    "Check the path with: file '\(path)'. Encrypted databases have to be backed up by their application.",
                cause: error)
        }
        if error.isCorrupt && error.message.contains("malformed database schema")
            && ["function", "likelihood()"].contains(where: { error.message.contains($0) })
        {
            return NightjarError(
                .io, "\(path) has a schema that only its application can read: \(error.message)",
                hint:
                    "It replaces a function of SQLite's own in a way that nothing can stand in for. The file need not "
                    + "be damaged: ask the application before restoring anything.",
                cause: error)
        }
        if error.isCorrupt {
            return NightjarError(
                .io, "\(path) is corrupt: \(error.message)",
                hint: "The backups made so far stay. Look with: sqlite3 '\(path)' 'PRAGMA integrity_check', "
                    + "and restore the last good one with: nightjar restore",
                cause: error)
        }
        if error.cannotOpen || error.isReadOnly {
            return NightjarError(
                .missing, "\(path) cannot be opened for reading: \(error.message)",
                hint: "nightjar doctor says which user, group and mode are missing.", cause: error)
        }
        if error.isFull {
            return NightjarError(
                .io, "the disk is full while working on \(path)",
                hint: "Free space in scratch_dir, or point scratch_dir to a larger disk.", isTransient: true,
                lacksSpace: true, cause: error)
        }
        return NightjarError(.io, "reading \(path) failed: \(error)", cause: error)
    }
}
