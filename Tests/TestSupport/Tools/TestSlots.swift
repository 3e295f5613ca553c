import Foundation

/// Runs `body` as soon as there is room for a heavy test.
package func withTestSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
    await TestSlots.shared.acquire()
    return try await withEnding({ await TestSlots.shared.release() }, body)
}

/// Runs `body` in a temporary directory as soon as there is room for a heavy test.
package func withHeavyTestDirectory(_ body: (String) async throws -> Void) async throws {
    try await withTestSlot { try await withTemporaryDirectory(body) }
}

/// Lets as many heavy tests work at once as there are processors: each runs several processes or writes databases. Without it
/// hundreds of them would take turns, and all others would wait for a minute between two of their steps.
package actor TestSlots {
    package static let shared = TestSlots(count: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) {
        free = count
    }

    package func acquire() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    package func release() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
