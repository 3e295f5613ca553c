import Model

/// How a snapshot is taken.
package struct SnapshotOptions: Sendable {
    package var method: SnapshotMethod
    package var breathing: Breathing
    /// How long somebody else's lock is waited for.
    package var busyTimeout: Duration
    /// How long writers may be held where a rollback-journal source is written to all the time.
    package var maximumLock: Duration
    /// Whether a source with a WAL is read as it stands, in one transaction, even where `method` asks for a copy: for
    /// exports that nobody goes on with.
    package var sparesCopy = false
    /// How long making and reading the copy has lasted when it is brought to the disk. If the machine ends before, that is lost.
    var diskDelay = Duration.seconds(5)

    package init(method: SnapshotMethod, breathing: Breathing, busyTimeout: Duration, maximumLock: Duration) {
        self.method = method
        self.breathing = breathing
        self.busyTimeout = busyTimeout
        self.maximumLock = maximumLock
    }
}
