import Appliance
import Hummingbird
import Logging
import Model
import Settings

/// The status page and the API, over http and over the control socket.
package struct WebServer: Sendable {
    /// Files that the process may want open besides connections.
    private static let otherFiles = 512

    private let console: Console
    private let door: Endpoint.Door
    private let limits: ServerLimits
    private let variables: [String: String]
    private let log: Logger
    private let onListening: @Sendable ([BoundAddress]) -> Void

    /// - Parameters:
    ///   - door: Which of the two is served: they share nothing, so that one goes on where the other cannot.
    ///   - environment: what `LISTEN_FDS` is looked up in.
    ///   - onListening: called once, with where it listens.
    package init(
        console: Console, door: Endpoint.Door, limits: ServerLimits = ServerLimits(),
        environment: [String: String] = [:], log: Logger,
        onListening: @escaping @Sendable ([BoundAddress]) -> Void = { _ in }
    ) {
        self.console = console
        self.door = door
        self.limits = limits
        variables = environment
        self.log = log
        self.onListening = onListening
    }

    /// Where the configuration, as it is now, has it listen; may be empty.
    package var endpoints: [Endpoint] {
        get async { Self.endpoints(await console.configuration(), variables).filter { $0.door == door } }
    }

    /// Serves until the task is cancelled, where the configuration said when this began; all else of it is taken as it
    /// is when a request comes.
    ///
    /// - Throws: `NightjarError` where it cannot listen, or no longer, or where a token can be neither read nor made.
    package func run() async throws {
        let configuration = await console.configuration()
        let endpoints = Self.endpoints(configuration, variables).filter { $0.door == door }
        let generated = GeneratedToken(stateDirectory: configuration.stateDirectory)
        if configuration.http.tokens.isEmpty, !endpoints.isEmpty, door == .network {
            _ = try generated.token()
            log.notice(
                "no token is configured: the status page wants the one in \(generated.path)",
                metadata: ["file": "\(generated.path)"])
        }
        let limits = affordable()
        let environment = WebEnvironment(console: console, log: log)
        let responder = WebResponder(
            environment: environment,
            gate: Gate(csrf: environment.csrf, generated: generated, failures: FailureLimiter(), log: log),
            router: try Routes.all(environment).buildResponder(), limits: limits)
        let server = HTTPServer(
            endpoints: endpoints, limits: limits, log: log,
            onListening: { addresses in
                for address in addresses { log.notice("listening at \(address)", metadata: ["at": "\(address)"]) }
                onListening(addresses)
            },
            answer: { request, arrival in try await responder.respond(to: request, arrival) })
        try await server.run()
    }

    /// Fewer connections where the process may not have as many files open: backups need theirs.
    private func affordable() -> ServerLimits {
        var limits = limits
        let files = FileLimit.raise(
            to: limits.connections + limits.controlConnections + limits.refusals + Self.otherFiles)
        if let files { limits.connections = min(limits.connections, max(files / 2, 16)) }
        return limits
    }

    /// A socket that systemd has passed takes the place of `http.listen`.
    static func endpoints(_ configuration: Configuration, _ environment: [String: String]) -> [Endpoint] {
        var endpoints = PassedSockets.descriptors(named: "http", environment).map { Endpoint(.passed(descriptor: $0)) }
        if endpoints.isEmpty {
            switch configuration.http.listen {
            case .off: break
            case .tcp(let host, let port): endpoints.append(Endpoint(.tcp(host: host, port: port)))
            case .unix(let path): endpoints.append(Endpoint(.unix(path: path)))
            }
        }
        if let path = configuration.controlSocket {
            endpoints.append(Endpoint(.unix(path: path), door: .control))
        }
        return endpoints
    }
}
