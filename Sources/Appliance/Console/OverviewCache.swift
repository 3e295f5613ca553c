import Catalog
import Synchronization

/// The last overview, for a second, or longer where it takes long to make, and until something happens; who asks while it
/// is made waits for that one.
final class OverviewCache: Sendable {
    private static let lifetime = Duration.seconds(1)
    /// However many ask, making it takes no more than this part of the time.
    private static let share = 10

    private struct State {
        var made: (value: Overview, version: CatalogVersion, until: ContinuousClock.Instant)?
        var task: Task<Overview, any Error>?
        /// Of when the task began.
        var version: CatalogVersion?
    }

    private let catalog: Catalog
    private let make: @Sendable () async throws -> Overview
    private let state = Mutex(State())

    init(_ catalog: Catalog, _ make: @escaping @Sendable () async throws -> Overview) {
        self.catalog = catalog
        self.make = make
    }

    /// What is asked from now on is made anew.
    func expire() {
        state.withLock { state in
            state.made = nil
            state.task = nil
        }
    }

    func value() async throws -> Overview {
        enum Source {
            case made(Overview)
            case task(Task<Overview, any Error>)
        }
        let version = try await catalog.version()
        let source = state.withLock { state -> Source in
            if let made = state.made, made.version == version, .now < made.until { return .made(made.value) }
            if let task = state.task { return .task(task) }
            let make = make
            let task = Task { try await make() }
            state.task = task
            state.version = version
            return .task(task)
        }
        switch source {
        case .made(let value): return value
        case .task(let task):
            let start = ContinuousClock.now
            let result = await task.result
            state.withLock { state in
                guard state.task == task else { return }
                state.task = nil
                guard case .success(let value) = result, let version = state.version else { return }
                let end = ContinuousClock.now
                state.made = (value, version, end + max(Self.lifetime, (end - start) * Self.share))
            }
            return try result.get()
        }
    }
}
