import Model
import Storage

/// Deletes a backup: its manifest first, so that from then on it is none, then what belongs to it.
struct BackupDeletion: Sendable {
    enum Outcome: Sendable {
        case deleted
        /// A lock of the bucket forbids it for now.
        case locked
    }

    private static let pageSize = 1000

    let store: any ObjectStore

    func delete(_ keys: BackupKeys) async throws -> Outcome {
        guard try await deleteUnlocked(keys.manifest) else { return .locked }
        // From here on it is no backup any more; what a lock holds of it stays behind.
        for key in try await objects(of: keys) { _ = try await deleteUnlocked(key) }
        return .deleted
    }

    /// - Returns: false where a lock of the bucket holds it.
    private func deleteUnlocked(_ key: String) async throws -> Bool {
        do {
            try await store.delete(key)
            return true
        } catch let error as StoreError where error.storeCode == "ObjectLockedByBucketPolicy" {
            return false
        }
    }

    private func objects(of keys: BackupKeys) async throws -> [String] {
        var found: [String] = []
        var after: ListPosition?
        repeat {
            let page = try await store.list(prefix: "\(keys.database)/\(keys.id).", after: after, limit: Self.pageSize)
            found += page.objects.map(\.key)
            after = page.next
        } while after != nil
        return found
    }
}
