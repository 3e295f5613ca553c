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
    /// - Returns: Whether the store could be asked.
    @discardableResult
    package func abortUploads() async -> Bool {
        let store = store
        return await Cleanup.run {
            for open in try await store.openUploads(prefix: root) where isOwn(open.key) {
                try await Self.abort(open.id, of: open.key, in: store)
            }
        }
    }

    /// - Throws: Where the store could not be asked.
    static func abort(_ upload: String, of key: String, in store: any ObjectStore) async throws {
        // The size of its parts does not matter any more.
        guard let upload = try await store.resumeUpload(key, id: upload, partSize: 1) else { return }
        guard await upload.abort() else {
            throw NightjarError(.unreachable, "the upload of \(key) could not be aborted", isTransient: true)
        }
    }

    /// Deletes the objects; what a lock of the bucket holds stays.
    package func delete() async throws {
        guard DumpKeys.isFolder(root) else {
            _ = try await store.deleteUnlessLocked(root)
            return
        }
        var after: ListPosition?
        repeat {
            let page = try await store.list(prefix: root, after: after, limit: Self.pageSize)
            for object in page.objects { _ = try await store.deleteUnlessLocked(object.key) }
            after = page.next
        } while after != nil
        // A directory removes an empty folder with whatever is deleted in it, be it there or not; no object has this name.
        try await store.delete(root + "none")
    }

    private func isOwn(_ key: String) -> Bool { DumpKeys.isFolder(root) ? key.hasPrefix(root) : key == root }
}
