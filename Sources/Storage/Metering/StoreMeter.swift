import Model
import Synchronization

/// How often a store was asked for something, and with what result.
package struct StoreOperationCount: Sendable, Equatable {
    /// The store's name in the configuration.
    package let store: String
    /// As `StoreOperation` names it.
    package let operation: String
    /// `ok`, or the failure's code.
    package let outcome: String
    package let count: Int64

    package init(store: String, operation: String, outcome: String, count: Int64) {
        self.store = store
        self.operation = operation
        self.outcome = outcome
        self.count = count
    }
}

/// What a store is asked for, as metrics name it.
package enum StoreOperation: String, Sendable, CaseIterable {
    case head, get, create
    case beginUpload = "begin_upload"
    case uploadPart = "upload_part"
    case complete, abort, list, delete
    case resumeUpload = "resume_upload"
    case listUploads = "list_uploads"
}

/// Counts what one store was asked for since this process began, and the bytes that went there and came from there.
///
/// An operation counts once, when it has ended, however often it was tried; a `get` ends with the last byte, or when
/// nobody wants the rest.
package final class StoreMeter: Sendable {
    private struct Key: Sendable, Hashable {
        let operation: StoreOperation
        let outcome: String
    }

    private static let success = "ok"

    /// The store's name in the configuration.
    package let store: String
    private let outcomes = Mutex<[Key: Int64]>([:])
    private let sent = Atomic<Int64>(0)
    private let received = Atomic<Int64>(0)
    private let tries = Atomic<Int64>(0)

    package init(store: String) {
        self.store = store
    }

    /// What has happened so far, by operation and then by outcome; what never happened is not in it.
    package var counts: [StoreOperationCount] {
        let found = outcomes.withLock { $0 }
        let counts = found.map { key, count in
            StoreOperationCount(store: store, operation: key.operation.rawValue, outcome: key.outcome, count: count)
        }
        return counts.sorted { ($0.operation, $0.outcome) < ($1.operation, $1.outcome) }
    }

    /// Bytes of objects and parts that the store has taken; what a request that failed has sent does not count.
    package var bytesSent: Int64 { sent.load(ordering: .relaxed) }

    /// Bytes of objects that have arrived.
    package var bytesReceived: Int64 { received.load(ordering: .relaxed) }

    /// How often a request was sent once more after a failure. A folder's operations are not tried again.
    package var retries: Int64 { tries.load(ordering: .relaxed) }

    func add(_ operation: StoreOperation) {
        add(Key(operation: operation, outcome: Self.success))
    }

    func add(_ operation: StoreOperation, failedWith code: FailureCode) {
        add(Key(operation: operation, outcome: code.rawValue))
    }

    func add(_ operation: StoreOperation, failedWith error: any Error) {
        let code = (error as? any Failure)?.code ?? (error is CancellationError ? .cancelled : .internal)
        add(operation, failedWith: code)
    }

    func add(sent bytes: Int64) {
        sent.wrappingAdd(bytes, ordering: .relaxed)
    }

    func add(received bytes: Int64) {
        received.wrappingAdd(bytes, ordering: .relaxed)
    }

    /// A request is about to be sent again.
    package func addRetry() {
        tries.wrappingAdd(1, ordering: .relaxed)
    }

    /// Counts `operation` by how `work` ends.
    func counting<Value: Sendable>(
        _ operation: StoreOperation, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await work()
            add(operation)
            return value
        } catch {
            add(operation, failedWith: error)
            throw error
        }
    }

    private func add(_ key: Key) {
        outcomes.withLock { $0[key, default: 0] += 1 }
    }
}
