/// Work that goes on to its end when its caller is cancelled: what took hours to find out is taken down all the same.
enum Uncancelled {
    /// How long a store may keep somebody waiting who has stopped the work: two such waits, one after the other, are
    /// over long before systemd kills the process.
    static let patience = Duration.seconds(9)

    static func run<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task.detached { try await body() }.value
    }

    /// Cancels `body` itself after `limit`, whether its caller is cancelled or not.
    static func run<Result: Sendable>(
        atMost limit: Duration, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let work = Task.detached { try await body() }
        let end = Task.detached {
            try? await Task.sleep(for: limit)
            work.cancel()
        }
        defer { end.cancel() }
        return try await work.value
    }

    /// Cancels `body` `grace` after its caller is cancelled; without that it may take its time.
    static func run<Result: Sendable>(
        grace: Duration, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let work = Task.detached { try await body() }
        return try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            _ = Task.detached {
                try? await Task.sleep(for: grace)
                work.cancel()
            }
        }
    }
}
