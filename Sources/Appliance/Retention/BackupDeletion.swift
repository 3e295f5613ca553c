import Model
import Storage

/// Deletes a backup: its manifest first, so that from then on it is none, then what belongs to it.
struct BackupDeletion: Sendable {
    enum Outcome: Sendable {
        /// It is no backup any more. Where `left` says why, something that belonged to it is there still, for the daily sweep.
        case deleted(left: (any Error)?)
        /// A lock of the bucket forbids it for now.
        case locked
    }

    let store: any ObjectStore

    func delete(_ keys: BackupKeys) async throws -> Outcome {
        guard try await store.deleteUnlessLocked(keys.manifest) else { return .locked }
        // From here on it is no backup any more; what a lock holds of it stays behind.
        do {
            for object in try await store.objects(of: keys) { _ = try await store.deleteUnlessLocked(object.key) }
            return .deleted(left: nil)
        } catch {
            return .deleted(left: error)
        }
    }
}
