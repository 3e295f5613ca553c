import Appliance
import Logging
import Model
import Synchronization
import Web

/// Keeps the page and the API served beside the daemon, over the network and over the control socket, each by itself. Where
/// that cannot be done it is told in the log and tried again: backups are made all the same.
final class PageService: Sendable {
    private static let pause = Duration.seconds(30)

    private let console: Console
    private let environment: [String: String]
    private let log: Logger
    private let tasks = Mutex<[Task<Void, Never>]>([])

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
            tasks.withLock { $0.append(task) }
            for await _ in settled {}
        }
    }

    /// Answers that are owed are finished.
    func stop() async {
        let tasks = tasks.withLock { $0 }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func serve(_ door: Endpoint.Door, _ settle: @escaping @Sendable () -> Void) async {
        let server = WebServer(console: console, door: door, environment: environment, log: log) { _ in settle() }
        while !Task.isCancelled {
            do {
                try await server.run()
            } catch {
                settle()
                guard !Task.isCancelled else { break }
                let failure = FailureText(describing: error)
                log.error(
                    """
                    \(door == .control ? "the control socket is" : "the page and the API are") not served: \(failure.message)\(failure.hint.map { " (\($0))" } ?? ""); \
                    trying again in \(DurationText.format(Self.pause))
                    """)
            }
            guard (try? await Task.sleep(for: Self.pause)) != nil else { break }
        }
        settle()
    }
}
