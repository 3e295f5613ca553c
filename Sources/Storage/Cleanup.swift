/// Work that is done after a failure or a cancellation, and that must not keep anybody waiting for long.
package enum Cleanup {
    /// Somebody who has stopped the work waits for it to end; after a failure there is time to try again.
    private static let patienceWhenCancelled = Duration.milliseconds(450)
    private static let patience = Duration.seconds(30)

    /// Runs `body` in a task of its own, which a cancellation of the caller's does not touch, for as long as patience
    /// lasts. What it could not do is left to the next run, or to the store's own expiry.
    /// - Returns: Whether all of it was done.
    @discardableResult
    package static func run(_ body: @escaping @Sendable () async throws -> Void) async -> Bool {
        let patience = Task.isCancelled ? patienceWhenCancelled : patience
        let work = Task.detached { try await body() }
        let limit = Task.detached {
            try? await Task.sleep(for: patience)
            work.cancel()
        }
        let result = await work.result
        limit.cancel()
        if case .success = result { return true }
        return false
    }
}
