import Dump
import Model
import Restore
import Settings
import Storage

/// One restore: the backup found, its dump made a file, and what a person should know about it.
package struct RestoreRun: Sendable {
    /// What was restored.
    package struct Outcome: Sendable, Encodable {
        package let id: String
        package let database: String
        /// The name of the store that it came from.
        package let store: String
        package let location: String
        package let file: String
        package let tables: Int
        package let rows: Int64
        package let bytesFetched: Int64
        /// One sentence each.
        package let notes: [String]
    }

    package let appliance: Appliance
    /// A backup's id, `DATABASE/ID`, or a database for its newest verified backup.
    package let what: String
    /// Of a database, the newest backup up to this moment.
    package let time: WrittenTime?
    /// The name of the only store that is looked into; nil for all of them.
    package let store: String?
    package let options: Restoration.Options
    package let progress: RunProgress?

    package init(
        appliance: Appliance, what: String, at time: WrittenTime?, in store: String? = nil,
        options: Restoration.Options, progress: RunProgress?
    ) {
        self.appliance = appliance
        self.what = what
        self.time = time
        self.store = store
        self.options = options
        self.progress = progress
    }

    /// - Throws: As `BackupLocator.resolve` and `Restoration.run`; no file is left then.
    package func run() async throws -> Outcome {
        var chosen = try await choose()
        var notes = chosen.found.notes
        var others = chosen.found.others[...]
        while true {
            do {
                let restored = try await restoration(of: chosen).run()
                let manifest = chosen.manifest
                return Outcome(
                    id: manifest.id, database: manifest.database, store: chosen.found.storeName,
                    location: chosen.found.store.location, file: options.target, tables: restored.tables,
                    rows: restored.rows, bytesFetched: restored.bytesFetched,
                    notes: notes + restored.notes + chosen.standing.notes + Self.notes(on: chosen.standing.state))
            } catch let failure as any Failure where tellsOfStore(failure, chosen) {
                // Nothing was made: a copy in another store is as good as this one was.
                let found = chosen.found
                var next: Choice?
                while next == nil, let name = others.popFirst() { next = try? await copy(of: found, in: name) }
                guard let next else { throw failure }
                notes.append("The copy in the store \(found.storeName) could not be restored: \(failure.message).")
                chosen = next
            }
        }
    }

    /// Whether a failure is one of the store that was restored from, and not of the machine that it is restored to.
    private func tellsOfStore(_ failure: any Failure, _ chosen: Choice) -> Bool {
        [.difference, .missing, .unreachable].contains(failure.code)
            || (failure as? StoreError)?.location == chosen.found.store.location
    }

    private func copy(of found: BackupLocator.Found, in store: String) async throws -> Choice {
        let keys = found.entry.keys
        let other = try await BackupLocator(appliance: appliance, in: store)
            .resolve("\(keys.database)/\(keys.id)", preferring: .newest)
        return Choice(found: other, manifest: try await other.manifest(), standing: try await other.standing())
    }

    /// What `run` would do; changes nothing.
    /// - Throws: Where there is no such backup, or where it cannot be looked at.
    package func plan() async throws -> RestorePlan {
        let chosen = try await choose()
        let zone = appliance.configuration.database(named: chosen.manifest.database)?.zone ?? .utc
        return RestorePlan(
            chosen.found, chosen.manifest, chosen.standing, try await restoration(of: chosen).plan(),
            target: options.target, zone: zone)
    }

    private struct Choice: Sendable {
        let found: BackupLocator.Found
        let manifest: Manifest
        let standing: BackupLocator.Found.Standing
    }

    private func choose() async throws -> Choice {
        let found = try await BackupLocator(appliance: appliance, in: store)
            .resolve(what, at: time, preferring: .verified)
        return Choice(found: found, manifest: try await found.manifest(), standing: try await found.standing())
    }

    private func restoration(of chosen: Choice) -> Restoration {
        Restoration(
            store: chosen.found.store, manifest: chosen.manifest, options: options, progress: progress,
            opening: appliance.opening)
    }

    private static func notes(on state: BackupState) -> [String] {
        switch state {
        case .proved: []
        case .checked, .unproved:
            ["No verification had proved this backup before; what was restored equals its manifest."]
        case .failed:
            ["A verification found a difference in this backup; what was restored equals its manifest."]
        }
    }
}
