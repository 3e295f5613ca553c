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
        /// One of the threads that do it has nothing more to do.
        case compressed
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

    /// Lets the threads that compress run.
    static func add(
        _ frames: FrameCompressor, to group: inout ThrowingTaskGroup<Outcome, any Error>,
        stopping stop: @escaping @Sendable (any Error) -> Void, _ cancellation: Cancellation
    ) {
        for body in frames.bodies {
            group.addTask {
                try await run(stopping: stop, cancellation, body)
                return .compressed
            }
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
            case .sent, .compressed: break
            }
        }
        guard let reading, let objects else {
            throw NightjarError(.internal, "an export ended without a result")
        }
        return Export.Result(reading, objects, partSize: partSize)
    }
}
