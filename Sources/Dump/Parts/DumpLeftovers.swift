import Model
import Storage

/// What is in a store of a dump that is no backup.
package struct DumpLeftovers: Sendable {
    private static let pageSize = 1000

    let store: any ObjectStore
    /// The dump's, as `DumpKeys` says it.
    let root: String

    package init(of root: String, in store: any ObjectStore) {
        // All of a store's objects would be below it.
        precondition(!root.isEmpty, "plain files have no name in a store")
        self.store = store
        self.root = root
    }

    /// Takes back all uploads, also those whose id was never heard; for the time that `Cleanup` gives it.
    package func abortUploads() async {
        let store = store
        await Cleanup.run {
            for open in try await store.openUploads(prefix: root) where isOwn(open.key) {
                // The size of its parts does not matter any more.
                try await store.resumeUpload(open.key, id: open.id, partSize: 1)?.abort()
            }
        }
    }

    /// Deletes the objects.
    package func delete() async throws {
        guard DumpKeys.isFolder(root) else { return try await store.delete(root) }
        var after: ListPosition?
        repeat {
            let page = try await store.list(prefix: root, after: after, limit: Self.pageSize)
            for object in page.objects { try await store.delete(object.key) }
            after = page.next
        } while after != nil
        // A directory removes an empty folder with whatever is deleted in it, be it there or not; no object has this name.
        try await store.delete(root + "none")
    }

    private func isOwn(_ key: String) -> Bool { DumpKeys.isFolder(root) ? key.hasPrefix(root) : key == root }
}
