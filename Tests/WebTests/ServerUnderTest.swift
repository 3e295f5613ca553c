import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

@testable import Web

/// A server with answers of a test's own.
struct ServerUnderTest {
    let addresses: [BoundAddress]
    private let running: Task<Void, any Error>

    /// Of the first place at which it listens.
    var client: RawClient {
        get throws { try RawClient(addresses[0]) }
    }

    /// Begins the end.
    func cancel() { running.cancel() }

    /// Waits for the end.
    func wait() async throws { try await running.value }

    struct NotListening: Error {}

    /// Runs `body` beside a server, which is stopped afterwards.
    static func with(
        _ endpoints: [Endpoint] = [Endpoint(.tcp(host: "127.0.0.1", port: 0))], limits: ServerLimits = .patient,
        answer: @escaping HTTPServer.Answer = ServerUnderTest.greet, _ body: (ServerUnderTest) async throws -> Void
    ) async throws {
        let (listening, continuation) = AsyncStream<[BoundAddress]>.makeStream()
        let server = HTTPServer(
            endpoints: endpoints, limits: limits, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { continuation.yield($0) }, answer: answer)
        let running = Task {
            defer { continuation.finish() }
            try await server.run()
        }
        do {
            var iterator = listening.makeAsyncIterator()
            guard let addresses = await iterator.next() else {
                try await running.value
                throw NotListening()
            }
            try await body(ServerUnderTest(addresses: addresses, running: running))
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
        running.cancel()
        try await running.value
    }

    /// Says the method, the path, and what the body was.
    @Sendable static func greet(_ request: Request, _ arrival: Arrival) async throws -> Response {
        let body = try await request.body.collect(upTo: ServerLimits.patient.body)
        let text = "\(request.method.rawValue) \(request.uri.path) \(String(buffer: body))"
        let response = Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        return request.method == .head ? response.createHeadResponse() : response
    }
}

extension ServerLimits {
    /// Times that no test ever waits for.
    static var patient: ServerLimits {
        var limits = ServerLimits()
        limits.idleTime = .hours(1)
        limits.bodyTime = .hours(1)
        limits.stallTime = .hours(1)
        limits.graceTime = .hours(1)
        limits.lingerTime = .milliseconds(20)
        return limits
    }

    /// With one of them changed.
    static func patient(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = patient
        change(&limits)
        return limits
    }
}
