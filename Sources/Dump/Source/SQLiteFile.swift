import Model
import Pipeline
import SQLite

/// A SQLite file of this machine, as a source.
package struct SQLiteFile: ExportSource {
    package let path: String

    /// - Parameter path: Absolute.
    package init(path: String) {
        self.path = path
    }

    package var name: String { path }
    package var identity: String { path }
    package var expectedBytes: Int64 { (FileFacts(path)?.size ?? 0) + (FileFacts(path + "-wal")?.size ?? 0) }

    package func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        try Snapshot.take(
            of: SQLiteSource(path: path), in: folder, options: options, cancellation: cancellation
        ) { copied, all in
            progress.set(done: copied, of: all)
        }
    }

    package func explain(_ error: SQLiteError) -> NightjarError { SourceFailure.explain(error, source: path) }

    /// Half a copy is made anew.
    package func hasBegun(in folder: String) -> Bool { false }
}
