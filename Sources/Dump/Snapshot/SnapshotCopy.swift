import Glibc
import Model
import Pipeline
import SQLite

/// A page copy by SQLite's online backup, in steps with breathing between them.
///
/// On a WAL source one read transaction is held: the copy never restarts and nobody is blocked. On a rollback-journal
/// source the lock is given back between steps, and a foreign write restarts the copy; after three restarts the whole
/// is taken in one go, with writers held for at most `maximumLock`.
struct SnapshotCopy {
    let source: SQLiteSource
    let options: SnapshotOptions
    let cancellation: Cancellation

    private static let bytesPerStep: Int64 = 4 << 20
    private static let restartsAllowed = 3

    func write(to path: String, progress: (Int64, Int64) -> Void) throws {
        let database = source.database
        // A process that was killed may have left half a copy.
        unlink(path)
        if source.isWAL {
            try SQLiteSource.retrying(for: options.busyTimeout, cancellation) { try source.beginReading() }
        }
        let (pageSize, pageCount) = try SQLiteSource.retrying(for: options.busyTimeout, cancellation) {
            (
                try database.integer("PRAGMA page_size") ?? 4096,
                try database.integer("PRAGMA page_count") ?? 0
            )
        }
        try FreeSpace.require(
            pageCount * pageSize, in: path, purpose: "the snapshot of \(source.path)")
        let pagesPerStep = Int32(clamping: max(16, Self.bytesPerStep / max(pageSize, 512)))
        let isComplete = try copyInSteps(
            to: Self.target(path, pageSize: pageSize), pagesPerStep: pagesPerStep, progress: progress)
        if !isComplete {
            // Half a copy without a journal cannot be taken back: the next one begins with a new file.
            unlink(path)
            try copyInOneGo(to: Self.target(path, pageSize: pageSize), pagesPerStep: pagesPerStep, progress: progress)
        }
        if source.isWAL { try database.execute("ROLLBACK") }
        // Nobody reads the source before the copy has been exported.
        database.releaseMemory()
    }

    private static func target(_ path: String, pageSize: Int64) throws -> Database {
        let target = try Database(path: path, access: .gathered)
        target.standInForTheApplication()
        try target.execute(
            "PRAGMA page_size=\(pageSize); PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                + "PRAGMA locking_mode=EXCLUSIVE")
        return target
    }

    /// - Returns: Whether it came to an end; false after too many restarts.
    private func copyInSteps(
        to target: Database, pagesPerStep: Int32, progress: (Int64, Int64) -> Void
    ) throws -> Bool {
        let copy = try OnlineBackup(from: source.database, to: target)
        var breather = Breather(work: options.breathing.work, pause: options.breathing.pause)
        var copied: Int64 = 0
        var restarts = 0
        var busySince: ContinuousClock.Instant?
        while true {
            try cancellation.check()
            switch try copy.step(pages: pagesPerStep) {
            case .done:
                try copy.finish()
                try target.writeGathered()
                return true
            case .busy:
                let since = busySince ?? .now
                busySince = since
                guard ContinuousClock.now - since < options.busyTimeout else { throw busy }
                try cancellation.sleep(for: .milliseconds(10))
            case .more:
                busySince = nil
                let now = copy.pageCount - copy.remaining
                if now <= copied {
                    restarts += 1
                    if restarts > Self.restartsAllowed { return false }
                }
                copied = now
                progress(copied, copy.pageCount)
                try breather.breathe(cancellation)
            }
        }
    }

    private func copyInOneGo(to target: Database, pagesPerStep: Int32, progress: (Int64, Int64) -> Void) throws {
        let copy = try OnlineBackup(from: source.database, to: target)
        try SQLiteSource.retrying(for: options.busyTimeout, cancellation) { try source.beginReading() }
        defer { try? source.database.execute("ROLLBACK") }
        let deadline = ContinuousClock.now + options.maximumLock
        while true {
            try cancellation.check()
            switch try copy.step(pages: pagesPerStep) {
            case .done:
                try copy.finish()
                try target.writeGathered()
                return
            case .busy:
                throw busy
            case .more:
                progress(copy.pageCount - copy.remaining, copy.pageCount)
                guard ContinuousClock.now < deadline else {
                    throw NightjarError(
                        .busy,
                        "\(source.path) is written to all the time, and copying it in one go takes longer than "
                            + "snapshot_max_lock",
                        hint: "Raise snapshot_max_lock, back up at a quieter time, or switch the source to WAL.",
                        isTransient: true)
                }
            }
        }
    }

    private var busy: SQLiteError {
        SQLiteError(code: 5, message: "database is locked", operation: "copying pages of \(source.path)")
    }
}
