import Model
import Pipeline
import Synchronization

/// Keeps a snapshot for the process that may have to go on with the export after this one.
///
/// As long as the machine runs, what the kernel has of the copy is enough for that. It is brought to the disk once it has cost a
/// while to make it and to read it: the copy of a small database is gone before.
final class SnapshotKeeper: Sendable {
    private let folder: String
    private let journal: ExportJournal
    private let onDisk: Atomic<Bool>
    private let failure = Mutex<NightjarError?>(nil)
    private let end = Cancellation()

    /// - Parameters:
    ///   - folder: The run's own, with the snapshot's file.
    ///   - isOnDisk: Whether the disk has the copy already.
    init(_ folder: String, _ journal: ExportJournal, isOnDisk: Bool) {
        self.folder = folder
        self.journal = journal
        onDisk = Atomic(isOnDisk)
    }

    /// Writes the snapshot down, and begins to wait for the time at which it is brought to the disk.
    func keep(_ record: ExportJournal.SnapshotRecord, after delay: Duration) {
        guard record.outlivesProcess else { return }
        var delay = delay
        if let boot = Boot.id, let size = Snapshot.size(in: folder) {
            var record = record
            record.memory = .init(boot: boot, size: size)
            // Without it the run cannot be gone on with, which is no reason to end it.
            try? journal.snapshotTaken(record)
        } else {
            delay = .zero
        }
        // Reading need not wait for the disk.
        DedicatedThread.start { [delay] in
            guard (try? self.end.sleep(for: delay)) != nil else { return }
            do throws(NightjarError) {
                try self.bringToDisk(record)
            } catch {
                self.failure.withLock { $0 = error }
            }
        }
    }

    /// - Returns: Whether the journal says that the disk has it.
    /// - Throws: code `io` where what the kernel has of it may be wrong from now on (fsync(2)).
    @discardableResult
    func bringToDisk(_ record: ExportJournal.SnapshotRecord) throws(NightjarError) -> Bool {
        guard record.outlivesProcess else { return false }
        var record = record
        record.memory = nil
        do {
            guard try Snapshot.synchronize(in: folder) else { return false }
        } catch {
            record.memory = .init(boot: nil, size: 0)
            if !end.isCancelled { try? journal.snapshotTaken(record) }
            throw error
        }
        // The folder may be another export's by now.
        guard !end.isCancelled, (try? journal.snapshotTaken(record)) != nil else { return false }
        onDisk.store(true, ordering: .releasing)
        return true
    }

    /// After everything has been read.
    /// - Throws: Why what was read may be wrong.
    func checkCopy() throws(NightjarError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Nobody reads the copy any more, unless the export has to be gone on with.
    func readingEnded() {
        // The kernel would bring to the disk first what is not there.
        if onDisk.load(ordering: .acquiring) { Snapshot.dropFromMemory(in: folder) }
    }

    /// Nobody will want it again.
    func exportEnded() { end.cancel() }
}
