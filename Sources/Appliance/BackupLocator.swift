import Model
import Restore
import Storage

/// Finds backups in the configured stores, by id, by database, or all of them.
package struct BackupLocator: Sendable {
    package struct Found: Sendable {
        package let storeName: String
        package let store: any ObjectStore
        package let entry: StoredBackups.Entry

        package func manifest() async throws -> Manifest {
            try await StoredBackups(store: store).manifest(entry.keys)
        }

        package func newestReport() async throws -> VerificationReport? {
            try await StoredBackups(store: store).newestReport(entry)
        }
    }

    package let appliance: Appliance

    package init(appliance: Appliance) {
        self.appliance = appliance
    }

    /// All backups of all stores, or those of one database, oldest first.
    package func all(database: String? = nil) async throws -> [Found] {
        var found: [Found] = []
        for name in appliance.stores.names {
            let store = try appliance.stores.store(named: name)
            for entry in try await StoredBackups(store: store).entries(database: database) {
                found.append(Found(storeName: name, store: store, entry: entry))
            }
        }
        return found.sorted { ($0.entry.keys.id, $0.entry.keys.database) < ($1.entry.keys.id, $1.entry.keys.database) }
    }

    /// The backup with this id.
    /// - Throws: code `missing` where there is none.
    package func backup(id: BackupID) async throws -> Found {
        guard let found = try await all().first(where: { $0.entry.keys.id == id }) else {
            throw NightjarError(
                .missing, "there is no backup \(id) in the stores \(appliance.stores.names.joined(separator: ", "))",
                hint: "See what there is with: nightjar list")
        }
        return found
    }

    /// The newest backup of a database, not later than `time`: one that was proved, if there is any.
    package func newest(of database: String, at time: Timestamp? = nil) async throws -> Found {
        let candidates = try await all(database: database).filter { found in
            time.map { found.entry.keys.id.time <= $0 } ?? true
        }
        guard let last = candidates.last else {
            let when = time.map { " at or before \($0.text)" } ?? ""
            throw NightjarError(
                .missing, "there is no backup of \(database)\(when)", hint: "See what there is with: nightjar list")
        }
        for candidate in candidates.reversed() where try await candidate.newestReport()?.outcome == .proved {
            return candidate
        }
        return last
    }

    /// What `text` means: an id, or the newest backup of a database.
    package func resolve(_ text: String, at time: Timestamp? = nil) async throws -> Found {
        if let id = BackupID(text) { return try await backup(id: id) }
        return try await newest(of: text, at: time)
    }
}
