import Model
import Restore
import Settings
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
        /// What opens it where it is encrypted.
        package let opening: DumpOpening?
        /// The names of other stores that have the same backup.
        package var others: [String] = []

        package var backups: StoredBackups { StoredBackups(store: store, opening: opening) }

        /// - Throws: As `StoredBackups.manifest`.
        package func manifest() async throws -> Manifest { try await backups.manifest(entry.keys) }

        /// - Throws: As `StoredBackups.storedManifest`.
        package func storedManifest() async throws -> StoredManifest { try await backups.storedManifest(entry.keys) }
    }

    /// A store that could not be asked.
    package struct StoreFailure: Sendable {
        package let storeName: String
        package let error: any Error

        package var message: String { (error as? any Failure)?.message ?? "\(error)" }
    }

    /// What there is, as far as stores could be asked.
    package struct Listing: Sendable {
        /// Oldest first; the same backup in several stores with the nearest one first.
        package var found: [Found] = []
        package var failures: [StoreFailure] = []
    }

    package let appliance: Appliance
    /// The name of the only store that is looked into; nil for all of them.
    private let store: String?

    package init(appliance: Appliance, in store: String? = nil) {
        self.appliance = appliance
        self.store = store
    }

    /// All backups of all stores, or those of one database.
    /// - Throws: Code `missing` where the only store that is to be looked into is not configured; otherwise only where the
    ///   task was cancelled.
    package func survey(database: String? = nil) async throws -> Listing {
        var listing = Listing()
        if let store, !appliance.stores.names.contains(store) { throw Self.unknown(store, appliance) }
        for name in appliance.configuration.nearestFirst.map(\.name) where store == nil || store == name {
            do {
                let store = try appliance.stores.store(named: name)
                for entry in try await appliance.backups(in: store).entries(database: database) {
                    listing.found.append(Found(storeName: name, store: store, entry: entry, opening: appliance.opening))
                }
            } catch {
                try Task.checkCancellation()
                listing.failures.append(StoreFailure(storeName: name, error: error))
            }
        }
        // Sorting is stable: of equal keys the nearest store stays first.
        listing.found.sort { ($0.entry.keys.id, $0.entry.keys.database) < ($1.entry.keys.id, $1.entry.keys.database) }
        return listing
    }

    /// That a store is asked for which the configuration does not have.
    package static func unknown(_ store: String, _ appliance: Appliance) -> NightjarError {
        NightjarError(
            .missing, "there is no store \(store) in \(appliance.configuration.path)",
            hint: "It has: \(appliance.stores.names.joined(separator: ", "))")
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
        let copies = listing.found.filter { $0.entry.keys == keys }
        guard let found = try await Self.best(copies) else {
            throw try await absence("backup \(keys.id) of \(keys.database)", of: keys.database, listing)
        }
        return found
    }

    /// What of a backup or a database one store has and another lacks, the newest first; a single backup also where the other
    /// has it, since some of it may be missing there.
    /// - Throws: code `missing` where the first has nothing of it; where one of the two cannot be asked, why.
    package func all(_ text: String, in source: String, lackingIn target: String) async throws -> [BackupKeys] {
        let id = BackupID(text) ?? Self.keys(text)?.id
        let database = id == nil ? text : Self.keys(text)?.database
        let listing = try await survey(database: database)
        for failure in listing.failures where [source, target].contains(failure.storeName) { throw failure.error }
        func keys(_ store: String) -> [BackupKeys] {
            listing.found.filter { $0.storeName == store && (id == nil || $0.entry.keys.id == id) }.map(\.entry.keys)
        }
        let there = keys(source)
        if there.isEmpty {
            throw NightjarError(
                .missing, "the store \(source) has no backup \(id == nil ? "of \(text)" : text)",
                hint: "See what there is with: nightjar list")
        }
        if id != nil { return there }
        let known = Set(keys(target))
        return there.filter { !known.contains($0) }.reversed()
    }

    /// All copies of what `found` is one of, the nearest first.
    package func copies(of found: Found) async throws -> Listing {
        var listing = try await survey(database: found.entry.keys.database)
        listing.found.removeAll { $0.entry.keys != found.entry.keys }
        return listing
    }

    /// Of the copies of one backup the one of which most was proved, and of equal ones the nearest; one whose manifest
    /// cannot be read, only where that is so with all of them.
    /// - Returns: nil where there are none.
    static func best(_ copies: [Found]) async throws -> Found? {
        guard copies.count > 1 else { return copies.first }
        var states: [BackupState] = []
        for copy in copies {
            let state = try await copy.standing().state
            if state == .proved, try await rot(copy) == nil { return copy.among(copies) }
            states.append(state)
        }
        for wanted in [BackupState.checked, .unproved, .failed] {
            for (copy, state) in zip(copies, states) where state == wanted {
                if try await rot(copy) == nil { return copy.among(copies) }
            }
        }
        return copies.first?.among(copies)
    }

    private func backup(id: BackupID) async throws -> Found {
        let listing = try await survey()
        let matches = listing.found.filter { $0.entry.keys.id == id }
        guard let first = matches.first else { throw try await absence("backup \(id)", of: nil, listing) }
        let names = Set(matches.map { "\($0.entry.keys.database)/\(id)" }).sorted()
        if names.count == 1, let best = try await Self.best(matches) { return best }
        guard names.count == 1 else {
            throw NightjarError(
                .missing, "\(names.count) backups have the id \(id): \(names.joined(separator: ", "))",
                hint: "Say which one is meant, for example \(names[0])")
        }
        return first
    }
}

extension BackupLocator.Found {
    /// The same, with the names of the others that are copies of it.
    func among(_ all: [BackupLocator.Found]) -> BackupLocator.Found {
        var found = self
        found.others = all.filter { $0.entry.keys == entry.keys && $0.storeName != storeName }.map(\.storeName)
        return found
    }

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
        let backups = backups
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
