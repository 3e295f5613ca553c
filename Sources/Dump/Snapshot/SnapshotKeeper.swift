import Model
import Pipeline
import Synchronization

/// Keeps a snapshot for the process that may have to go on with the export after this one.
///
/// As long as the machine runs, what the kernel has of the copy in memory is enough for that. The disk gets it once the export has
/// lasted a while: the copy of a small database is gone before, and never written there.
final class SnapshotKeeper: Sendable {
    private let folder: String
    private let journal: ExportJournal
    private let onDisk: Atomic<Bool>

    /// - Parameters:
    ///   - folder: The run's own, with the snapshot's file.
    ///   - isOnDisk: Whether the disk has the copy already.
    init(_ folder: String, _ journal: ExportJournal, isOnDisk: Bool) {
        self.folder = folder
        self.journal = journal
        onDisk = Atomic(isOnDisk)
    }

    /// Writes the snapshot down, and begins to wait for the time at which it is brought to the disk.
    /// - Parameter cancellation: Ends the waiting; so does the export's end.
    func keep(_ record: ExportJournal.SnapshotRecord, after delay: Duration, _ cancellation: Cancellation) {
        guard record.outlivesProcess else { return }
        var delay = delay
        if let boot = Boot.id {
            var record = record
            record.boot = boot
            // Without it the run cannot be gone on with, which is no reason to end it.
            try? journal.snapshotTaken(record)
        } else {
            delay = .zero
        }
        // Reading need not wait for the disk.
        DedicatedThread.start { [delay] in
            guard (try? cancellation.sleep(for: delay)) != nil else { return }
            self.bringToDisk(record) { !cancellation.isCancelled }
        }
    }

    /// - Parameter isWanted: Asked when the disk has it: the folder may be another export's by then.
    /// - Returns: Whether that was possible, and the journal says so.
    @discardableResult
    func bringToDisk(_ record: ExportJournal.SnapshotRecord, if isWanted: () -> Bool = { true }) -> Bool {
        var record = record
        record.boot = nil
        guard record.outlivesProcess, Snapshot.synchronize(in: folder), isWanted(),
            (try? journal.snapshotTaken(record)) != nil
        else { return false }
        onDisk.store(true, ordering: .releasing)
        return true
    }

    /// Nobody reads the copy any more, unless the export has to be gone on with.
    func readingEnded() {
        // The kernel would bring to the disk first what is not there.
        if onDisk.load(ordering: .acquiring) { Snapshot.dropFromMemory(in: folder) }
    }
}
