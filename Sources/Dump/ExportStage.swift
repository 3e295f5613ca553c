import Pipeline

/// A stage of an export, on a thread of its own.
enum ExportStage {
    /// - Parameter stop: Gets the error that ends the stage, for the other ones, before it ends.
    static func run<Value: Sendable>(
        stopping stop: @escaping @Sendable (any Error) -> Void, _ cancellation: Cancellation,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await DedicatedThread.run(cancellation: cancellation) {
            do {
                return try cancellation.withHandler({ stop(CancellationError()) }, body)
            } catch {
                stop(error)
                throw error
            }
        }
    }
}
