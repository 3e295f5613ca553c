import Dump
import Model
import Restore

/// One restore: the backup found, its dump made a file, and what a person should know about it.
package struct RestoreRun: Sendable {
    /// What was restored.
    package struct Outcome: Sendable, Encodable {
        package let id: String
        package let database: String
        package let file: String
        package let tables: Int
        package let rows: Int64
        package let bytesFetched: Int64
        /// One sentence each.
        package let notes: [String]
    }

    package let appliance: Appliance
    /// A backup's id, `DATABASE/ID`, or a database for its newest proved backup.
    package let what: String
    /// Of a database, the newest backup up to this moment.
    package let time: Timestamp?
    package let options: Restoration.Options
    package let progress: RunProgress?

    package init(
        appliance: Appliance, what: String, at time: Timestamp?, options: Restoration.Options, progress: RunProgress?
    ) {
        self.appliance = appliance
        self.what = what
        self.time = time
        self.options = options
        self.progress = progress
    }

    /// - Throws: As `BackupLocator.resolve` and `Restoration.run`; no file is left then.
    package func run() async throws -> Outcome {
        let found = try await BackupLocator(appliance: appliance).resolve(what, at: time, preferring: .proved)
        let manifest = try await found.manifest()
        let standing = try await found.standing()
        let restored = try await Restoration(
            store: found.store, manifest: manifest, options: options, progress: progress
        ).run()
        return Outcome(
            id: manifest.id, database: manifest.database, file: options.target, tables: restored.tables,
            rows: restored.rows, bytesFetched: restored.bytesFetched,
            notes: found.notes + restored.notes + standing.notes + Self.notes(on: standing.state))
    }

    private static func notes(on state: BackupState) -> [String] {
        switch state {
        case .proved: []
        case .checked, .unproved:
            ["No verification had proved this backup before; what was restored equals its manifest."]
        case .failed:
            ["The newest verification found a difference in this backup; what was restored equals its manifest."]
        }
    }
}
