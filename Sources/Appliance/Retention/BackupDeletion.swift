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
        do {
            try await store.delete(keys.manifest)
            for key in try await objects(of: keys) { try await store.delete(key) }
            return .deleted
        } catch let error as StoreError where error.storeCode == "ObjectLockedByBucketPolicy" {
            return .locked
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
