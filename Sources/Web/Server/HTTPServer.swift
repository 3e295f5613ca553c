import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers HTTP/1.1 at sockets, within limits, and comes to its end in bounded time.
///
/// In place of the framework's own server for what that has not: unix sockets that only a group may open, sockets that
/// systemd passes, a limit of connections that tells those above it, and an end that does not wait for ever. What
/// happens on a connection is the framework's.
package struct HTTPServer: Sendable {
    /// What it throws is answered in words, unless the request itself could not be read.
    package typealias Answer = @Sendable (Request, Arrival) async throws -> Response

    /// The `Server` field; the version is nobody's business.
    static let name = "nightjar"

    private let endpoints: [Endpoint]
    private let limits: ServerLimits
    private let log: Logger
    private let onListening: @Sendable ([BoundAddress]) -> Void
    private let answer: Answer
    private let date = DateField()

    /// - Parameters:
    ///   - endpoints: where to listen; none is possible.
    ///   - onListening: called once, with where it listens, in the order of `endpoints` without those left out.
    package init(
        endpoints: [Endpoint], limits: ServerLimits = ServerLimits(), log: Logger,
        onListening: @escaping @Sendable ([BoundAddress]) -> Void = { _ in }, answer: @escaping Answer
    ) {
        self.endpoints = endpoints
        self.limits = limits
        self.log = log
        self.onListening = onListening
        self.answer = answer
    }

    /// Serves until the task is cancelled; answers that are owed then are finished, for as long as the limits allow.
    ///
    /// - Throws: `NightjarError` where it cannot listen, or no longer.
    package func run() async throws {
        let (events, continuation) = AsyncStream<BoundAddress>.makeStream()
        // No child of this task: its cancellation begins the end, and the end takes a moment.
        let serving = Task { try await serve(events, continuation) }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            continuation.finish()
        }
    }

    /// - Parameter events: listeners that were closed by nobody here; its end is the end of the server.
    private func serve(
        _ events: AsyncStream<BoundAddress>, _ continuation: AsyncStream<BoundAddress>.Continuation
    ) async throws {
        guard !endpoints.isEmpty else {
            onListening([])
            for await _ in events {}
            return
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = Connections(limits)
        var listeners: [Listener] = []
        var failure: (any Error)?
        do {
            try await listen(on: group, connections, &listeners)
            for listener in listeners {
                listener.channel.closeFuture.whenComplete { _ in continuation.yield(listener.address) }
            }
            onListening(listeners.map(\.address))
            for await address in events {
                failure = NightjarError(
                    .io, "nobody can connect to \(address) any more: its socket was closed",
                    hint: "See the kernel's log: journalctl -k.")
                break
            }
        } catch {
            failure = error
        }
        continuation.finish()
        for listener in listeners { await listener.close() }
        await connections.end(within: limits.graceTime)
        try await group.shutdownGracefully()
        if let failure { throw failure }
    }

    private func listen(
        on group: MultiThreadedEventLoopGroup, _ connections: Connections, _ listeners: inout [Listener]
    ) async throws {
        for endpoint in endpoints {
            let http = HTTP1Channel(
                responder: { (request, writer: consuming ResponseWriter, channel) in
                    try await respond(request, writer, Arrival(channel: channel, door: endpoint.door))
                }, configuration: HTTP1Channel.Configuration(limits))
            do {
                let listener = try await Listener(endpoint, on: group) { [limits, log] channel in
                    ConnectionSetup(http: http, connections: connections, limits: limits, log: log)
                        .prepare(channel, at: endpoint.door)
                }
                listeners.append(listener)
            } catch {
                guard endpoint.door == .control else { throw error }
                // The commands of this machine do without it; the pages and the API are not to go with it.
                log.error("no control socket: \(WebError(describing: error).text)")
            }
        }
    }

    // The framework's functions on the writer are concurrent ones.
    @concurrent private func respond(
        _ request: Request, _ writer: consuming ResponseWriter, _ arrival: Arrival
    ) async throws {
        var response: Response
        if let refusal = RequestCheck.refusal(of: request.head, limits) {
            response = request.method == .head ? refusal.response.createHeadResponse() : refusal.response
        } else {
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            do {
                response = try await answer(request, arrival)
            } catch let error as HTTPParserError {
                throw error
            } catch {
                let error = WebError(describing: error)
                if error.status.code >= 500 {
                    log.error("\(error.logText)", metadata: ["path": "\(request.uri.path)"])
                }
                response = PlainAnswer(error.status, error.message, hint: error.hint).response
            }
        }
        response.headers[.date] = date.text
        response.headers[.server] = Self.name
        // What is left of such a body is not worth reading; see `RequestPersistence` for the field of a request.
        if response.status == .contentTooLarge || request.headers[.connection] == "close" {
            response.headers[.connection] = "close"
        }
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch let error as HTTPParserError {
            // Passed on as it is, it would be answered, in the middle of this answer.
            throw CutShort(cause: error)
        } catch {
            let isClient = error is ChannelError || error is IOError || error is CancellationError
            log.log(
                level: isClient ? .debug : .error, "an answer was cut short: \(error)",
                metadata: ["path": "\(request.uri.path)"])
            throw CutShort(cause: error)
        }
    }

    /// Ends the connection: the client sees that something is missing.
    private struct CutShort: Error {
        let cause: any Error
    }
}
