import FoundationEssentials
import Model
import Storage

/// What backups a store holds, read from the store alone.
package struct StoredBackups: Sendable {
    /// A backup and what stands beside its manifest.
    package struct Entry: Sendable {
        package let keys: BackupKeys
        /// Bytes of all its objects.
        package var size: Int64
        /// Keys of its verification reports, oldest first.
        package var reports: [String]
    }

    /// A manifest is small; more than this is none.
    private static let manifestLimit = 256 << 20
    private static let reportLimit = 64 << 20
    private static let pageSize = 1000

    package let store: any ObjectStore

    package init(store: any ObjectStore) {
        self.store = store
    }

    /// All backups below the prefix, or those of one database, oldest first. A backup is what has a manifest.
    package func entries(database: String?) async throws -> [Entry] {
        var found: [BackupKeys: Entry] = [:]
        var complete: Set<BackupKeys> = []
        var after: String?
        repeat {
            let page = try await store.list(
                prefix: database.map { BackupKeys.folder(of: $0) } ?? "", after: after, limit: Self.pageSize)
            for object in page.objects {
                guard let keys = BackupKeys.containing(object.key) else { continue }
                var entry = found[keys] ?? Entry(keys: keys, size: 0, reports: [])
                entry.size += object.size
                if object.key == keys.manifest { complete.insert(keys) }
                if object.key.hasPrefix(keys.verificationPrefix) { entry.reports.append(object.key) }
                found[keys] = entry
            }
            after = page.next
        } while after != nil
        return found.values.filter { complete.contains($0.keys) }
            .sorted { ($0.keys.id, $0.keys.database) < ($1.keys.id, $1.keys.database) }
    }

    /// - Throws: `StoreError` code `missing` where there is none; `NightjarError` code `difference` where it was changed.
    package func manifest(_ keys: BackupKeys) async throws -> Manifest {
        let bytes = try await store.get(keys.manifest, range: nil).collect(limit: Self.manifestLimit)
        let manifest = try ManifestDocument.decode(bytes, name: keys.manifest)
        guard manifest.id == keys.id.description, manifest.database == keys.database else {
            throw NightjarError(
                .difference, "\(keys.manifest) is the manifest of \(manifest.database)/\(manifest.id)",
                hint: "Objects of this store were moved or exchanged. Do not trust this backup.")
        }
        return manifest
    }

    package func report(_ key: String) async throws -> VerificationReport {
        let bytes = try await store.get(key, range: nil).collect(limit: Self.reportLimit)
        do {
            return try JSONText.decoder.decode(VerificationReport.self, from: JSONText.data(bytes))
        } catch {
            throw NightjarError(.difference, "\(key) is not a verification report: \(error)")
        }
    }

    /// The newest report of a backup, or nil where it was never verified.
    package func newestReport(_ entry: Entry) async throws -> VerificationReport? {
        guard let key = entry.reports.max() else { return nil }
        return try await report(key)
    }
}
