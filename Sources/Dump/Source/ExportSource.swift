import Model
import Pipeline
import SQLite

/// Where an export, or a comparison with a backup, gets a database's state from.
package protocol ExportSource: Sendable {
    /// For people: a path or a host.
    var name: String { get }
    /// What an export that goes on must read from; holds no secret.
    var identity: String { get }
    /// How large its database is, as far as that is known beforehand; 0 where it is not. Parts are sized after it.
    var expectedBytes: Int64 { get }

    /// Freezes its state; what that needs of the disk goes to `folder`, which is the run's own. Blocks the thread.
    /// What it goes on with may stay there: an export removes it when the snapshot is one to go on with.
    /// - Parameter exclude: Names of tables that need not be there: what no export will read.
    /// - Throws: `NightjarError`, `SQLiteError` for `explain`, `CancellationError`.
    func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot
    /// What SQLite's answers mean for somebody whose source it was.
    func explain(_ error: SQLiteError) -> NightjarError
    /// Whether a `takeSnapshot` that was cut off has left something in `folder` with which the next one goes on.
    func hasBegun(in folder: String) -> Bool
}
