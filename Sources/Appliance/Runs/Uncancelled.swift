/// Work that goes on to its end when its caller is cancelled: what took hours to find out is taken down all the same.
enum Uncancelled {
    static func run<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task.detached { try await body() }.value
    }
}
