import Model
import Restore
import Storage

/// Finds backups in the configured stores, by id, by database, or all of them.
package struct BackupLocator: Sendable {
    /// Which of a database's backups is meant by its name alone.
    package enum Preference: Sendable {
        case newest
        /// The newest that was verified at the level that the database asks for; where none was, the newest in which no
        /// difference is known.
        case verified
    }

    package struct Found: Sendable {
        package let storeName: String
        package let store: any ObjectStore
        package let entry: StoredBackups.Entry
        /// What a person should know about how it was found; one sentence each.
        package var notes: [String] = []

        package func manifest() async throws -> Manifest {
            try await StoredBackups(store: store).manifest(entry.keys)
        }
    }

    /// A store that could not be asked.
    package struct StoreFailure: Sendable {
        package let storeName: String
        package let error: any Error

        package var message: String { (error as? any Failure)?.message ?? "\(error)" }
    }

    /// What there is, as far as stores could be asked.
    package struct Listing: Sendable {
        /// Oldest first; the same backup in several stores in their order in the configuration.
        package var found: [Found] = []
        package var failures: [StoreFailure] = []
    }

    package let appliance: Appliance

    package init(appliance: Appliance) {
        self.appliance = appliance
    }

    /// All backups of all stores, or those of one database.
    /// - Throws: Only where the task was cancelled.
    package func survey(database: String? = nil) async throws -> Listing {
        var listing = Listing()
        for name in appliance.stores.names {
            do {
                let store = try appliance.stores.store(named: name)
                for entry in try await StoredBackups(store: store).entries(database: database) {
                    listing.found.append(Found(storeName: name, store: store, entry: entry))
                }
            } catch {
                try Task.checkCancellation()
                listing.failures.append(StoreFailure(storeName: name, error: error))
            }
        }
        // Sorting is stable: equal keys stay in the order of the stores.
        listing.found.sort { ($0.entry.keys.id, $0.entry.keys.database) < ($1.entry.keys.id, $1.entry.keys.database) }
        return listing
    }

    /// What `text` means: an id, `DATABASE/ID`, or one of a database's backups.
    /// - Parameters:
    ///   - time: Of a database, only backups up to this moment, in the database's zone.
    ///   - preference: Which of a database's backups.
    /// - Throws: code `missing` where there is none or where several have that id; that of a store's failure where the
    ///   backup may be in a store that could not be asked.
    package func resolve(
        _ text: String, at time: WrittenTime? = nil, preferring preference: Preference
    ) async throws -> Found {
        if let id = BackupID(text) { return try await backup(id: id) }
        if let keys = Self.keys(text) { return try await backup(keys) }
        return try await latest(of: text, at: time, preference)
    }

    /// Whether `text` names one backup, not a database.
    package static func namesBackup(_ text: String) -> Bool {
        BackupID(text) != nil || keys(text) != nil
    }

    // MARK: One backup

    private static func keys(_ text: String) -> BackupKeys? {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count == 2, BackupKeys.isDatabaseName(String(pieces[0])), let id = BackupID(pieces[1]) else {
            return nil
        }
        return BackupKeys(database: String(pieces[0]), id: id)
    }

    private func backup(_ keys: BackupKeys) async throws -> Found {
        let listing = try await survey(database: keys.database)
        guard let found = listing.found.first(where: { $0.entry.keys == keys }) else {
            throw try await absence("backup \(keys.id) of \(keys.database)", of: keys.database, listing)
        }
        return found
    }

    private func backup(id: BackupID) async throws -> Found {
        let listing = try await survey()
        let matches = listing.found.filter { $0.entry.keys.id == id }
        guard let first = matches.first else { throw try await absence("backup \(id)", of: nil, listing) }
        let names = Set(matches.map { "\($0.entry.keys.database)/\(id)" }).sorted()
        guard names.count == 1 else {
            throw NightjarError(
                .missing, "\(names.count) backups have the id \(id): \(names.joined(separator: ", "))",
                hint: "Say which one is meant, for example \(names[0])")
        }
        return first
    }
}

extension BackupLocator.Found {
    /// What verifications have found out about a backup.
    package struct Standing: Sendable {
        package let state: BackupState
        /// Oldest first; those that decide the state, unless all were asked for.
        package let reports: [VerificationReport]
        /// Reports that count for nothing, and why; one sentence each.
        package let notes: [String]

        /// When it was proved last.
        package var provedAt: Timestamp? { reports.last { $0.outcome == .proved }?.finishedAt }
    }

    /// Reads the reports beside the backup. One that cannot be read, or that is about another backup, counts for nothing.
    /// - Parameter complete: Whether all reports are wanted, or only those that decide the state.
    /// - Throws: Only where the task was cancelled.
    package func standing(complete: Bool = false) async throws -> Standing {
        let backups = StoredBackups(store: store)
        var reports: [VerificationReport] = []
        var notes: [String] = []
        for key in entry.reports.reversed() {
            do {
                let report = try await backups.report(key, of: entry.keys)
                let isChecked = reports.contains { $0.outcome == .checked }
                let decides = BackupState(settledBy: report, isCheckedLater: isChecked) != nil
                reports.append(report)
                if decides && !complete { break }
            } catch {
                try Task.checkCancellation()
                let reason = (error as? any Failure)?.message ?? "\(error)"
                notes.append("A verification report counts for nothing: \(reason)")
            }
        }
        reports.reverse()
        return Standing(state: BackupState(reports: reports), reports: reports, notes: notes)
    }
}
