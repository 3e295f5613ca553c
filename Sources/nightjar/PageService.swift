import Appliance
import Logging
import Model
import Synchronization
import Web

/// Keeps the page and the API served beside the daemon, over the network and over the control socket, each by itself. Where
/// that cannot be done it is told in the log and tried again: backups are made all the same.
final class PageService: Sendable {
    private static let pause = Duration.seconds(30)

    private struct Attempt: Sendable {
        let server: WebServer
        /// Where it serves, or would if it could.
        let endpoints: [Endpoint]
        let task: Task<Void, Never>
    }

    private struct State {
        var doors: [Task<Void, Never>] = []
        var attempts: [Endpoint.Door: Attempt] = [:]
    }

    private let console: Console
    private let environment: [String: String]
    private let log: Logger
    private let state = Mutex(State())

    init(console: Console, environment: [String: String], log: Logger) {
        self.console = console
        self.environment = environment
        self.log = log
    }

    /// Returns when it listens, or could not.
    func start() async {
        for door in [Endpoint.Door.control, .network] {
            let (settled, continuation) = AsyncStream<Never>.makeStream()
            let task = Task { await serve(door) { continuation.finish() } }
            state.withLock { $0.doors.append(task) }
            for await _ in settled {}
        }
    }

    /// Moves to where the configuration has it now. Answers that are owed where it was are finished first.
    func follow() async {
        let attempts = state.withLock { $0.attempts }
        for (door, attempt) in attempts {
            let endpoints = await attempt.server.endpoints
            guard endpoints != attempt.endpoints else { continue }
            let change = endpoints.isEmpty ? "not served" : attempt.endpoints.isEmpty ? "served" : "served elsewhere"
            log.notice("\(Self.words(door)) \(change) from now on: the configuration has changed")
            attempt.task.cancel()
        }
    }

    /// Answers that are owed are finished.
    func stop() async {
        let tasks = state.withLock { $0.doors }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func serve(_ door: Endpoint.Door, _ settle: @escaping @Sendable () -> Void) async {
        let server = WebServer(console: console, door: door, environment: environment, log: log) { _ in settle() }
        while !Task.isCancelled {
            let endpoints = await server.endpoints
            // Before it reads the configuration: what changes from then on finds it here.
            let task = state.withLock { state -> Task<Void, Never> in
                let task = Task { await attempt(server, door, settle) }
                state.attempts[door] = Attempt(server: server, endpoints: endpoints, task: task)
                return task
            }
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        }
        settle()
    }

    /// Serves until it is cancelled; where that cannot be done, it comes to its end after a pause.
    private func attempt(
        _ server: WebServer, _ door: Endpoint.Door, _ settle: @escaping @Sendable () -> Void
    ) async {
        do {
            try await server.run()
        } catch {
            settle()
            guard !Task.isCancelled else { return }
            log.error(
                """
                \(Self.words(door)) not served: \(ErrorText.line(error)); \
                trying again in \(DurationText.format(Self.pause))
                """)
        }
        try? await Task.sleep(for: Self.pause)
    }

    private static func words(_ door: Endpoint.Door) -> String {
        door == .control ? "the control socket is" : "the page and the API are"
    }
}
