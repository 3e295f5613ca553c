import Model
import Pipeline

/// The stages of an export, each on a thread or in a task of its own; one that fails ends the others.
enum ExportStage {
    /// What a stage has come to.
    enum Outcome: Sendable {
        case read(ExportReading.Outcome)
        /// Whatever the dump was written to.
        case written([Manifest.StoredObject])
        case sent
    }

    /// - Parameter stop: Gets the error that ends the stage, for the other ones, before it ends.
    static func run<Value: Sendable>(
        stopping stop: @escaping @Sendable (any Error) -> Void, _ cancellation: Cancellation,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await DedicatedThread.run(cancellation: cancellation) {
                try cancellation.withHandler({ stop(CancellationError()) }, body)
            }
        } catch {
            // Also where there was no thread for it.
            stop(error)
            throw error
        }
    }

    /// - Throws: What the first stage that failed has thrown.
    static func collect(
        _ group: inout ThrowingTaskGroup<Outcome, any Error>, partSize: Int64
    ) async throws -> Export.Result {
        var reading: ExportReading.Outcome?
        var objects: [Manifest.StoredObject]?
        for try await outcome in group {
            switch outcome {
            case .read(let value): reading = value
            case .written(let value): objects = value
            case .sent: break
            }
        }
        guard let reading, let objects else {
            throw NightjarError(.internal, "an export ended without a result")
        }
        return Export.Result(reading, objects, partSize: partSize)
    }
}
