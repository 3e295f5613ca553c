import Catalog
import Model
import Storage

/// Removes what exports have left in a store that never came to their end, or that nobody knows any more: their process was
/// killed, the store was away when they were cancelled, or the catalog was lost.
///
/// For a store that belongs to this appliance: the caller has made sure (`Ownership`).
struct ExportSweep: Sendable {
    private static let pageSize = 1000
    /// Of no effect: no part is sent.
    private static let partSize: Int64 = 8 << 20

    let store: any ObjectStore
    let catalog: Catalog
    let database: String
    let now: Timestamp
    /// What is younger may still be wanted, in seconds.
    let grace: Int64

    /// - Returns: One sentence for each object or upload that was removed, for the log.
    func run() async throws -> [String] {
        let folder = BackupKeys.exportsFolder(of: database)
        var removed: [String] = []
        for upload in try await store.openUploads(prefix: folder) where try await isAbandoned(upload.key, folder) {
            guard let found = try await store.resumeUpload(upload.key, id: upload.id, partSize: Self.partSize) else {
                continue
            }
            guard await found.abort() else { continue }
            removed.append("aborted the upload of \(upload.key): its export has ended")
        }
        var after: ListPosition?
        repeat {
            // In the order of their names the manifest comes before the dump, as it should go.
            let page = try await store.list(prefix: folder, after: after, limit: Self.pageSize)
            for object in page.objects where try await isAbandoned(object.key, folder) {
                try Task.checkCancellation()
                try await store.delete(object.key)
                removed.append("removed \(object.key) (\(SizeText.format(object.size))): its export has ended")
            }
            after = page.next
        } while after != nil
        return removed
    }

    private func isAbandoned(_ key: String, _ folder: String) async throws -> Bool {
        let name = key.dropFirst(folder.count)
        guard let id = BackupID(name.prefix(20)), name.dropFirst(20).hasPrefix("."),
            now.seconds - id.time.seconds > grace
        else { return false }
        switch try await catalog.export(id)?.state {
        case .queued, .running, .completed: return false
        case .failed, .cancelled, .expired, nil: return true
        }
    }
}
