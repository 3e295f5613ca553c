import Dump
import Model
import Restore
import Settings

/// Compares a backup with its database as it is now.
///
/// It only reads, and its snapshot lies in a folder of its own: no run's lock is taken, and the database may be backed
/// up meanwhile.
package struct SourceComparisonRun: Sendable {
    package let appliance: Appliance
    package let progress: RunProgress?

    package init(appliance: Appliance, progress: RunProgress?) {
        self.appliance = appliance
        self.progress = progress
    }

    /// - Throws: code `missing` where the configuration has no such database, or there is no source; else as
    ///   `SourceComparison.run`. The snapshot is gone then, too.
    package func compare(_ manifest: Manifest) async throws -> SourceComparison.Report {
        let database = try appliance.database(manifest.database)
        let options = appliance.exportOptions(of: database)
        let source = appliance.exportSource(of: database)
        return try await appliance.withWorkDirectory { folder in
            try await SourceComparison(
                manifest: manifest, source: source, snapshotOptions: options.snapshot,
                exclude: options.exclude, workDirectory: folder, progress: progress
            ).run()
        }
    }
}
