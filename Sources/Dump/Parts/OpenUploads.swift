import Storage

/// Uploads that somebody began and nobody will complete.
package struct OpenUploads: Sendable {
    let store: any ObjectStore

    package init(store: any ObjectStore) {
        self.store = store
    }

    /// Takes back all uploads of one object, also those whose id was never heard; for the time that `Cleanup` gives it.
    package func abort(_ key: String) async {
        let store = store
        await Cleanup.run {
            for open in try await store.openUploads(prefix: key) where open.key == key {
                // The size of its parts does not matter any more.
                try await store.resumeUpload(key, id: open.id, partSize: 1)?.abort()
            }
        }
    }
}
