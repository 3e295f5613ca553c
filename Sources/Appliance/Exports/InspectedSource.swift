import Dump
import Model
import Pipeline
import SQLite

/// A source whose schema somebody looks at before any row is exported.
struct InspectedSource: ExportSource {
    let source: any ExportSource
    /// Gets the schema of the snapshot, and the tables that are not in it because a pattern leaves them out; what it throws
    /// ends the export.
    let inspect: @Sendable (Schema, [Manifest.Excluded]) throws -> Void

    var name: String { source.name }
    var identity: String { source.identity }
    var expectedBytes: Int64 { source.expectedBytes }

    func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        let snapshot = try source.takeSnapshot(
            in: folder, options: options, exclude: exclude, cancellation: cancellation, progress: progress)
        // A schema may name what only the application has.
        snapshot.database.standInForTheApplication()
        try inspect(Schema(reading: snapshot.database), snapshot.origin.excluded)
        return snapshot
    }

    func explain(_ error: SQLiteError) -> NightjarError { source.explain(error) }

    func hasBegun(in folder: String) -> Bool { source.hasBegun(in: folder) }
}
