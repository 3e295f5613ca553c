import Model
import Storage
import Synchronization
import TestSupport

/// A store that is lost once: at one of its objects, before it is there or, every other time, when it is.
final class FailingStore: ForwardingStore {
    let store: any ObjectStore
    private let failure: Int?
    private let created = Mutex(0)

    /// - Parameter failure: How many objects are created before; nil for one that is never lost.
    init(_ store: any ObjectStore, failingAt failure: Int?) {
        self.store = store
        self.failure = failure
    }

    func create(_ key: String, _ part: Part) async throws -> ObjectInfo {
        let number = created.withLock { count in
            defer { count += 1 }
            return count
        }
        guard number == failure else { return try await store.create(key, part) }
        if number % 2 == 1 { _ = try await store.create(key, part) }
        throw StoreError(
            .unreachable, operation: "create", key: key, location: location, reason: "the store is away",
            isTransient: true)
    }
}
