extension ObjectStore {
    /// - Returns: false where a lock of the bucket holds it.
    package func deleteUnlessLocked(_ key: String) async throws -> Bool {
        do {
            try await delete(key)
            return true
        } catch let error as StoreError where error.isLock {
            return false
        }
    }
}
