import Dump
import Model
import SQLite

/// What SQLite's answers mean where it is not the backup that is at fault, or where it is.
enum ScratchFailure {
    static func explain(_ error: SQLiteError, _ scratch: ScratchDatabase) -> NightjarError {
        if error.isInterrupted { return NightjarError(.cancelled, "stopped while importing", cause: error) }
        if error.isFull, let limit = scratch.limit, scratch.diskHasRoom(for: limit) {
            return limit.failure("needs more")
        }
        return NightjarError(
            .io, "the database that the backup is restored to could not be used (\(scratch.path)): \(error.message)",
            hint: error.isFull
                ? "Free space on its disk, or \(scratch.isTarget ? "restore to" : "point scratch_dir to") a larger one."
                : "Look at the disk of \(scratch.path) and at its permissions, then try again.",
            isTransient: true, cause: error)
    }

    static func refusal(_ error: SQLiteError, _ manifest: Manifest) -> NightjarError {
        NightjarError(
            .difference,
            "the backup \(manifest.id) does not give back what was backed up: SQLite refuses what it says: "
                + error.message,
            hint:
                "See all of it with: nightjar verify \(manifest.id). Older backups: nightjar list \(manifest.database)",
            cause: error)
    }
}

extension ScratchDatabase {
    /// Why a constraint that the source keeps is violated here, where something of the application's is stood in for.
    func standInFailure(_ error: SQLiteError, _ manifest: Manifest) -> NightjarError? {
        guard needsApplication else { return nil }
        return NightjarError(
            .io,
            "only its application can import \(manifest.id): \(error.message), without the application's "
                + standInNames,
            hint: "The stored bytes are proved by --level checksum. To restore, "
                + (manifest.dumpHoldsSchema
                    ? "run the SQL of `nightjar download \(manifest.id)` on a connection of the application's."
                    : "let the application import what `nightjar download \(manifest.id)` gives. Backups as SQL can be run on a "
                        + "connection of its own."),
            cause: error)
    }

    /// A constraint that resolves its own violations (`ON CONFLICT REPLACE`, `IGNORE`) and may have taken rows that
    /// violate nothing in the application.
    func conflict(in findings: DatabaseComparison.Findings, _ manifest: Manifest) -> SQLiteError? {
        for table in findings.tables where table.rowsFound < table.rowsExpected {
            let schema = manifest.schema.first { $0.type == "table" && $0.name == table.name }
            let words = schema.map { SQLTokens($0.sql.bytes).map(\.word) } ?? []
            guard zip(words, words.dropFirst()).contains(where: { $0 == ("on", "conflict") }) else { continue }
            return SQLiteError(code: 2067, message: "ON CONFLICT took rows of \(table.name)", operation: "importing")
        }
        return nil
    }
}

extension SQLiteError {
    /// Whether what was run is to blame, and not the machine: ERROR, CORRUPT, TOOBIG, CONSTRAINT, MISMATCH, RANGE.
    var isAboutTheText: Bool { [1, 11, 18, 19, 20, 25].contains(primaryCode) }
}
