import Model
import SQLite

/// What SQLite's answers mean where the catalog is concerned.
enum CatalogFailure {
    /// Runs `body`; what goes wrong in it becomes an error that a person can use.
    static func explaining<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw explain(error, path)
        } catch let damage as CatalogDamage {
            throw damaged(path, damage.reason, cause: damage)
        } catch let error as UnreadableValue {
            throw NightjarError(
                .io, "the catalog \(path) holds what this nightjar does not know: \(error)",
                hint: "If a newer nightjar wrote it, install that one again. \(rebuildHint)", cause: error)
        }
    }

    private static let rebuildHint =
        "Or move catalog.db away and run `nightjar rebuild`: the history of runs is lost, but no backup."

    static func explain(_ error: SQLiteError, _ path: String) -> NightjarError {
        if error.isFull || error.isLackOfSharedMemory { return noSpace(path, cause: error) }
        if error.isBusy {
            return NightjarError(
                .busy, "the catalog \(path) is locked by another process, and stayed so",
                hint: "See who holds it with: fuser -v '\(path)'.", isTransient: true, cause: error)
        }
        if error.isCorrupt || error.isNotADatabase { return damaged(path, error.message, cause: error) }
        if error.isInterrupted {
            return NightjarError(.cancelled, "stopped while working on the catalog \(path)", cause: error)
        }
        if error.isReadOnly {
            return NightjarError(
                .io, "the catalog \(path) cannot be written: \(error.message)",
                hint: "Check the owner and mode of it and of its -wal and -shm, and whether its disk is read-only.",
                cause: error)
        }
        if error.cannotOpen {
            return NightjarError(
                .io, "the catalog \(path) cannot be opened: \(error.message)",
                hint: "Check the owner and mode of it, of its -wal and -shm, and of the directory.", cause: error)
        }
        if error.isInputOrOutput {
            return NightjarError(
                .io, "the disk failed while working on the catalog \(path): \(error.message)",
                hint: "See journalctl -k; the disk may be failing, or a quota be used up.", isTransient: true,
                cause: error)
        }
        return NightjarError(.internal, "the catalog \(path) refused what was asked: \(error)", cause: error)
    }

    static func noSpace(_ path: String, cause: (any Error)?) -> NightjarError {
        NightjarError(
            .io, "no space for the catalog \(path)",
            hint: "Free space on the disk of state_dir; nightjar then goes on by itself.", isTransient: true,
            cause: cause)
    }

    static func damaged(_ path: String, _ reason: String, cause: any Error) -> NightjarError {
        NightjarError(
            .io, "the catalog \(path) is damaged: \(reason)",
            hint: "Restart the service: it sets the catalog aside and makes a new one, which `nightjar rebuild` fills "
                + "from the stores. No backup is lost.", cause: cause)
    }

    static func newer(_ path: String, _ version: Int64) -> NightjarError {
        NightjarError(
            .configuration,
            "the catalog \(path) was written by a newer nightjar (its version is \(version), this one knows up to "
                + "\(Migrations.version))",
            hint: "Install that nightjar again. \(rebuildHint)")
    }

    static func older(_ path: String, _ version: Int64) -> NightjarError {
        NightjarError(
            .busy,
            "the catalog \(path) has yet to be brought up to date (its version is \(version), this nightjar reads "
                + "\(Migrations.version))",
            hint: "Start or restart the service, which does it.", isTransient: true)
    }

    static func unreadableLog(_ path: String, cause: any Error) -> NightjarError {
        NightjarError(
            .io,
            "the catalog \(path) cannot be read: its write-ahead log holds changes, and its directory cannot be written",
            hint: "Copy catalog.db and catalog.db-wal into a directory that can be written, and read them there.",
            cause: cause)
    }
}

extension Catalog {
    /// Whether an error says that the catalog's file is damaged: only a new one helps then.
    package static func isDamage(_ error: any Error) -> Bool {
        let cause = (error as? NightjarError)?.cause
        if let cause = cause as? SQLiteError { return cause.isCorrupt || cause.isNotADatabase }
        return cause is CatalogDamage
    }
}

extension SQLiteError {
    /// `SQLITE_IOERR`, and no more precise kind of it.
    fileprivate var isInputOrOutput: Bool { primaryCode == 10 }
    /// `SQLITE_IOERR_SHMSIZE`: what a full disk gives for the `-shm` file.
    fileprivate var isLackOfSharedMemory: Bool { code == 4874 }
}
